/** The analyses of a study as Markdown and figures; of each only what the study has measured. */
import {
  byDiversity,
  byShots,
  bySize,
  grouped,
  rankCorrelation,
  stepsTo,
  underShifts,
  type Series,
  type StepsRow,
} from '../study/analyses'
import type { StudyPlan } from '../study/plan'
import { BASELINE, type StudySummary, type TaskResult } from '../study/summary'
import type { Trial } from '../study/trial'
import { pointsFigure, type PointsFigure } from './figure/points'
import { percent, plainText, points, table } from './markdown'

export interface StudyAnalyses {
  /** Sections, to stand below the tables of the study. */
  readonly text: readonly string[]
  /** To lie beside the text, which names them. */
  readonly figures: readonly { readonly name: string; readonly svg: string }[]
}

/** @param level of the study's heading */
export function studyAnalyses(
  { tasks }: StudySummary,
  trials: readonly Trial[],
  plan: StudyPlan,
  level = 2,
): StudyAnalyses {
  const heading = `${'#'.repeat(level)}#`
  const figures: { name: string; svg: string }[] = []
  const drawn = (name: string, of: PointsFigure): string => {
    figures.push({ name, svg: pointsFigure(of) })
    return `![${plainText(of.title)}](${name}.svg)`
  }
  const sections = [
    overview(tasks),
    ...tasks.map((task, i) => sizes(task, plan, `size-${i + 1}`, drawn)),
    ...[...byShots(tasks)].map(([title, series], i) => shots(title, series, `shots-${i + 1}`, drawn)),
    ...[...grouped(trials, ({ task }) => task.table ?? task.fingerprint + task.template)].map(([, own]) => shifts(own)),
    plan.diversity === true ? diversity(tasks, drawn) : null,
    ...(plan.stepsTo === undefined ? [] : stepsSections(trials, plan.stepsTo, drawn)),
  ]
  const text = sections.flatMap((section) => (section === null ? [] : [`${heading} ${section.title}`, ...section.text]))
  return { text, figures }
}

interface Section {
  readonly title: string
  readonly text: readonly string[]
}

type Draw = (name: string, of: PointsFigure) => string

/** Tasks against methods: for studies whose question is what changes from task to task. */
function overview(tasks: readonly TaskResult[]): Section | null {
  // From base to new classes an accuracy is not the whole: each task's own table has both.
  if (tasks.length < 2 || tasks[0]!.trial.newClasses) return null
  const labels = [...new Set(tasks.flatMap(({ methods }) => methods.map(({ label }) => label)))]
  const rows = tasks.map(({ methods, title, trial }) => [
    plainText(
      `${title}${trial.task.shots === undefined ? '' : `, ${trial.task.shots} ${trial.task.shots === 1 ? 'shot' : 'shots'}`}`,
    ),
    ...labels.map((label) => {
      const found = methods.find((method) => method.label === label)
      return found ? (100 * found.top1).toFixed(1) : ''
    }),
  ])
  return {
    title: 'All tasks',
    text: ['Test accuracy in percent, means over the seeds.', table(['task', ...labels.map(plainText)], rows)],
  }
}

const asPercent = (tick: number) => `${Math.round(1000 * tick) / 10}`
const ACCURACY = { yName: 'accuracy (%)', yText: asPercent } as const
const INTERVALS = 'Means over the seeds; 95 % intervals over the test images.'

function sizes(task: TaskResult, { methods }: StudyPlan, name: string, drawn: Draw): Section | null {
  const series = bySize(task, methods)
  if (series.length === 0) return null
  const title = `${task.title}: size of the prompt`
  const inPercent = series.map((one) => ({
    ...one,
    points: one.points.map((point) => ({ ...point, x: 100 * point.x })),
  }))
  const base = task.methods.find(({ label }) => label === BASELINE)
  const caption = `Test accuracy by the extent of a prompt: width of a border or frame at one edge, side of a patch. ${INTERVALS}`
  const figure = drawn(name, {
    title,
    caption,
    series: inPercent,
    joined: true,
    xName: 'extent (% of the side)',
    ...(base && { level: { name: base.label, y: base.top1 } }),
    ...ACCURACY,
  })
  return { title: plainText(title), text: [figure] }
}

function shots(of: string, series: readonly Series[], name: string, drawn: Draw): Section {
  const title = `${of}: training images of a class`
  const caption = `Test accuracy by the number of training images of each class, drawn anew by every seed. ${INTERVALS}`
  const figure = drawn(name, {
    ...{ title, caption, series, joined: true, logarithmic: true, xName: 'training images of a class', ...ACCURACY },
  })
  return { title: plainText(title), text: [figure] }
}

function shifts(trials: readonly Trial[]): Section | null {
  const found = underShifts(trials[0]!.task.title, trials)
  if (!found) return null
  const rows = found.rows.map(({ gain, label, mean, plain, shifted }) => [
    plainText(label),
    percent(plain),
    ...shifted.map((share) => percent(share)),
    percent(mean),
    gain === null ? '' : points(gain),
  ])
  const head = ['method', 'as they are', ...found.shifts.map(plainText), 'mean of the changed', 'gain there, points']
  return {
    title: plainText(`${found.title}: changed test images`),
    text: ['The same test images, changed; nothing was learned or chosen on changed ones.', table(head, rows)],
  }
}

function diversity(tasks: readonly TaskResult[], drawn: Draw): Section | null {
  const rows = byDiversity(tasks)
  if (rows.length === 0) return null
  const labels = [...new Set(rows.flatMap(({ gains }) => [...gains.keys()]))]
  const cells = rows.map(({ features, gains, pixels, title }) => [
    ...[plainText(title), features.toFixed(3), pixels.toFixed(3)],
    ...labels.map((label) => (gains.has(label) ? points(gains.get(label)!) : '')),
  ])
  const text = [
    'Diversity of the training images: of features 1 − the mean cosine of all pairs, of pixels the root of their mean squared difference. Gains in points.',
    table(['task', 'features', 'pixels', ...labels.map(plainText)], cells),
  ]
  if (rows.length > 2) {
    const told = labels.flatMap((label) => {
      const own = rows.filter(({ gains }) => gains.has(label))
      if (own.length < 3) return []
      const gains = own.map((row) => row.gains.get(label)!)
      const rho = (of: 'features' | 'pixels') =>
        rankCorrelation(
          own.map((row) => row[of]),
          gains,
        )
          .toFixed(2)
          .replace('-', '\u2212')
      return [
        `- ${plainText(label)}: ${rho('features')} with features, ${rho('pixels')} with pixels, over ${own.length} tasks`,
      ]
    })
    const series = labels.map((name) => ({
      name,
      points: rows.flatMap(({ features, gains, title }) =>
        gains.has(name) ? [{ x: features, y: gains.get(name)!, note: name === labels[0] ? title : '' }] : [],
      ),
    }))
    text.push(
      'Rank correlation (Spearman) of the gain with diversity:',
      told.join('\n'),
      drawn('diversity', {
        ...{ title: 'Gain by diversity of the images', series, joined: false },
        caption:
          'Gain over the frozen model on the test images of each task, by the diversity of its training images’ features.',
        ...{ xName: 'diversity of features', yName: 'gain (points)', yText: asPercent },
      }),
    )
  }
  return { title: 'Gain and diversity', text }
}

function stepsSections(trials: readonly Trial[], target: string, drawn: Draw): (Section | null)[] {
  return [...grouped(trials, ({ task }) => task.table ?? task.fingerprint + task.template)].map(([, own], i) => {
    const rows = stepsTo(own, target)
    if (rows.length === 0) return null
    const { title } = own[0]!.task
    const [first] = new Set(own.filter(({ contender }) => contender.label === target).map(({ seed }) => seed))
    const series = own
      .filter(({ seed, validations }) => seed === first && validations)
      .map(({ contender, validations }) => ({
        name: contender.label,
        points: validations!.map(([step, correct, of]) => ({ x: Math.max(1, step), y: correct / of })),
      }))
    const figure = drawn(`steps-${i + 1}`, {
      ...{
        title: `${title}: validation by steps`,
        series: series.map(thinned),
        joined: true,
        logarithmic: true,
        xName: 'step',
      },
      caption: `Accuracy on validation images by the steps made, seed ${first}; the look before the first step stands at 1. The validation split chooses; it is not what is reported.`,
      ...ACCURACY,
    })
    return {
      title: plainText(`${title}: steps to the last accuracy of ${target}`),
      text: [stepsTable(rows, target), figure],
    }
  })
}

function stepsTable(rows: readonly StepsRow[], target: string): string {
  const aim = rows.find(({ label }) => label === target)!
  const cells = rows.map(({ best, first, label, last, reached, seeds, steps }) => [
    ...[plainText(label), `${steps}`, percent(last), percent(best)],
    first === null ? 'never' : first.toFixed(0),
    `${reached} of ${seeds}`,
    first === null || first === 0 ? '' : `${(aim.steps / first).toFixed(1)} x`,
  ])
  const head = [
    'method',
    'steps',
    'last on validation',
    'best on validation',
    'first step there',
    'seeds that got there',
  ]
  return table([...head, `fewer steps than all of ${plainText(target)}`], cells)
}

const MOST_POINTS = 60

/** A line of many points by some of them, the last one kept. */
function thinned<S extends { readonly points: readonly unknown[] }>(series: S): S {
  const every = Math.ceil(series.points.length / MOST_POINTS)
  const last = series.points.length - 1
  return { ...series, points: series.points.filter((_, i) => i % every === 0 || i === last) }
}
