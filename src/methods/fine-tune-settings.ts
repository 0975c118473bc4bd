/**
 * What decides full fine-tuning of the image tower. The values are of the public checkpoints of CLIP B/32 fine-tuned so (Hugging
 * Face, tanganke: image tower alone, Adam 1e-5, 4000 steps of 32); those of the visual prompting paper are not reproducible.
 */
import { z } from 'zod'

export const fineTuneSettingsSchema = z.strictObject({
  learningRate: z.number().positive(),
  /** Linear warm-up steps before the cosine to zero. */
  warmupSteps: z.int().min(0),
  steps: z.int().positive(),
  batchSize: z.int().positive(),
  /** Of AdamW; 0 is Adam. */
  weightDecay: z.number().min(0),
  validateEvery: z.int().positive(),
})
export type FineTuneSettings = z.infer<typeof fineTuneSettingsSchema>

export const FINE_TUNE_SETTINGS: FineTuneSettings = {
  ...{ learningRate: 1e-5, warmupSteps: 0, steps: 4000, batchSize: 32, weightDecay: 0, validateEvery: 400 },
}
