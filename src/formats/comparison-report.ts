/** A Markdown report of several runs side by side: accuracies, tests where they answered the same images, what differs, classes. */
import { accuracy } from '../evaluation/accuracy'
import { holm } from '../evaluation/holm'
import { compare } from '../evaluation/paired'
import { perClass } from '../evaluation/per-class'
import { spread } from '../evaluation/seeds'
import type { Predictions, RunRecord } from '../records/run-record'
import { accuracyText, code, percent, plainText, points, pValueText, table } from './markdown'
import type { MeasuredRun } from './metrics-file'
import { beforeName, document, HOW_TO_READ, provenanceTable, titleOf, type WrittenOptions } from './report'

/** @param runs two or more; the first is what the others are tested against */
export function comparisonReport(runs: readonly MeasuredRun[], { writtenAt }: WrittenOptions): string {
  if (runs.length < 2) throw new Error('a comparison needs two runs')
  const names = distinctNames(runs.map(({ record }) => record))
  return document([
    `# Comparison of ${runs.length} runs`,
    `Written by Passepartout on ${plainText(writtenAt)}.`,
    ...accuracySection(runs, names),
    ...testSection(runs, names),
    ...seedSection(runs),
    ...differenceSection(runs, names),
    ...classSection(runs, names),
    '## How they were made',
    ...runs.flatMap(({ record }, i) => [`### ${names[i]!}`, provenanceTable(record)]),
    HOW_TO_READ,
  ])
}

/** Titles, numbered where two are the same. */
function distinctNames(records: readonly RunRecord[]): string[] {
  const titles = records.map((record) => plainText(titleOf(record)))
  return titles.map((title, i) => (titles.indexOf(title) === titles.lastIndexOf(title) ? title : `${title} (${i + 1})`))
}

function accuracySection(runs: readonly MeasuredRun[], names: readonly string[]): string[] {
  const rows = runs.map(({ record }, i) => {
    const { outcome, task } = record
    const measured = outcome
      ? [accuracyText(outcome.zeroShot), accuracyText(outcome.prompted), points(outcome.prompted.top1 - outcome.zeroShot.top1), pValueText(outcome.pValue)] // prettier-ignore
      : ['not measured', 'not measured', '', '']
    return [names[i]!, plainText(record.model.title), plainText(task.title), ...measured]
  })
  const nothing = new Set(runs.map(({ record }) => beforeName(record)))
  return [
    '## On the test split of each',
    table(['run', 'model', 'data', [...nothing].join(' or '), 'with the border', 'points', 'McNemar'], rows),
  ]
}

/** Whether two runs were asked the same images, in one order. */
function sameImages(a: MeasuredRun, b: MeasuredRun): boolean {
  const [x, y] = [a.test, b.test]
  if (!x || !y || a.record.task.fingerprint !== b.record.task.fingerprint) return false
  return x.labels.length === y.labels.length && x.labels.every((label, i) => label === y.labels[i]) && sameIndices(x, y)
}
const sameIndices = (x: Predictions, y: Predictions): boolean => x.indices.every((index, i) => index === y.indices[i])

function testSection(runs: readonly MeasuredRun[], names: readonly string[]): string[] {
  const [first, ...others] = runs
  const tested = others.flatMap((run, i) => {
    if (!sameImages(first!, run)) return []
    const result = compare(first!.test!.prompted.top1, run.test!.prompted.top1, run.test!.labels)
    return [{ name: names[i + 1]!, run, ...result }]
  })
  const heading = `## Against ${names[0]!}, border against border`
  const left = others.length - tested.length
  const note =
    left === 0 ? [] : [`${left} of ${others.length} runs answered other images, or were not measured: for these there is no paired test.`] // prettier-ignore
  if (tested.length === 0) return [heading, ...note]
  const adjusted = holm(tested.map(({ pValue }) => pValue))
  const rows = tested.map(({ broken, fixed, name, pValue, run }, i) => {
    const { labels, prompted } = run.test!
    const difference = accuracy(prompted.top1, labels).top1 - accuracy(first!.test!.prompted.top1, labels).top1
    return [name, points(difference), String(fixed.length), String(broken.length), pValueText(pValue), pValueText(adjusted[i]!)] // prettier-ignore
  })
  return [
    heading,
    `On the ${first!.test!.labels.length} images of the test split of ${plainText(first!.record.task.title)}, which these runs all answered.`,
    table(['run', 'points', 'fixed', 'broken', 'McNemar', 'Holm-corrected'], rows),
    ...note,
  ]
}

/** Repeats of one recipe over several seeds: mean and deviation of the test accuracy. */
function seedSection(runs: readonly MeasuredRun[]): string[] {
  const groups = new Map<string, RunRecord[]>()
  for (const { record } of runs) {
    if (!record.group || !record.outcome) continue
    groups.set(record.group.id, [...(groups.get(record.group.id) ?? []), record])
  }
  const rows = [...groups.values()].flatMap((records) => {
    if (records.length < 2) return []
    const { ci95, deviation, mean } = spread(records.map(({ outcome }) => outcome!.prompted.top1))
    const [{ recipe, task }] = records as [RunRecord]
    const interval = ci95 ? `${percent(ci95[0])} to ${percent(ci95[1])}` : ''
    return [[`${plainText(task.title)}, ${plainText(recipe.name)}`, records.map(({ seed }) => seed).join(', '), percent(mean), deviation === null ? '' : points(deviation).slice(1), interval]] // prettier-ignore
  })
  if (rows.length === 0) return []
  return [
    '## Over seeds, on the test split',
    table(['recipe', 'seeds', 'mean accuracy', 'standard deviation, points', '95 % t interval of the mean'], rows),
    'The images are the same for every seed: this interval tells how learning varies, not how other images would.',
  ]
}

/** What of the settings is not the same in all. */
function differenceSection(runs: readonly MeasuredRun[], names: readonly string[]): string[] {
  const flat = runs.map(({ record }) => settingsOf(record))
  const keys = [...new Set(flat.flatMap((settings) => Object.keys(settings)))]
  const differing = keys.filter((key) => new Set(flat.map((settings) => settings[key])).size > 1)
  if (differing.length === 0)
    return ['## What differs', 'Nothing but chance: model, data, recipe and seed are the same.']
  const rows = differing.map((key) => [key, ...flat.map((settings) => settings[key] ?? '')])
  return ['## What differs', table(['', ...names], rows, 'facts')]
}

function settingsOf({ engine, model, outputs, recipe, seed, task }: RunRecord): Record<string, string> {
  const { optimiser, version: _, ...values } = recipe
  return {
    model: plainText(model.title),
    'model sha256': code(model.sha256.slice(0, 12)),
    data: plainText(task.title),
    'data fingerprint': code(task.fingerprint.slice(0, 12)),
    ...(model.kind === 'clip' ? { template: code(task.template) } : { outputs: (outputs ?? []).join(', ') }),
    'split seed': task.splitSeed === null ? 'as given' : String(task.splitSeed),
    seed: String(seed),
    engine,
    ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, plainText(String(value))])),
    ...Object.fromEntries(Object.entries(optimiser).map(([key, value]) => [`optimiser ${key}`, String(value)])),
  }
}

function classSection(runs: readonly MeasuredRun[], names: readonly string[]): string[] {
  const [first] = runs
  const shown = runs.flatMap((run, i) => (sameImages(first!, run) ? [{ run, name: names[i]! }] : []))
  if (shown.length < 2) return []
  const { classes, title } = first!.record.task
  const ofRun = shown.map(({ run: { test } }) =>
    perClass(test!.labels, test!.zeroShot.top1, test!.prompted.top1, classes.length),
  )
  const rows = classes.map(({ name }, c) => [
    plainText(name),
    String(ofRun[0]![c]!.after.total),
    ...ofRun.map((changes) => accuracyText(changes[c]!.after)),
  ])
  return [
    `## Class by class with the border, on the test split of ${plainText(title)}`,
    table(['class', 'images', ...shown.map(({ name }) => name)], rows),
  ]
}
