/**
 * Two classifiers on the same images: which images one fixed and broke, and whether that is more than luck.
 * McNemar's test in its exact form (binomial with p = 1/2 on the images where the two disagree about being right).
 */

export interface Comparison {
  /** Images that the first got wrong and the second right, ascending. */
  readonly fixed: number[]
  /** Images that the first got right and the second wrong, ascending. */
  readonly broken: number[]
  /** Exact two-sided p-value of `fixed` against `broken`. */
  readonly pValue: number
}

/** Compares predictions before and after, [N] each, against labels [N]. */
export function compare(before: ArrayLike<number>, after: ArrayLike<number>, labels: ArrayLike<number>): Comparison {
  const fixed: number[] = []
  const broken: number[] = []
  for (let i = 0; i < labels.length; i++) {
    const wasRight = before[i] === labels[i]
    const isRight = after[i] === labels[i]
    if (!wasRight && isRight) fixed.push(i)
    if (wasRight && !isRight) broken.push(i)
  }
  return { fixed, broken, pValue: mcnemarExact(fixed.length, broken.length) }
}

/** Two-sided 95 % quantile of the standard normal distribution. */
const Z95 = 1.959963984540054

/**
 * 95 % interval of the difference of two accuracies on the same n images, from counts alone: Wald's with half an image added to
 * each of the four cells (Agresti and Min 2005). Unlike a resampled one it does not shrink to a point where nothing changed.
 */
export function pairedDifferenceInterval(fixed: number, broken: number, n: number): readonly [number, number] {
  const [b, c, total] = [fixed + 0.5, broken + 0.5, n + 2]
  const centre = (b - c) / total
  const half = (Z95 * Math.sqrt(b + c - (b - c) ** 2 / total)) / total
  return [Math.max(-1, centre - half), Math.min(1, centre + half)]
}

/** Two-sided exact McNemar p-value of b against c discordant pairs: min(1, 2 P[X <= min(b,c)]), X ~ Bin(b+c, 1/2). */
export function mcnemarExact(b: number, c: number): number {
  const n = b + c
  const k = Math.min(b, c)
  // In logarithms: (n choose i) overflows float64 from n = 1030 on.
  let logTerm = -n * Math.LN2
  let tail = 0
  for (let i = 0; i <= k; i++) {
    tail += Math.exp(logTerm)
    logTerm += Math.log(n - i) - Math.log(i + 1)
  }
  return Math.min(1, 2 * tail)
}
