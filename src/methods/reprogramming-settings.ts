/**
 * Adversarial reprogramming (Elsayed et al. 2019), as Prinsphield/Adversarial_Reprogramming has it (main.py, config.py): a frame of
 * learned pixels around a small picture, Adam, a rate that falls by steps of two epochs.
 */
import { z } from 'zod'

export const reprogrammingSettingsSchema = z.strictObject({
  /** Side of the picture inside, of the whole. */
  innerFraction: z.number().gt(0).lt(1),
  /** Added to the picture inside, in [0, 1]: a half in the code, where the sigmoid of the mask's zero is; nothing in the paper. */
  innerAdded: z.number().min(0).max(1),
  learningRate: z.number().positive(),
  /** What the rate is multiplied with at every second epoch. */
  decay: z.number().gt(0).max(1),
  /** λ of λ |θ|². */
  penalty: z.number().min(0),
})
export type ReprogrammingSettings = z.infer<typeof reprogrammingSettingsSchema>

export const REPROGRAMMING_SETTINGS: ReprogrammingSettings = {
  innerFraction: 28 / 224,
  innerAdded: 0.5,
  learningRate: 0.05,
  decay: 0.96,
  penalty: 5e-7,
}

export const REPROGRAMMING_TRAINING = { epochs: 30, batchSize: 240, beta1: 0.5 } as const

/** The schedule is stepped before an epoch there, so that the first has the first rate alone. @param epoch counted from 0 */
export const reprogrammingRate = ({ decay, learningRate }: ReprogrammingSettings, epoch: number): number =>
  learningRate * decay ** Math.floor((epoch + 1) / 2)
