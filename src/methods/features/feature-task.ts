/** What methods on features are given: the pictures' features, and the splits that they learn and choose on. Never test. */
import type { ImageSet } from '../../data/task'
import { accuracyOf, argmaxRows, meanCrossEntropy, type Accuracy } from '../../evaluation/accuracy'
import type { ImageFeatures } from './image-features'

export interface FeatureTask {
  readonly features: ImageFeatures
  readonly train: ImageSet
  readonly val: ImageSet
  readonly classes: number
}

/** How good a setting is on validation. */
export interface Score {
  readonly accuracy: Accuracy
  /** Mean cross-entropy, nats. */
  readonly loss: number
}

/** @param logits float32 [N,C] */
export function scoreOf(logits: Float32Array, labels: Uint16Array, classes: number): Score {
  const top = argmaxRows(logits, classes)
  const correct = top.reduce((right, answer, i) => right + Number(answer === labels[i]), 0)
  return { accuracy: accuracyOf(correct, labels.length), loss: meanCrossEntropy(logits, labels, classes) }
}

/** More right answers; of equals the lower cross-entropy. Of these who was first stays. */
export function isBetterScore(candidate: Score, best: Score | null): boolean {
  if (best === null) return true
  const gained = candidate.accuracy.correct - best.accuracy.correct
  return gained > 0 || (gained === 0 && candidate.loss < best.loss)
}
