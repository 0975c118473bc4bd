/**
 * Many tests at once: Holm's step-down correction (Holm 1979). Keeps the chance of even one false alarm among all tests at the
 * level asked for, whatever their dependence, and is never weaker than Bonferroni's.
 */

/** Adjusted p-values in the order given: the k-th smallest of m becomes max over the first k of (m - j + 1) p_(j), at most 1. */
export function holm(pValues: ArrayLike<number>): Float64Array {
  const m = pValues.length
  const order = Array.from(pValues, (_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!)
  const adjusted = new Float64Array(m)
  let largest = 0
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (m - rank) * pValues[index]!))
    adjusted[index] = largest
  })
  return adjusted
}
