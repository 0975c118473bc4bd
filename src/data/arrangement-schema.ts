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

/** Of the first thing found wrong, a clause: our own words where we have some, else which entry. */
export function whatIsWrong({ issues: [issue] }: z.ZodError): string {
  const entry = issue?.path.join('.') ?? ''
  const what = issue?.code === 'custom' ? issue.message : 'is not as it should be'
  return `${entry === '' && issue?.code !== 'custom' ? 'it' : entry} ${what}`.trim()
}

/** @throws UserError */
export function checkArrangement(value: unknown): Arrangement {
  const parsed = arrangementSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new UserError(
    `The arrangement of the classes is damaged: ${whatIsWrong(parsed.error)}.`,
    'Open the pictures again without it.',
  )
}
