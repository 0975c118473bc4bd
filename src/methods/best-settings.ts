/**
 * `best`: the strongest known recipe of pixels alone, as data. The picture is moved and coloured, a border or frame is added, all of it
 * learned, on augmented pictures. `acavp` is the published one (ACAVP 2025, main.py, configs/ACAVP.yaml; its gradient
 * normalisation is EVP's, Wu et al. 2024); `best` begins where the picture is as it was, so that it can only be kept where it is better.
 */
import { z } from 'zod'
import { ACAVP, affineSettingsSchema } from '../prompts/affine-settings'
import { PAPER_BORDER } from '../prompts/design-settings'

const rate = z.number().positive()

export const bestSettingsSchema = affineSettingsSchema.extend({
  /** normalised: SGD on gradients of length 1, those of place and colour then cut to ±0.001. */
  optimiser: z.enum(['adam', 'normalised']),
  /**
   * Rate of the frame. normalised: at 224 pixels, else with the side, so that a pixel's step is the same. adam: in [0, 1] units,
   * where 0.027 is 0.1 of what the recipe quick counts in.
   */
  learningRate: rate,
  /** Rates of what the pixels are multiplied with, and of where the picture lies. */
  colourRate: rate,
  placeRate: rate,
  /** Left and right exchanged, half of the times. */
  flip: z.boolean(),
  /** One operation of TrivialAugment on each picture. */
  trivial: z.boolean(),
  /** Largest random shift of a picture, as a fraction of the side. */
  shiftFraction: z.number().min(0).lt(0.5),
  batchSize: z.int().positive(),
  steps: z.int().positive(),
  validateEvery: z.int().positive(),
})
export type BestSettings = z.infer<typeof bestSettingsSchema>

const BEST: BestSettings = {
  ...{ scale: 1, largest: 1.25, borderFraction: PAPER_BORDER, angle: 0.1, shear: 0.1, translate: 0.05, colour: 2 },
  ...{ about: 'middle', optimiser: 'adam', learningRate: 0.027, colourRate: 0.02, placeRate: 0.02 },
  ...{ flip: false, trivial: false, shiftFraction: 0.03, batchSize: 64, steps: 130, validateEvery: 26 },
}

const PUBLISHED: BestSettings = {
  ...ACAVP,
  ...{ optimiser: 'normalised', learningRate: 40, colourRate: 40, placeRate: 40 },
  ...{ flip: true, trivial: true, shiftFraction: 0, batchSize: 256, steps: 1000, validateEvery: 50 },
}

export const BEST_RECIPES = { best: BEST, acavp: PUBLISHED } as const
