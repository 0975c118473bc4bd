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

export interface TaskResult {
  readonly title: string
  readonly trial: Trial
  readonly methods: readonly MethodResult[]
}

export interface Rank {
  readonly label: string
  /** 1 is best; the mean over tasks, ties sharing theirs. 95 % interval over images. */
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
  const tables = [...groupBy(trials, ({ task }) => task.fingerprint + task.template).values()].map(tableOf)
  return { tasks: tables.map((table) => taskResult(table, chance)), ranks: ranksOf(tables, chance) }
}

/** One task: for each method its trials, and for each image the share of seeds that answered it rightly. */
interface Table {
  readonly trials: ReadonlyMap<string, readonly Trial[]>
  readonly shares: ReadonlyMap<string, Float64Array>
  readonly images: number
}

function tableOf(trials: readonly Trial[]): Table {
  const byLabel = groupBy(trials, ({ contender }) => contender.label)
  const images = trials[0]!.right.length
  const shares = new Map(
    [...byLabel].map(([label, seeds]) => {
      const share = new Float64Array(images)
      for (const { right } of seeds)
        for (let i = 0; i < images; i++) share[i]! += right[i] === '1' ? 1 / seeds.length : 0
      return [label, share]
    }),
  )
  return { trials: byLabel, shares, images }
}

function taskResult({ trials, shares, images }: Table, chance: Chance): TaskResult {
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
      parameterCount: own[0]!.parameterCount,
      steps: average(({ steps }) => steps),
      trainSeconds: average(({ trainSeconds }) => trainSeconds),
      imagesPerSecond: images / average(({ testSeconds }) => testSeconds),
    }
  })
  const [first] = trials.values()
  return { title: first![0]!.task.title, trial: first![0]!, methods }
}

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
    ? [...first.trials.keys()].filter((label) => tables.every(({ shares }) => shares.has(label)))
    : []
  if (labels.length === 0) return []
  const mean = meanRanks(tables.map(({ shares }) => labels.map((label) => meanOf(shares.get(label)!))))
  const replicates = labels.map(() => new Float64Array(RESAMPLES))
  for (let r = 0; r < RESAMPLES; r++) {
    const accuracies = tables.map(({ shares, images }) => {
      const drawn = Uint32Array.from({ length: images }, () => chance.below(images))
      return labels.map((label) => meanAt(shares.get(label)!, drawn))
    })
    meanRanks(accuracies).forEach((rank, m) => (replicates[m]![r] = rank))
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
