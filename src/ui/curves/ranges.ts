/** Ranges of the plots' vertical axes. */

/** A horizontal line with an interval around it. */
export interface Baseline {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** From zero, unless the loss lies far from it; NaN-safe while nothing is there. */
export function lossRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1]
  const bottom = low > 0 && low < high * 0.6 ? 0 : Math.max(0, low - 0.1 * (high - low || 1))
  return [bottom, high + 0.08 * (high - bottom || 1)]
}

/** Whole tenths around all that is drawn, within 0 and 1. */
export function accuracyRange(low: number | null, high: number | null, baseline: Baseline | null): [number, number] {
  const values = [low, high, baseline?.low, baseline?.high].filter((v): v is number => Number.isFinite(v))
  if (values.length === 0) return [0, 1]
  const bottom = Math.floor(Math.min(...values) * 10 - 0.2) / 10
  const top = Math.ceil(Math.max(...values) * 10 + 0.2) / 10
  return [Math.max(0, bottom), Math.min(1, top)]
}
