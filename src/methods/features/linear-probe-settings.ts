/** Settings of the linear probe as plain data. */
import { z } from 'zod'

export const linearProbeSettingsSchema = z.strictObject({
  method: z.literal('linear-probe'),
  /** raw: as the encoder gives them, as CLIP's README does. */
  features: z.enum(['raw', 'normalised']),
  /** scikit-learn's C, or the sweep of CLIP's appendix A.3 on validation. */
  c: z.union([z.literal('sweep'), z.number().positive()]),
  maxIterations: z.int().positive(),
  /** Largest component of the gradient of the mean loss at the end. */
  tolerance: z.number().positive(),
  /** Learn once more on training and validation with the C that was found, as CLIP's authors did. */
  retrainOnValidation: z.boolean(),
})
export type LinearProbeSettings = z.infer<typeof linearProbeSettingsSchema>

/**
 * CLIP's protocol, but for two things: nothing is learned on validation unless it is asked for, so that methods are compared on
 * equal data; and the fit goes on to 1e-7 where scikit-learn's default, 1e-4, stops early at large C.
 */
export const linearProbeDefaults: LinearProbeSettings = {
  method: 'linear-probe',
  features: 'raw',
  c: 'sweep',
  maxIterations: 1000,
  tolerance: 1e-7,
  retrainOnValidation: false,
}
