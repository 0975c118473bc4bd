/**
 * The bootstrap (Efron 1979): the spread of a statistic over samples drawn with replacement from the images at hand. A
 * generator, one value a resample, so that a page can rest between them. Chance is handed in: the same seed, the same interval.
 */

/** A source of chance: uniform over the integers 0 ..< bound. `data/random.ts` has the program's one. */
export interface Chance {
  below(bound: number): number
}

export type Interval = readonly [low: number, high: number]

/** Values of `statistic` on `resamples` samples, each of n indices in 0 ..< n; the array of indices is used again. */
export function* bootstrap<T>(
  n: number,
  resamples: number,
  chance: Chance,
  statistic: (drawn: Uint32Array) => T,
): Generator<T, void> {
  const drawn = new Uint32Array(n)
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < n; i++) drawn[i] = chance.below(n)
    yield statistic(drawn)
  }
}

/** Quantile with linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, NumPy's default). */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return NaN
  const at = share * (sorted.length - 1)
  const low = Math.floor(at)
  const a = sorted[low]!
  return a + (at - low) * ((sorted[low + 1] ?? a) - a)
}

/** The middle `share` of the replicates. */
export function percentileInterval(replicates: ArrayLike<number>, share = 0.95): Interval {
  const sorted = Float64Array.from(replicates).sort()
  return [quantile(sorted, (1 - share) / 2), quantile(sorted, (1 + share) / 2)]
}

/**
 * Basic interval, [2θ - q(97.5 %), 2θ - q(2.5 %)] (Davison and Hinkley 1997, section 5.2). For statistics that chance alone
 * pushes up, as it does a mean of absolute values: what resampling adds to the estimate, it takes off again.
 */
export function basicInterval(estimate: number, replicates: ArrayLike<number>, share = 0.95): Interval {
  const [low, high] = percentileInterval(replicates, share)
  return [2 * estimate - high, 2 * estimate - low]
}
