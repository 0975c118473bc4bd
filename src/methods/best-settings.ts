/**
 * `best`: the strongest known recipe of pixels alone, as data. A picture moved, coloured and framed, learned on augmented pictures
 * with normalised gradients (ACAVP 2025, main.py, configs/ACAVP.yaml; gradient normalisation is EVP's, Wu et al. 2024).
 */
import { z } from 'zod'
import { ACAVP, affineSettingsSchema } from '../prompts/affine-settings'

export const bestSettingsSchema = affineSettingsSchema.extend({
  /** Rate of all groups, at 224 pixels; of the frame it goes with the side, so that a pixel's step is the same at any. */
  learningRate: z.number().positive(),
  momentum: z.number().min(0).lt(1),
  /** The normalised gradients of place and colour are cut to this, value by value. */
  clip: z.number().positive(),
  /** Left and right exchanged, half of the times. */
  flip: z.boolean(),
  /** One operation of TrivialAugment on each picture. */
  trivial: z.boolean(),
  batchSize: z.int().positive(),
  steps: z.int().positive(),
  validateEvery: z.int().positive(),
})
export type BestSettings = z.infer<typeof bestSettingsSchema>

export const BEST_SETTINGS: BestSettings = {
  ...ACAVP,
  ...{ learningRate: 40, momentum: 0.9, clip: 0.001, flip: true, trivial: true },
  ...{ batchSize: 64, steps: 400, validateEvery: 40 },
}
