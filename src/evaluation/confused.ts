/** Which classes are taken for which: the fullest cells of a confusion matrix off its diagonal. */

export interface ConfusedPair {
  readonly truth: number
  readonly predicted: number
  readonly count: number
  /** Share of the images of the true class. */
  readonly share: number
}

/** Counts [C,C] with row = truth; most images first, ties in reading order. */
export function mostConfused(counts: ArrayLike<number>, classes: number, limit = Infinity): ConfusedPair[] {
  const pairs: ConfusedPair[] = []
  for (let truth = 0; truth < classes; truth++) {
    let row = 0
    for (let c = 0; c < classes; c++) row += counts[truth * classes + c]!
    for (let predicted = 0; predicted < classes; predicted++) {
      const count = counts[truth * classes + predicted]!
      if (predicted !== truth && count > 0) pairs.push({ truth, predicted, count, share: count / row })
    }
  }
  return pairs.sort((a, b) => b.count - a.count).slice(0, limit)
}
