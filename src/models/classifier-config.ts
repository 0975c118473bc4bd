/** What the program reads of a classifier's `config.json`; all else in it is ignored. Its pictures: `preprocessor.ts`. */
import { z } from 'zod'

export const classifierConfigSchema = z.object({
  image_size: z.int().positive().optional().catch(undefined),
  id2label: z.record(z.string(), z.string()).optional(),
})
export type ClassifierConfig = z.infer<typeof classifierConfigSchema>
