/** What decides a prompt that is learned without a gradient, and the values of BlackVIP's authors for a padding prompt. */
import { z } from 'zod'

export const spsaSettingsSchema = z.strictObject({
  /** a: rate of step k, counted from 1, is a / (k + offset)^alpha. */
  a: z.number().positive(),
  offset: z.number().min(0),
  alpha: z.number().min(0),
  /** c: perturbations of step k are multiplied with c / k^gamma. */
  c: z.number().positive(),
  gamma: z.number().min(0),
  /** Perturbations of a step, two runs of the model each; their estimates are averaged. */
  repeats: z.int().min(1).max(1000),
  /** Nesterov momentum: "gradient correction". */
  momentum: z.number().min(0).lt(1),
})
export type SpsaSettings = z.infer<typeof spsaSettingsSchema>

/**
 * changdaeoh/BlackVIP, trainers/vpour.py ("VP w/ SPSA-GC"): configs/trainers/VPOUR/vit_b32.yaml for what is the same everywhere,
 * docs/configuration.md for a, c and momentum, which are searched on each data set there: the values that most have.
 */
export const SPSA_SETTINGS: SpsaSettings = {
  a: 10,
  offset: 1,
  alpha: 0.4,
  c: 0.01,
  gamma: 0.1,
  repeats: 5,
  momentum: 0.3,
}

/** Its authors': 5000 epochs of batches of 128. */
export const SPSA_TRAINING = { epochs: 5000, batchSize: 128 } as const

/** a_k @param step counted from 0 */
export const spsaRate = ({ a, alpha, offset }: SpsaSettings, step: number): number => a / (step + 1 + offset) ** alpha

/** c_k @param step counted from 0 */
export const spsaSpread = ({ c, gamma }: SpsaSettings, step: number): number => c / (step + 1) ** gamma
