/**
 * How sure answers are, and how much the answers to several views agree: entropies in nats, in plain arrays. What test-time
 * tuning selects by and reports (Shu et al. 2022, equations 2 to 4). Legend: V views, C classes.
 */

/** -sum p ln p */
export function entropy(p: ArrayLike<number>): number {
  let sum = 0
  for (let c = 0; c < p.length; c++) if (p[c]! > 0) sum -= p[c]! * Math.log(p[c]!)
  return sum
}

/** Entropy of the answer to each view, [V]. @param answers probabilities [V,C] */
export const entropies = (answers: Float32Array, classes: number): Float32Array =>
  Float32Array.from({ length: answers.length / classes }, (_, v) =>
    entropy(answers.subarray(v * classes, (v + 1) * classes)),
  )

/** The floor(V x share) views of the lowest entropies, at least one, most confident first. */
export function mostConfident(entropiesOfViews: Float32Array, share: number): number[] {
  const most = Math.max(1, Math.floor(entropiesOfViews.length * share))
  const order = [...entropiesOfViews.keys()]
  return order.sort((a, b) => entropiesOfViews[a]! - entropiesOfViews[b]! || a - b).slice(0, most)
}

/** Entropy of the mean answer to the kept views. @param answers probabilities [V,C] */
export function marginalEntropy(answers: Float32Array, kept: readonly number[], classes: number): number {
  const mean = Float64Array.from(
    { length: classes },
    (_, c) => kept.reduce((sum, v) => sum + answers[v * classes + c]!, 0) / kept.length,
  )
  return entropy(mean)
}
