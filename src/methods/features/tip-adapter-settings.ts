/** Settings of Tip-Adapter and Tip-Adapter-F as plain data. */
import { z } from 'zod'

/** The values tried are first + i (last - first) / steps for i = 0 ..< steps, as in the reference code: the last is left out. */
const rangeSchema = z.strictObject({
  first: z.number().positive(),
  last: z.number().positive(),
  steps: z.int().positive(),
})
export type SearchRange = z.infer<typeof rangeSchema>

export const tipAdapterSettingsSchema = z.strictObject({
  /** What the neighbours' part is multiplied with, before the search. */
  alpha: z.number().min(0),
  /** Sharpness of the neighbours, before the search. */
  beta: z.number().positive(),
  /** On validation; null: alpha and beta stay as they are. */
  search: z.strictObject({ alpha: rangeSchema, beta: rangeSchema }).nullable(),
})
export type TipAdapterSettings = z.infer<typeof tipAdapterSettingsSchema>

/** `configs/imagenet.yaml` of gaopengcuhk/Tip-Adapter; others there begin at alpha 2 or 3 and search up to 50. */
export const tipAdapterDefaults: TipAdapterSettings = {
  alpha: 1.17,
  beta: 1,
  search: { alpha: { first: 0.1, last: 3, steps: 20 }, beta: { first: 0.1, last: 7, steps: 200 } },
}

/** How Tip-Adapter-F is learned there: AdamW with a cosine to zero by step, batches of 256, 20 epochs (EuroSAT: 100). */
export const tipAdapterFTraining = {
  optimiser: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-4, weightDecay: 0.01 },
  learningRate: 1e-3,
  warmupSteps: 0,
  epochs: 20,
  batchSize: 256,
} as const

export const valuesOf = ({ first, last, steps }: SearchRange): number[] =>
  Array.from({ length: steps }, (_, i) => first + (i * (last - first)) / steps)
