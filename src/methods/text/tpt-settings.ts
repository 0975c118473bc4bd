/** What decides test-time prompt tuning, and the values of its authors (azshue/TPT, tpt_classification.py, test_tpt.sh). */
import { z } from 'zod'
import { CONTEXT_POSITIONS } from '../../prompts/context-layout'

export const tptSettingsSchema = z.strictObject({
  /** Views of a picture, itself included. */
  views: z.int().min(2).max(512),
  /** Share of the views that are kept, the most confident: floor(views x share), at least one. */
  keep: z.number().gt(0).max(1),
  /** AugMix on top of crop and mirror: its authors do so on fine-grained data, not on the ImageNet family. */
  augmix: z.boolean(),
  /** Words that the context begins as, where no learned one is given. */
  words: z.string().trim().min(1),
  position: z.enum(CONTEXT_POSITIONS),
  steps: z.int().min(1).max(16),
  learningRate: z.number().positive(),
  weightDecay: z.number().min(0),
  seed: z.int(),
})
export type TptSettings = z.infer<typeof tptSettingsSchema>

export const TPT_SETTINGS: TptSettings = {
  views: 64,
  keep: 0.1,
  augmix: false,
  words: 'a photo of a',
  position: 'end',
  steps: 1,
  learningRate: 5e-3,
  weightDecay: 0.01,
  seed: 0,
}
