/**
 * Which prompt of a run is reported: the one with the most correct answers on the validation split, never on test.
 * Of equals the one with the lower mean cross-entropy there, of these the earliest.
 */
import { argmaxRows, accuracy, meanCrossEntropy, type Accuracy } from '../evaluation/accuracy'
import type { Method } from '../methods/method'
import { pickEvenly } from '../data/pick-evenly'
import type { ImageSet } from '../data/task'
import type { BatchBuilder } from './batches'

/**
 * Validation looks at no more images than this, spread evenly over the classes, the same ones each time: with thousands
 * it would take longer than the learning.
 */
const VALIDATION_IMAGES = 600

/** Images of the validation split that are looked at, as indices. */
export const validatedImages = (val: ImageSet): readonly number[] => pickEvenly(val, VALIDATION_IMAGES)

/** Logits float32 [N,C] of the images of a split (or of those named), in order. `afterBatch` is told images done. */
export async function predictAll(
  method: Method,
  builder: BatchBuilder,
  options: {
    indices?: readonly number[]
    strength?: number
    afterBatch?: (images: number) => Promise<void> | void
  } = {},
): Promise<Float32Array> {
  const parts: Float32Array[] = []
  let images = 0
  for (const batch of builder.inOrder(options.indices)) {
    parts.push(await method.predict(batch, options.strength))
    images += batch.count
    await options.afterBatch?.(images)
  }
  const logits = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    logits.set(part, at)
    at += part.length
  }
  return logits
}

export interface Validation {
  readonly step: number
  readonly accuracy: Accuracy
  /** Mean cross-entropy, nats. */
  readonly loss: number
}

export function validationOf(step: number, logits: Float32Array, labels: Uint16Array, classes: number): Validation {
  return {
    step,
    accuracy: accuracy(argmaxRows(logits, classes), labels),
    loss: meanCrossEntropy(logits, labels, classes),
  }
}

/** Whether `candidate` is to be kept in place of `best`. */
export function isBetter(candidate: Validation, best: Validation | null): boolean {
  if (best === null) return true
  const { correct } = candidate.accuracy
  if (correct !== best.accuracy.correct) return correct > best.accuracy.correct
  return candidate.loss < best.loss
}
