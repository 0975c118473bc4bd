/** What decides a test-time visual prompt: the views and choice of TPT's authors, on a border of pixels. */
import { z } from 'zod'
import { PAPER_BORDER } from '../prompts/design-settings'
import { TPT_SETTINGS, tptSettingsSchema } from './text/tpt-settings'

export const testTimeVisualSettingsSchema = tptSettingsSchema
  .omit({ words: true, position: true })
  .extend({ borderFraction: z.number().gt(0).lt(0.5) })
export type TestTimeVisualSettings = z.infer<typeof testTimeVisualSettingsSchema>

const { views, keep, augmix, steps, seed } = TPT_SETTINGS

/** TPT's, but for the rate, which is of normalised pixels here, and no decay of a border that begins as zero. */
export const TEST_TIME_VISUAL_SETTINGS: TestTimeVisualSettings = {
  ...{ views, keep, augmix, steps, seed },
  borderFraction: PAPER_BORDER,
  learningRate: 0.05,
  weightDecay: 0,
}
