/**
 * What the tables of a study say together, after the analyses of Bahng et al. 2022: accuracy by the size of a prompt, by shots,
 * under shifts and by the diversity of the pictures, and steps to an accuracy. Pure: results in, numbers out. Each is empty where
 * the study has nothing for it.
 */
import { PUBLISHED_DESIGNS, type DesignSettings } from '../prompts/design-settings'
import type { Contender } from './contender'
import { BASELINE, type MethodResult, type TaskResult } from './summary'
import type { Trial } from './trial'

export interface SeriesPoint {
  readonly x: number
  /** Fractions of 1. */
  readonly y: number
  readonly ci95: readonly [number, number]
}

export interface Series {
  readonly name: string
  readonly points: readonly SeriesPoint[]
}

const pointOf = (x: number, { ci95, top1 }: MethodResult): SeriesPoint => ({ x, y: top1, ci95 })

/** Of each design with several sizes: accuracy by its extent as a fraction of the side (border, patch, or frame at one edge). */
export function bySize({ methods }: TaskResult, contenders: readonly Contender[]): readonly Series[] {
  const series = new Map<string, SeriesPoint[]>()
  for (const contender of contenders) {
    const found = methods.find(({ label }) => label === contender.label)
    const size = contender.method === 'visual-prompt' ? sizeOf(contender.design) : null
    if (!found || !size) continue
    series.set(size.kind, [...(series.get(size.kind) ?? []), pointOf(size.extent, found)])
  }
  return inOrder(series)
}

function sizeOf(design: keyof typeof PUBLISHED_DESIGNS | DesignSettings): { kind: string; extent: number } | null {
  const settings: DesignSettings = typeof design === 'string' ? PUBLISHED_DESIGNS[design] : design
  switch (settings.kind) {
    case 'padding':
      return { kind: settings.kind, extent: settings.borderFraction }
    case 'fixed-patch':
    case 'random-patch':
      return { kind: settings.kind, extent: settings.sizeFraction }
    case 'frame':
      return { kind: settings.kind, extent: (1 - settings.innerFraction) / 2 }
    default:
      return null
  }
}

/** Of each title: accuracy of each method by shots. */
export function byShots(tasks: readonly TaskResult[]): ReadonlyMap<string, readonly Series[]> {
  const titles = new Map<string, Map<string, SeriesPoint[]>>()
  for (const { methods, title, trial } of tasks) {
    const { shots } = trial.task
    if (shots === undefined) continue
    const series = titles.get(title) ?? new Map<string, SeriesPoint[]>()
    titles.set(title, series)
    for (const method of methods)
      series.set(method.label, [...(series.get(method.label) ?? []), pointOf(shots, method)])
  }
  return new Map(
    [...titles].map(([title, series]) => [title, inOrder(series)] as const).filter(([, all]) => all.length > 0),
  )
}

/** Only those of several places, from left to right. */
const inOrder = (series: ReadonlyMap<string, readonly SeriesPoint[]>): Series[] =>
  [...series]
    .filter(([, points]) => new Set(points.map(({ x }) => x)).size > 1)
    .map(([name, points]) => ({ name, points: [...points].sort((a, b) => a.x - b.x) }))

export interface ShiftRow {
  readonly label: string
  /** Means over the seeds, fractions of 1: as the pictures are, and in each way that they were changed. */
  readonly plain: number
  readonly shifted: readonly number[]
  /** Mean of the shifted ones, and its gain over the baseline's; null for the baseline, and where there is none. */
  readonly mean: number
  readonly gain: number | null
}

export interface ShiftTable {
  readonly title: string
  readonly shifts: readonly string[]
  readonly rows: readonly ShiftRow[]
}

/** @param trials of one task */
export function underShifts(title: string, trials: readonly Trial[]): ShiftTable | null {
  const shifts = trials[0]?.shifted?.map(({ shift }) => shift)
  if (!shifts) return null
  const rows = [...grouped(trials, ({ contender }) => contender.label)].map(([label, seeds]) => {
    const mean = (right: (trial: Trial) => string) => average(seeds.map((trial) => shareOf(right(trial))))
    const shifted = shifts.map((_, i) => mean((trial) => trial.shifted?.[i]?.right ?? ''))
    return { label, plain: mean(({ right }) => right), shifted, mean: average(shifted) }
  })
  const base = rows.find(({ label }) => label === BASELINE)
  return {
    title,
    shifts,
    rows: rows.map((row) => ({ ...row, gain: base && row !== base ? row.mean - base.mean : null })),
  }
}

export interface StepsRow {
  readonly label: string
  /** Steps of all of it. */
  readonly steps: number
  /** Seeds of those that got there, of how many. */
  readonly reached: number
  readonly seeds: number
  /** Mean over the seeds that got there of the first step that did; null where none did. */
  readonly first: number | null
  /** Fractions of 1, means over the seeds: the last look at validation, and the best. */
  readonly last: number
  readonly best: number
}

/**
 * First steps at which validation is as good as at the last step of another method with the same seed.
 * @param trials of one task @param target label of that method
 */
export function stepsTo(trials: readonly Trial[], target: string): readonly StepsRow[] {
  const accuracyAt = ([, correct, of]: readonly [number, number, number]) => correct / of
  const aims = new Map(
    trials
      .filter(({ contender, validations }) => contender.label === target && validations)
      .map(({ seed, validations }) => [seed, accuracyAt(validations!.at(-1)!)]),
  )
  const learned = trials.filter(({ seed, validations }) => validations && aims.has(seed))
  return [...grouped(learned, ({ contender }) => contender.label)].map(([label, seeds]) => {
    const firsts = seeds.flatMap(({ seed, validations }) => {
      const found = validations!.find((one) => accuracyAt(one) >= aims.get(seed)!)
      return found ? [found[0]] : []
    })
    const over = (pick: (all: readonly number[]) => number) =>
      average(seeds.map(({ validations }) => pick(validations!.map(accuracyAt))))
    return {
      ...{ label, steps: seeds[0]!.steps, reached: firsts.length, seeds: seeds.length },
      first: firsts.length > 0 ? average(firsts) : null,
      last: over((all) => all.at(-1)!),
      best: over((all) => Math.max(...all)),
    }
  })
}

export interface DiversityRow {
  readonly title: string
  readonly features: number
  readonly pixels: number
  /** Gain over the baseline of each method, fractions of 1. */
  readonly gains: ReadonlyMap<string, number>
}

export const byDiversity = (tasks: readonly TaskResult[]): readonly DiversityRow[] =>
  tasks.flatMap(({ methods, title, trial }) => {
    const { diversity } = trial.task
    const gains = methods.flatMap(({ gain, label }) => (gain ? [[label, gain.difference] as const] : []))
    return diversity ? [{ title, ...diversity, gains: new Map(gains) }] : []
  })

/** Spearman's: Pearson's of the ranks, ties sharing theirs. NaN where one of both does not vary. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranksOf(a), ranksOf(b)]
  const [meanX, meanY] = [average(x), average(y)]
  const sum = (of: (i: number) => number) => x.reduce((all, _, i) => all + of(i), 0)
  const product = sum((i) => (x[i]! - meanX) * (y[i]! - meanY))
  return product / Math.sqrt(sum((i) => (x[i]! - meanX) ** 2) * sum((i) => (y[i]! - meanY) ** 2))
}

const ranksOf = (values: readonly number[]): number[] =>
  values.map((value) => {
    const below = values.filter((other) => other < value).length
    const same = values.filter((other) => other === value).length
    return below + (same + 1) / 2
  })

const shareOf = (right: string): number => right.replaceAll('0', '').length / right.length

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

export function grouped<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}
