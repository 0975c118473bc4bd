/**
 * A study as a declarative file: which methods, on which tasks, with which seeds. Every cell of the grid has a key, by which a
 * study that was interrupted finds what it has done.
 */
import { z } from 'zod'
import type { Corruption } from '../data/corruptions'
import { UserError } from '../errors'
import { contenderSchema, servesNewClasses, type Contender } from './contender'
import { studyModelSchema, studyTaskSchema } from './plan-task'

export const studySchema = z.strictObject({
  version: z.literal(1),
  title: z.string().min(1),
  /** On which classes it is learned and tested: on all, unless said (base-to-new.ts). */
  protocol: z.enum(['all-classes', 'base-to-new']).optional(),
  model: studyModelSchema,
  tasks: z.array(studyTaskSchema).min(1),
  seeds: z.array(z.int().min(0)).min(1),
  methods: z.array(contenderSchema).min(1),
  /** Label of a method: how many steps the others take to its last accuracy on validation. */
  stepsTo: z.string().optional(),
  /** How different the training pictures of each task are from one another is measured too (diversity.ts). */
  diversity: z.boolean().optional(),
})
export type StudyPlan = z.infer<typeof studySchema>

/** @throws UserError naming what is wrong */
export function parseStudy(text: string, file: string): StudyPlan {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new UserError(`The study "${file}" is not JSON.`, 'See docs/study.md for an example.', { cause })
  }
  const parsed = studySchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue!.path.length > 0 ? ` at ${issue!.path.join('.')}` : ''
    throw new UserError(
      `The study "${file}" cannot be read${where}: ${issue!.message}.`,
      'See docs/study.md for an example.',
    )
  }
  const labels = parsed.data.methods.map(({ label }) => label)
  const twice = labels.find((label, i) => labels.indexOf(label) !== i)
  if (twice !== undefined) {
    throw new UserError(`The study "${file}" has two methods called "${twice}".`, 'Give each a label of its own.')
  }
  const { stepsTo } = parsed.data
  if (stepsTo !== undefined && !labels.includes(stepsTo)) {
    throw new UserError(
      `The study "${file}" measures steps to "${stepsTo}", and has no such method.`,
      `Its methods are ${labels.join(', ')}.`,
    )
  }
  const bound = parsed.data.methods.find((method) => !servesNewClasses(method))
  if (parsed.data.protocol !== 'base-to-new' || !bound) return parsed.data
  throw new UserError(
    `The study "${file}" goes from base to new classes, and "${bound.label}" answers only for those it was learned on.`,
    'Leave it out; zero-shot, CoOp with one context for all classes, CoCoOp and TPT take other class names.',
  )
}

/** What decides the outcome of one cell. */
export interface Cell {
  readonly modelSha256: string
  /** Of the task's pixels, labels and class names. */
  readonly fingerprint: string
  readonly template: string
  readonly contender: Contender
  readonly seed: number
  /** Where it is not learned and tested on all classes. */
  readonly protocol?: 'base-to-new'
  /** sha256 of the file that the contender begins from, hex. */
  readonly context?: string
  /** What the test pictures are changed by, where they are answered so too. */
  readonly shifts?: readonly Corruption[]
}

/** Cells of the same key have the same outcome, on the same kind of engine. The label is only a name. */
export function keyOf({ contender: { label: _, ...settings }, ...rest }: Cell): string {
  return JSON.stringify({ ...rest, settings }, sortedKeys)
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
