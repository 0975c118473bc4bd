/** What decides unadversarial patches, and the values of their authors (microsoft/unadversarial, main.py, constants.py). */
import { z } from 'zod'

export const unadversarialSettingsSchema = z.strictObject({
  /** Side of a patch, of the picture's. */
  patchFraction: z.number().gt(0).max(1),
  /** First values: N(0.5, deviation²), in [0, 1]. */
  deviation: z.number().min(0),
  learningRate: z.number().positive(),
  /** Share of the pictures whose patch is turned, scaled and moved at random; the others have it in their middle. */
  movedShare: z.number().min(0).max(1),
  /** Turned by at most so much to either side, degrees. */
  degrees: z.number().min(0).max(180),
  /** Scaled by 1 - this to 1 + this. */
  scale: z.number().min(0).lt(1),
  /** Moved by at most so much of the side, each way. */
  translate: z.number().min(0).max(1),
  /**
   * known: a picture bears the patch of its own class, which is given: how well objects are known that were designed to be, no
   * answer to a question. each: it bears every class's patch in turn, and that class is answered whose patch fits best.
   */
  objects: z.enum(['each', 'known']),
})
export type UnadversarialSettings = z.infer<typeof unadversarialSettingsSchema>

export const UNADVERSARIAL_SETTINGS: UnadversarialSettings = {
  patchFraction: 70 / 224,
  deviation: 0.1,
  learningRate: 0.005,
  movedShare: 0.5,
  degrees: 45,
  scale: 0.1,
  translate: 0.3,
  objects: 'each',
}

export const UNADVERSARIAL_TRAINING = { epochs: 30, batchSize: 128 } as const
