/** What decides prompts that are drawn on a picture and not learned: red circles (Shtedritski et al. 2023), colour blocks (CPT). */
import { z } from 'zod'

const share = z.number().min(0).max(1)
const level = z.number().min(0).max(255)

export const drawnSettingsSchema = z.strictObject({
  /** circle: the line of the ellipse in the box. box: the line of the box. block: the box filled. */
  mark: z.enum(['circle', 'box', 'block']),
  /** Left, top, right and bottom of the box, of 0 to 1. */
  box: z.tuple([share, share, share, share]),
  /** RGB, 0 to 255. */
  colour: z.tuple([level, level, level]),
  opacity: z.number().gt(0).max(1),
  /** Width of a line, within the box, as a fraction of the side. */
  lineFraction: z.number().gt(0).max(0.5),
  /** What becomes of the picture outside of the mark: it is drawn once for each, and the logits are averaged. */
  outside: z.array(z.enum(['keep', 'grey', 'blur'])).min(1),
  /** Standard deviation of the blur, as a fraction of the side. */
  blurFraction: z.number().gt(0).max(0.25),
})
export type DrawnSettings = z.infer<typeof drawnSettingsSchema>

/** A red circle around the whole picture: box, line and blur are ours, since the paper's code was never released. */
export const RED_CIRCLE: DrawnSettings = {
  mark: 'circle',
  box: [0.04, 0.04, 0.96, 0.96],
  colour: [255, 0, 0],
  opacity: 1,
  lineFraction: 0.02,
  outside: ['keep'],
  blurFraction: 0.03,
}

/** The red block of CPT (thunlp/CPT): 240, 0, 30 at 127 of 255. */
export const COLOUR_BLOCK: DrawnSettings = {
  ...RED_CIRCLE,
  mark: 'block',
  box: [0, 0, 1, 1],
  colour: [240, 0, 30],
  opacity: 127 / 255,
}

export const DRAWN_MARKS = { 'red-circle': RED_CIRCLE, 'colour-block': COLOUR_BLOCK } as const
