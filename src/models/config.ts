/** What the program reads of a hub CLIP's `config.json`; all else in it is ignored. Its pictures: `preprocessor.ts`. */
import { z } from 'zod'
import { UserError } from '../errors'

const size = z.int().positive()

export const clipConfigSchema = z.object({
  model_type: z.literal('clip'),
  projection_dim: size,
  /** Natural logarithm of the learned scale. Hub configurations lack it: there it lies in the weights, at ln 100. */
  logit_scale: z.number().min(0).max(10).optional(),
  vision_config: z.object({ image_size: size }),
  text_config: z.object({
    // The hub's first CLIP exports leave out what equals the defaults of the `transformers` library.
    vocab_size: size.default(49408),
    max_position_embeddings: z.int().min(3).default(77),
  }),
})
export type ClipConfig = z.infer<typeof clipConfigSchema>

/** What a model was taken for, and what it should have been. */
const WANTED = {
  clip: [
    'a CLIP',
    'Choose a CLIP in the layout of the model hub, exported to ONNX as separate vision and text models.',
  ],
  classifier: [
    'a classifier that Passepartout can read',
    'Correct the file; a classifier needs image_mean, image_std and the size of its pictures, as on the model hub.',
  ],
} as const

/** @throws UserError naming the first field that is not as such a model has it */
export function parseConfig<T extends z.ZodType>(
  schema: T,
  json: unknown,
  file: string,
  model: string,
  kind: keyof typeof WANTED = 'clip',
): z.infer<T> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const [wanted, remedy] = WANTED[kind]
  throw new UserError(
    `The model "${model}" is not ${wanted}: ${file} has an unexpected "${issue?.path.join('.') || 'content'}" (${issue?.message}).`,
    remedy,
  )
}
