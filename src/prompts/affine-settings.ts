/** What decides a prompt that moves the picture, colours it and frames it (ACAVP), and the values of its authors. Needs no tfjs. */
import { z } from 'zod'

const range = z.number().min(0)

export const affineSettingsSchema = z.strictObject({
  /** First scale of the picture, below the largest. */
  scale: z.number().gt(0),
  /** Most that it may be scaled to. */
  largest: z.number().gt(0),
  /** Border that the frame covers of the picture, of the side; 0: the frame lies only where nothing of the picture shows. */
  borderFraction: z.number().min(0).lt(0.5),
  /** Most that it may be turned, radians. */
  angle: range,
  /** Most that it may be sheared, each way. */
  shear: range,
  /** Most that it may be moved, of the side. */
  translate: range,
  /** Most that a pixel may be multiplied with; 1 to begin with. */
  colour: z.number().gt(1),
  /** What stays in place when it is scaled: its middle, or its upper left corner as in the authors' code. */
  about: z.enum(['middle', 'corner']),
})
export type AffineSettings = z.infer<typeof affineSettingsSchema>

/** configs/ACAVP.yaml, but for the middle. */
export const ACAVP: AffineSettings = {
  ...{ scale: 0.73, largest: 1, borderFraction: 0, angle: 0.1, shear: 0.1, translate: 0.05, colour: 6 },
  about: 'middle',
}
