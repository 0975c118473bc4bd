/**
 * What decides a CoOp run besides optimiser and data, and the values of its authors (KaiyangZhou/CoOp, train.py,
 * trainers/coop.py and its scripts; the optimiser's are Dassl's).
 */
import { z } from 'zod'
import { CONTEXT_POSITIONS } from '../../prompts/context-layout'

export const contextInitSchema = z.discriminatedUnion('kind', [
  /** N(0, deviation²), each number by itself. */
  z.strictObject({ kind: z.literal('normal'), deviation: z.number().positive() }),
  /** The embeddings of these words: as many places as they have tokens. */
  z.strictObject({ kind: z.literal('words'), words: z.string().trim().min(1) }),
])

export const coopSettingsSchema = z.strictObject({
  /** M: tokens of the context; of words their own number. */
  tokens: z.int().min(1).max(64),
  position: z.enum(CONTEXT_POSITIONS),
  /** A context for each class, instead of one for all. */
  classSpecific: z.boolean(),
  init: contextInitSchema,
})
export type CoOpSettings = z.infer<typeof coopSettingsSchema>

export const COOP_SETTINGS: CoOpSettings = {
  tokens: 16,
  position: 'end',
  classSpecific: false,
  init: { kind: 'normal', deviation: 0.02 },
}

/** How its authors train it: SGD, a cosine by epochs behind one epoch at a constant small rate. */
export const COOP_TRAINING = {
  learningRate: 0.002,
  momentum: 0.9,
  weightDecay: 5e-4,
  warmupEpochs: 1,
  warmupRate: 1e-5,
  batchSize: 32,
} as const

/** Epochs by shots, images of a class: 50 for one, 100 for two and four, 200 for eight and more. */
export const coopEpochs = (shots: number): number => (shots < 2 ? 50 : shots < 8 ? 100 : 200)

/**
 * Rate of an epoch, counted from 0, as Dassl's ConstantWarmupScheduler before CosineAnnealingLR gives it: the cosine begins
 * behind the warm-up and is not shortened by it, so that it does not reach zero.
 */
export function coopRate(epoch: number, epochs: number): number {
  const { learningRate, warmupEpochs, warmupRate } = COOP_TRAINING
  if (epoch < warmupEpochs) return warmupRate
  return 0.5 * (1 + Math.cos((Math.PI * (epoch - warmupEpochs)) / epochs)) * learningRate
}
