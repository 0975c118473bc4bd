/** Predictions as they are read back: checked, since what is kept may be torn. */
import { z } from 'zod'
import type { Predictions } from './run-record'

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
