/** Top-1 accuracy with its 95 % interval, and the confusion matrix. Pure: logits and labels in, numbers out. */

/** Two-sided 95 % quantile of the standard normal distribution. */
const Z95 = 1.959963984540054

/** Accuracy with its 95 % Wilson score interval; fractions of 1. */
export interface Accuracy {
  readonly correct: number
  readonly total: number
  readonly top1: number
  readonly ci95: readonly [number, number]
}

/**
 * Wilson score interval of a proportion (Wilson 1927): with p = k/n,
 * (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n). Stays inside [0,1] and is honest at 0 % and 100 %.
 */
export function wilsonInterval(correct: number, total: number, z = Z95): [number, number] {
  if (total === 0) return [0, 1]
  const p = correct / total
  const z2 = z * z
  const centre = p + z2 / (2 * total)
  const half = z * Math.sqrt((p * (1 - p)) / total + z2 / (4 * total * total))
  const scale = 1 + z2 / total
  // At k = 0 and k = n the bounds are exactly 0 and 1; rounding must not push them out.
  const low = correct === 0 ? 0 : (centre - half) / scale
  const high = correct === total ? 1 : (centre + half) / scale
  return [Math.max(0, low), Math.min(1, high)]
}

export function accuracyOf(correct: number, total: number): Accuracy {
  return { correct, total, top1: total === 0 ? 0 : correct / total, ci95: wilsonInterval(correct, total) }
}

/** Class with the largest logit in each row of [N,C]; the lowest class number wins a tie. */
export function argmaxRows(logits: Float32Array, classes: number): Uint16Array {
  const rows = logits.length / classes
  const best = new Uint16Array(rows)
  for (let row = 0; row < rows; row++) {
    let top = 0
    for (let c = 1; c < classes; c++) if (logits[row * classes + c]! > logits[row * classes + top]!) top = c
    best[row] = top
  }
  return best
}

/** Accuracy of predicted classes against labels, both [N]. */
export function accuracy(predicted: ArrayLike<number>, labels: ArrayLike<number>): Accuracy {
  if (predicted.length !== labels.length) throw new Error(`${predicted.length} predictions for ${labels.length} labels`)
  let correct = 0
  for (let i = 0; i < labels.length; i++) if (predicted[i] === labels[i]) correct++
  return accuracyOf(correct, labels.length)
}

/** Counts [C,C], row = truth, column = prediction. */
export function confusion(predicted: ArrayLike<number>, labels: ArrayLike<number>, classes: number): Uint32Array {
  const counts = new Uint32Array(classes * classes)
  for (let i = 0; i < labels.length; i++) counts[labels[i]! * classes + predicted[i]!]!++
  return counts
}

/** Softmax of each row of [N,C]. */
export function softmaxRows(logits: Float32Array, classes: number): Float32Array {
  const out = new Float32Array(logits.length)
  for (let start = 0; start < logits.length; start += classes) {
    const row = logits.subarray(start, start + classes)
    const top = Math.max(...row)
    let sum = 0
    for (let c = 0; c < classes; c++) sum += out[start + c] = Math.exp(row[c]! - top)
    for (let c = 0; c < classes; c++) out[start + c]! /= sum
  }
  return out
}

/** Mean cross-entropy of logits [N,C] against class labels [N], in nats. */
export function meanCrossEntropy(logits: Float32Array, labels: ArrayLike<number>, classes: number): number {
  let sum = 0
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes)
    const top = Math.max(...row)
    let norm = 0
    for (let c = 0; c < classes; c++) norm += Math.exp(row[c]! - top)
    sum += top + Math.log(norm) - row[labels[i]!]!
  }
  return labels.length === 0 ? 0 : sum / labels.length
}
