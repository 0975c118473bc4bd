/** What a study compares: a method with its settings, as data. The registry (contenders.ts) knows how each is made. */
import { z } from 'zod'
import { recipeSchema } from '../learning/recipe'
import { RECIPE_NAMES } from '../learning/recipes'

/** What the method is called in tables. */
const label = z.string().min(1)

export const contenderSchema = z.discriminatedUnion('method', [
  /** The frozen model as it comes, with the task's own template. */
  z.strictObject({ label, method: z.literal('zero-shot') }),
  /** A border of pixels: a recipe by name, or all of one. */
  z.strictObject({
    label,
    method: z.literal('padding'),
    recipe: z.union([z.enum(RECIPE_NAMES), recipeSchema]),
    /** Steps instead of the recipe's own; its warm-up then takes at most half of them. */
    steps: z.int().positive().optional(),
  }),
])
export type Contender = z.infer<typeof contenderSchema>

/** Methods that draw nothing: any seed gives the same, so one is enough. */
const SEEDLESS: ReadonlySet<Contender['method']> = new Set(['zero-shot'])

/** The seeds of a study that are of use to a method. */
export const seedsFor = ({ method }: Contender, seeds: readonly number[]): readonly number[] =>
  SEEDLESS.has(method) ? seeds.slice(0, 1) : seeds

export type ContenderOf<M extends Contender['method']> = Extract<Contender, { method: M }>
