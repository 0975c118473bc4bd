/** Logits as what is kept of them: the class predicted, how sure, and how likely the truth was held. */
import type { ImageSet } from '../data/task'
import { argmaxRows, softmaxRows } from '../evaluation/accuracy'
import type { PredictedRows, Predictions } from '../records/run-record'

/** @param logits float32 [N,C] of images with these labels [N] */
export function predictedRows(logits: Float32Array, labels: ArrayLike<number>, classes: number): PredictedRows {
  const top1 = argmaxRows(logits, classes)
  const probabilities = softmaxRows(logits, classes)
  return {
    top1,
    confidence: Float32Array.from(top1, (predicted, row) => probabilities[row * classes + predicted]!),
    ofTruth: Float32Array.from(labels, (label, row) => probabilities[row * classes + label]!),
  }
}

/** @param zeroShot float32 [N,C] of the images named, in their order; `prompted` as well */
export function predictionsOf(
  set: ImageSet,
  indices: readonly number[],
  zeroShot: Float32Array,
  prompted: Float32Array,
  classes: number,
): Predictions {
  const labels = Uint16Array.from(indices, (index) => set.labels[index]!)
  return {
    indices: Uint32Array.from(indices),
    labels,
    paths: indices.map((index) => set.paths[index]!),
    zeroShot: predictedRows(zeroShot, labels, classes),
    prompted: predictedRows(prompted, labels, classes),
  }
}
