/** What a run answered, image by image: from logits to what is kept of them, and checked where it is read back. */
import { z } from 'zod'
import type { ImageSet } from '../data/task'
import { argmaxRows, softmaxRows } from '../evaluation/accuracy'
import type { PredictedRows, Predictions } from './run-record'

const classesSchema = z.instanceof(Uint16Array)
const fractions = z.instanceof(Float32Array)
const rowsSchema = z.strictObject({ top1: classesSchema, confidence: fractions, ofTruth: fractions })

const predictionsSchema = z
  .strictObject({
    indices: z.instanceof(Uint32Array),
    labels: classesSchema,
    paths: z.array(z.string()),
    zeroShot: rowsSchema,
    prompted: rowsSchema,
  })
  .refine(({ indices, labels, paths, zeroShot, prompted }) => {
    const columns = [labels, paths, ...Object.values(zeroShot), ...Object.values(prompted)]
    return columns.every(({ length }) => length === indices.length)
  })

/** Null where they are none. */
export const checkedPredictions = (value: unknown): Predictions | null =>
  predictionsSchema.safeParse(value).data ?? null

/** @param zeroShot and @param prompted logits [N,C] of these images of the set */
export function predictionsOf(
  set: ImageSet,
  indices: readonly number[],
  classes: number,
  zeroShot: Float32Array,
  prompted: Float32Array,
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

function predictedRows(logits: Float32Array, labels: Uint16Array, classes: number): PredictedRows {
  const probabilities = softmaxRows(logits, classes)
  const top1 = argmaxRows(logits, classes)
  return {
    top1,
    confidence: Float32Array.from(top1, (c, i) => probabilities[i * classes + c]!),
    ofTruth: Float32Array.from(labels, (c, i) => probabilities[i * classes + c]!),
  }
}
