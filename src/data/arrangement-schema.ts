/** An arrangement that comes from outside: kept by the browser, from a project file, or from the page. */
import { z } from 'zod'
import { UserError } from '../errors'
import type { Arrangement } from './arrangement'

const share = z.number().min(0).max(0.9)

export const arrangementSchema = z
  .strictObject({
    classes: z
      .array(
        z.strictObject({
          key: z.string().min(1),
          name: z.string().min(1),
          folders: z.array(z.string()).readonly(),
          included: z.boolean(),
        }),
      )
      .readonly(),
    template: z.string(),
    labels: z.record(z.string(), z.string()),
    without: z.array(z.string()).readonly(),
    split: z.strictObject({
      from: z.enum(['given', 'chance']),
      seed: z.int().min(0),
      val: share,
      test: share,
      shots: z.int().positive().nullable(),
      together: z.boolean(),
    }),
  })
  .refine(({ classes }) => new Set(classes.map(({ key }) => key)).size === classes.length, 'two classes of one key')
  .refine(({ split }) => split.val + split.test < 1, 'nothing is left to learn from')

/** @throws UserError */
export function checkArrangement(value: unknown): Arrangement {
  const parsed = arrangementSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UserError(
    `The arrangement of the classes is damaged: ${issue?.path.join('.')} ${issue?.message}.`,
    'Open the pictures again without it.',
  )
}
