/**
 * What a study found, method by method: accuracy on test with its interval, what was gained over the frozen model and whether
 * that is more than luck, and the rank over all tasks with its uncertainty. Pure: trials in, numbers out.
 *
 * Two things vary: which images were measured on, and the seed. Intervals here are over images (resampled, with the mean over
 * seeds for each image); the deviation is over seeds. They are not added up.
 */
import { bootstrap, percentileInterval, type Chance, type Interval } from '../evaluation/bootstrap'
import { holm } from '../evaluation/holm'
import { mcnemarExact } from '../evaluation/paired'
import { spread } from '../evaluation/seeds'
import { correctOf, type Trial } from './trial'

/** What every gain is measured against. */
export const BASELINE = 'zero-shot'

const RESAMPLES = 2000

/** Accuracies no further apart are the same: they were added up in another order. */
const EQUAL = 1e-9

export interface MethodResult {
  readonly label: string
  readonly seeds: number
  /** Mean over the seeds, fractions of 1; 95 % interval over images. */
  readonly top1: number
  readonly ci95: Interval
  /** Over the seeds; null of one. */
  readonly deviation: number | null
  /** Against the baseline on the same images; null for the baseline itself, and where the study has none. */
  readonly gain: Gain | null
  /** From base to new classes: all else is of the base classes. Absent where it is tested on all. */
  readonly newClasses?: NewClassesResult
  readonly parameterCount: number
  /** Means over the seeds. */
  readonly steps: number
  readonly trainSeconds: number
  /** Pictures of the test split answered in a second. */
  readonly imagesPerSecond: number
}

export interface Gain {
  readonly difference: number
  readonly ci95: Interval
  /** McNemar, exact, of the seed with the weakest evidence; adjusted by Holm for all methods of the task. */
  readonly pValue: number
}

/** On classes that were not learned on, and both together (base-to-new.ts). */
export interface NewClassesResult {
  /** Mean over the seeds, fractions of 1; 95 % interval over images. */
  readonly top1: number
  readonly ci95: Interval
  /** Harmonic mean of the accuracies on base and new classes, each the mean over seeds. */
  readonly harmonic: number
  readonly harmonicCi95: Interval
  /** Of the harmonic mean, against the baseline; null for the baseline, and where the study has none. */
  readonly gain: Pick<Gain, 'difference' | 'ci95'> | null
}

export interface TaskResult {
  readonly title: string
  readonly trial: Trial
  readonly methods: readonly MethodResult[]
  /** What methods have learned of words, each of its first seed. */
  readonly learned: readonly LearnedWords[]
}

export interface LearnedWords {
  readonly label: string
  readonly seed: number
  /** Of each place the nearest words of the vocabulary, nearest first. */
  readonly words: NonNullable<Trial['words']>
}

export interface Rank {
  readonly label: string
  /**
   * 1 is best; the mean over tasks, ties sharing theirs. 95 % interval over images. By the accuracy, from base to new classes
   * by the harmonic mean.
   */
  readonly mean: number
  readonly ci95: Interval
}

export interface StudySummary {
  readonly tasks: readonly TaskResult[]
  /** Best first; only methods that were measured on every task. */
  readonly ranks: readonly Rank[]
}

/** @param chance must be the same for the same summary */
export function summarise(trials: readonly Trial[], chance: Chance): StudySummary {
  const taskOf = ({ newClasses, task }: Trial) =>
    task.table ?? `${task.fingerprint}${newClasses ? ' base' : ''}${task.template}`
  const tables = [...groupBy(trials, taskOf).values()].map(tableOf)
  return { tasks: tables.map((table) => taskResult(table, chance)), ranks: ranksOf(tables, chance) }
}

/** For each method and image the share of seeds that answered it rightly. */
interface Shares {
  readonly of: ReadonlyMap<string, Float64Array>
  readonly images: number
}

/** One task: for each method its trials, and what they answered. */
interface Table {
  readonly trials: ReadonlyMap<string, readonly Trial[]>
  readonly test: Shares
  /** Of the classes that were not learned on; null where there are none. */
  readonly novel: Shares | null
}

function tableOf(trials: readonly Trial[]): Table {
  const byLabel = groupBy(trials, ({ contender }) => contender.label)
  const novel = trials.every(({ newClasses }) => newClasses !== undefined)
  return {
    trials: byLabel,
    test: sharesOf(byLabel, ({ right }) => right),
    novel: novel ? sharesOf(byLabel, ({ newClasses }) => newClasses!.right) : null,
  }
}

function sharesOf(byLabel: Table['trials'], rightOf: (trial: Trial) => string): Shares {
  const images = rightOf([...byLabel.values()][0]![0]!).length
  const of = new Map(
    [...byLabel].map(([label, seeds]) => {
      const share = new Float64Array(images)
      for (const right of seeds.map(rightOf))
        for (let i = 0; i < images; i++) share[i]! += right[i] === '1' ? 1 / seeds.length : 0
      return [label, share]
    }),
  )
  return { of, images }
}

function taskResult(table: Table, chance: Chance): TaskResult {
  const { trials } = table
  const { of: shares, images } = table.test
  const labels = [...trials.keys()]
  const base = shares.get(BASELINE)
  const means = labels.map(() => new Float64Array(RESAMPLES))
  const baseMeans = new Float64Array(RESAMPLES)
  let r = 0
  for (const _ of bootstrap(images, RESAMPLES, chance, (drawn) => {
    labels.forEach((label, m) => (means[m]![r] = meanAt(shares.get(label)!, drawn)))
    if (base) baseMeans[r] = meanAt(base, drawn)
    r++
  }));
  const adjusted = holmOf(labels, trials)
  const novel = table.novel && newClassesResults(table.test, table.novel, chance)
  const methods = labels.map((label, m): MethodResult => {
    const own = trials.get(label)!
    const { mean, deviation } = spread(own.map((trial) => correctOf(trial) / images))
    const average = (value: (trial: Trial) => number) => own.reduce((sum, trial) => sum + value(trial), 0) / own.length
    const gained = base && label !== BASELINE
    return {
      ...{ label, seeds: own.length, top1: mean, deviation, ci95: percentileInterval(means[m]!) },
      gain: gained
        ? {
            difference: mean - meanOf(base),
            ci95: percentileInterval(means[m]!.map((value, i) => value - baseMeans[i]!)),
            pValue: adjusted.get(label)!,
          }
        : null,
      ...(novel && { newClasses: novel.get(label)! }),
      parameterCount: own[0]!.parameterCount,
      steps: average(({ steps }) => steps),
      trainSeconds: average(({ trainSeconds }) => trainSeconds),
      imagesPerSecond: images / average(({ testSeconds }) => testSeconds),
    }
  })
  const [first] = trials.values()
  const learned = [...trials].flatMap(([label, [one]]) =>
    one?.words ? [{ label, seed: one.seed, words: one.words }] : [],
  )
  return { title: first![0]!.task.title, trial: first![0]!, methods, learned }
}

/** Images of base and new classes are drawn apart: each resample has as many of both as were tested. */
function newClassesResults(test: Shares, novel: Shares, chance: Chance): ReadonlyMap<string, NewClassesResult> {
  const labels = [...test.of.keys()]
  const [alone, both] = [labels, labels].map((all) => all.map(() => new Float64Array(RESAMPLES)))
  for (let r = 0; r < RESAMPLES; r++) {
    const [drawn, drawnNovel] = [drawFrom(test, chance), drawFrom(novel, chance)]
    labels.forEach((label, m) => {
      const top1 = meanAt(novel.of.get(label)!, drawnNovel)
      alone![m]![r] = top1
      both![m]![r] = harmonicMean(meanAt(test.of.get(label)!, drawn), top1)
    })
  }
  const harmonicOf = (label: string) => harmonicMean(meanOf(test.of.get(label)!), meanOf(novel.of.get(label)!))
  const baseline = labels.indexOf(BASELINE)
  return new Map(
    labels.map((label, m) => {
      const harmonic = harmonicOf(label)
      const gain =
        baseline < 0 || m === baseline
          ? null
          : {
              difference: harmonic - harmonicOf(BASELINE),
              ci95: percentileInterval(both![m]!.map((value, r) => value - both![baseline]![r]!)),
            }
      const own = { top1: meanOf(novel.of.get(label)!), ci95: percentileInterval(alone![m]!) }
      return [label, { ...own, harmonic, harmonicCi95: percentileInterval(both![m]!), gain }]
    }),
  )
}

const drawFrom = ({ images }: Shares, chance: Chance): Uint32Array =>
  Uint32Array.from({ length: images }, () => chance.below(images))

/** Of two fractions of 1; 0 where both are. */
export const harmonicMean = (a: number, b: number): number => (a + b === 0 ? 0 : (2 * a * b) / (a + b))

/** Of each method against the baseline: the largest p of its seeds, adjusted for the number of methods. */
function holmOf(labels: readonly string[], trials: Table['trials']): ReadonlyMap<string, number> {
  const [base] = trials.get(BASELINE) ?? []
  if (!base) return new Map()
  const others = labels.filter((label) => label !== BASELINE)
  const largest = others.map((label) =>
    Math.max(...trials.get(label)!.map(({ right }) => mcnemarOf(base.right, right))),
  )
  const adjusted = holm(largest)
  return new Map(others.map((label, i) => [label, adjusted[i]!]))
}

function mcnemarOf(before: string, after: string): number {
  let [fixed, broken] = [0, 0]
  for (let i = 0; i < before.length; i++) {
    if (before[i] === after[i]) continue
    if (after[i] === '1') fixed++
    else broken++
  }
  return mcnemarExact(fixed, broken)
}

/** In each resample the images of every task are drawn anew, and the methods ranked on each task. */
function ranksOf(tables: readonly Table[], chance: Chance): Rank[] {
  const [first] = tables
  const labels = first
    ? [...first.trials.keys()].filter((label) => tables.every(({ trials }) => trials.has(label)))
    : []
  if (labels.length === 0) return []
  const scores = ({ test, novel }: Table, mean: (shares: Shares) => (label: string) => number) => {
    const [on, onNovel] = [mean(test), novel && mean(novel)]
    return labels.map((label) => (onNovel ? harmonicMean(on(label), onNovel(label)) : on(label)))
  }
  const exact = (shares: Shares) => (label: string) => meanOf(shares.of.get(label)!)
  const mean = meanRanks(tables.map((table) => scores(table, exact)))
  const replicates = labels.map(() => new Float64Array(RESAMPLES))
  for (let r = 0; r < RESAMPLES; r++) {
    const resampled = (shares: Shares) => {
      const drawn = drawFrom(shares, chance)
      return (label: string) => meanAt(shares.of.get(label)!, drawn)
    }
    meanRanks(tables.map((table) => scores(table, resampled))).forEach((rank, m) => (replicates[m]![r] = rank))
  }
  return labels
    .map((label, m) => ({ label, mean: mean[m]!, ci95: percentileInterval(replicates[m]!) }))
    .sort((a, b) => a.mean - b.mean)
}

/** Mean over tasks of each method's rank. @param accuracies [tasks][methods] */
function meanRanks(accuracies: readonly (readonly number[])[]): number[] {
  const sums = accuracies[0]!.map(() => 0)
  for (const row of accuracies) {
    row.forEach((value, m) => {
      const better = row.filter((other) => other > value + EQUAL).length
      const same = row.filter((other) => Math.abs(other - value) <= EQUAL).length
      sums[m]! += better + (same + 1) / 2
    })
  }
  return sums.map((sum) => sum / accuracies.length)
}

function meanAt(values: Float64Array, indices: Uint32Array): number {
  let sum = 0
  for (const i of indices) sum += values[i]!
  return sum / indices.length
}

const meanOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}
