/** A study as Markdown: for each task a table of its methods, with everything a number is shown with; then the ranks. */
import { code, percent, plainText, points, pValueText, table } from './markdown'
import { BASELINE, type MethodResult, type StudySummary, type TaskResult } from '../study/summary'
import type { Trial } from '../study/trial'

export interface StudyAbout {
  readonly title: string
  /** That repeats it. */
  readonly command: string
  /** Processor, cores, versions. */
  readonly machine: string
  readonly seeds: readonly number[]
}

/** @param level of the headings, 2 for a section of a page */
export function studyReport({ tasks, ranks }: StudySummary, about: StudyAbout, level = 2): string {
  const heading = '#'.repeat(level)
  const first = tasks[0]?.trial
  return [
    `${heading} ${plainText(about.title)}`,
    `${code(about.command)}, ${plainText(about.machine)}${first ? `, ${first.engine}, ${modelText(first)}` : ''}. Seeds ${about.seeds.join(', ')}.`,
    ...tasks.flatMap((task) => [
      `${heading}# ${plainText(task.title)}`,
      taskText(task),
      task.trial.newClasses ? newClassesTable(task.methods) : methodTable(task.methods),
      ...nearestWords(task),
    ]),
    ...(ranks.length > 1 && tasks.length > 1 ? [`${heading}# Rank over the tasks`, RANK_TEXT, rankTable(ranks)] : []),
    ...(first?.newClasses ? [BASE_TO_NEW] : []),
    HOW_TO_READ,
  ].join('\n\n')
}

const modelText = ({ model }: Trial) => `${plainText(model.name)} (sha256 ${model.sha256.slice(0, 12)})`

function taskText({ trial: { newClasses, task } }: TaskResult): string {
  const { classes, images, splitSeed, template, fingerprint } = task
  const split = splitSeed === null ? 'split as the images came' : `split seed ${splitSeed}`
  const told = template === null ? "the classifier's first outputs" : `template ${code(template)}`
  const others = newClasses
    ? ` Tested on ${newClasses.classes} new classes too, ${newClasses.right.length} images, among their names alone.`
    : ''
  return (
    `${classes} ${newClasses ? 'base ' : ''}classes; ${images.train} images to learn from, ${images.val} to validate, ${images.test} to test; ${split}; ` +
    `${told}; data ${fingerprint.slice(0, 12)}.${others}`
  )
}

function methodTable(methods: readonly MethodResult[]): string {
  const rows = methods.map(({ label, ...found }) => [
    plainText(label),
    `${percent(found.top1)} (${interval(found.ci95)})`,
    found.deviation === null ? '' : (100 * found.deviation).toFixed(1),
    found.gain ? `${points(found.gain.difference)} (${found.gain.ci95.map(points).join(' to ')})` : '',
    found.gain ? pValueText(found.gain.pValue) : '',
    `${found.parameterCount}`,
    found.steps.toFixed(0),
    found.trainSeconds.toFixed(1),
    found.imagesPerSecond.toFixed(0),
    `${found.seeds}`,
  ])
  const head = ['method', 'test accuracy', 'sd of seeds', `gain over ${BASELINE}, points`, 'McNemar', 'parameters']
  return table([...head, 'steps', 's to train', 'images/s', 'seeds'], rows)
}

/** Rows of the base-to-new protocol: learned on the base classes. */
function newClassesTable(methods: readonly MethodResult[]): string {
  const rows = methods.map(({ label, newClasses: found, ...base }) => [
    plainText(label),
    `${percent(base.top1)} (${interval(base.ci95)})`,
    found ? `${percent(found.top1)} (${interval(found.ci95)})` : '',
    found ? `${percent(found.harmonic)} (${interval(found.harmonicCi95)})` : '',
    found?.gain ? `${points(found.gain.difference)} (${found.gain.ci95.map(points).join(' to ')})` : '',
    `${base.parameterCount}`,
    base.steps.toFixed(0),
    base.trainSeconds.toFixed(1),
    `${base.seeds}`,
  ])
  const head = ['method', 'base classes', 'new classes', 'harmonic mean', `its gain over ${BASELINE}, points`]
  return table([...head, 'parameters', 'steps', 's to train', 'seeds'], rows)
}

/** Of each method that has learned words, those of its first seed. */
function nearestWords({ learned }: TaskResult): string[] {
  if (learned.length === 0) return []
  const lines = learned.map(({ label, seed, words }) => {
    const places = words.map((near) =>
      near.map(({ word, distance }) => `${code(word)} ${distance.toFixed(2)}`).join(', '),
    )
    return `- ${plainText(label)}, seed ${seed}: ${places.join(' · ')}`
  })
  return [WORDS_TEXT, lines.join('\n')]
}

const WORDS_TEXT =
  'Words nearest to what was learned, place by place, with their distance among the token embeddings; seldom to be read as a sentence:'

const interval = (ends: readonly [number, number]) => ends.map((end) => (100 * end).toFixed(1)).join(' to ')

const RANK_TEXT =
  'Of the mean accuracy over seeds on each task, then the mean over tasks; 1 is best. Only methods measured on all tasks.'

function rankTable(ranks: StudySummary['ranks']): string {
  return table(
    ['method', 'mean rank', '95 % interval'],
    ranks.map(({ label, mean, ci95 }) => [
      plainText(label),
      mean.toFixed(2),
      ci95.map((r) => r.toFixed(1)).join(' to '),
    ]),
  )
}

const BASE_TO_NEW = `From base to new classes: learned and chosen on the first half of the classes, tested on their test images among their own names,
and on those of the other half among the names of that half. The harmonic mean is of the two mean accuracies; its interval is
over the images of both halves, drawn apart.`

const HOW_TO_READ = `Intervals are 95 %, over the test images (2000 resamples, drawn in pairs for gains); they say nothing about other seeds,
whose standard deviation stands beside them. McNemar's test is exact and two-sided, of the seed with the weakest evidence,
adjusted by Holm for the number of methods. Whatever was chosen was chosen on validation; test was measured once a seed.`
