/** A recipe is data: everything that decides how a prompt is learned, apart from model, images and seed. */
import { z } from 'zod'

export const optimiserSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ kind: z.literal('sgd'), momentum: z.number().min(0).lt(1), normaliseGradient: z.boolean() },
    /** Added to the gradient, times the parameters, before anything else; 0 where it is not named. */
    weightDecay: z.number().min(0).optional(),
    /** Nesterov's momentum, as PyTorch has it. */
    nesterov: z.boolean().optional(),
  }),
  z.strictObject({
    ...{ kind: z.literal('adam'), beta1: z.number(), beta2: z.number(), epsilon: z.number() },
    /** As SGD's: added to the gradient. */
    weightDecay: z.number().min(0).optional(),
  }),
  z.strictObject({
    ...{ kind: z.literal('adamw'), beta1: z.number(), beta2: z.number(), epsilon: z.number() },
    weightDecay: z.number().min(0),
  }),
])
export type OptimiserChoice = z.infer<typeof optimiserSchema>

export const recipeSchema = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  method: z.literal('padding'),
  /** Border width as a fraction of the image side; 30/224 in the paper. Rounded to whole pixels, at least 1. */
  borderFraction: z.number().gt(0).lt(0.5),
  init: z.enum(['zero', 'normal']),
  optimiser: optimiserSchema,
  /** Peak learning rate, in normalised pixel units (1 = about 0.27 of the pixel range). */
  learningRate: z.number().positive(),
  /** Linear warm-up steps before the cosine to zero. */
  warmupSteps: z.int().min(0),
  steps: z.int().positive(),
  batchSize: z.int().positive(),
  /** Largest random shift of an image before the border is laid on, as a fraction of the side; 0 = none. */
  shiftFraction: z.number().min(0).lt(0.5),
  /** Validation every so many steps. */
  validateEvery: z.int().positive(),
})
export type Recipe = z.infer<typeof recipeSchema>

export { borderWidth } from './border'
