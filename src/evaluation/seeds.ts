/**
 * The same recipe over several seeds: mean, standard deviation and the t interval of the mean; and two recipes on the same seeds,
 * paired. What varies here is the learning; the images measured on are the same, so the interval says nothing about other images.
 */
import type { Interval } from './bootstrap'
import { studentPValue, studentQuantile } from './student'

export interface Spread {
  /** Seeds. */
  readonly n: number
  readonly mean: number
  /** With n - 1 in the denominator; null of one seed. */
  readonly deviation: number | null
  /** Of the mean, mean ± t(95 %, n-1) s/√n; null of one seed. */
  readonly ci95: Interval | null
}

export function spread(values: readonly number[]): Spread {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  if (n < 2) return { n, mean, deviation: null, ci95: null }
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1))
  const half = (studentQuantile(0.95, n - 1) * deviation) / Math.sqrt(n)
  return { n, mean, deviation, ci95: [mean - half, mean + half] }
}

export interface PairedSpread extends Spread {
  /** Paired t test, two-sided; null of one seed, or where all differences are the same. */
  readonly pValue: number | null
}

/** Spread of b - a over the same seeds, seed by seed. */
export function pairedSpread(a: readonly number[], b: readonly number[]): PairedSpread {
  if (a.length !== b.length) throw new Error(`${a.length} seeds against ${b.length}`)
  const differences = spread(a.map((value, i) => b[i]! - value))
  const { n, mean, deviation } = differences
  const pValue = deviation ? studentPValue((mean / deviation) * Math.sqrt(n), n - 1) : null
  return { ...differences, pValue }
}
