/** What decides a CoCoOp run besides optimiser and data, and the values of its authors (trainers/cocoop.py, its scripts). */
import { z } from 'zod'
import { CONTEXT_POSITIONS } from '../../prompts/context-layout'
import { contextInitSchema, COOP_TRAINING } from './coop-settings'

export const cocoopSettingsSchema = z.strictObject({
  /** M: tokens of the context; of words their own number. */
  tokens: z.int().min(1).max(64),
  position: z.enum(CONTEXT_POSITIONS),
  init: contextInitSchema,
})
export type CoCoOpSettings = z.infer<typeof cocoopSettingsSchema>

export const COCOOP_SETTINGS: CoCoOpSettings = {
  tokens: 4,
  position: 'end',
  init: { kind: 'words', words: 'a photo of a' },
}

/** As CoOp's, one picture a step: each picture needs text features of its own. */
export const COCOOP_TRAINING = { ...COOP_TRAINING, batchSize: 1, epochs: 10 } as const
