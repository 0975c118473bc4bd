/** What decides a visual prompt that is learned together with the words around the class names. */
import { z } from 'zod'
import { COOP_SETTINGS, COOP_TRAINING, coopSettingsSchema } from './text/coop-settings'

export const jointSettingsSchema = coopSettingsSchema.omit({ classSpecific: true }).extend({
  /** Peak rate of the context, which goes with the schedule of the pixels. */
  textLearningRate: z.number().positive(),
})
export type JointSettings = z.infer<typeof jointSettingsSchema>

/** The context as CoOp's authors learn it, from words that say something before it is learned. */
export const JOINT_SETTINGS: JointSettings = {
  tokens: 4,
  position: COOP_SETTINGS.position,
  init: { kind: 'words', words: 'a photo of a' },
  textLearningRate: COOP_TRAINING.learningRate,
}
