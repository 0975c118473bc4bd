/** What a study compares: a method with its settings, as data. The registry (contenders.ts) knows how each is made. */
import { z } from 'zod'
import { recipeSchema } from '../learning/recipe'
import { RECIPE_NAMES } from '../learning/recipes'
import { BEST_RECIPES, bestSettingsSchema } from '../methods/best-settings'
import { DRAWN_MARKS, drawnSettingsSchema } from '../methods/drawn-settings'
import { linearProbeSettingsSchema } from '../methods/features/linear-probe-settings'
import { kNearestSettingsSchema, nearestMeanSettingsSchema } from '../methods/features/neighbours-settings'
import { tipAdapterSettingsSchema } from '../methods/features/tip-adapter-settings'
import { fineTuneSettingsSchema } from '../methods/fine-tune-settings'
import { jointSettingsSchema } from '../methods/joint-settings'
import { reprogrammingSettingsSchema } from '../methods/reprogramming-settings'
import { spsaSettingsSchema } from '../methods/spsa-settings'
import { outputMappingSchema, promptlessMappingSchema } from '../methods/output-mapping-settings'
import { testTimeVisualSettingsSchema } from '../methods/test-time-visual-settings'
import { unadversarialSettingsSchema } from '../methods/unadversarial-settings'
import { cocoopSettingsSchema } from '../methods/text/cocoop-settings'
import { coopSettingsSchema } from '../methods/text/coop-settings'
import { tptSettingsSchema } from '../methods/text/tpt-settings'
import { designSettingsSchema, PUBLISHED_DESIGNS } from '../prompts/design-settings'

/** What the method is called in tables. */
const label = z.string().min(1)

/** A file of what CoOp or CoCoOp have learned before, of these classes or others: it is taken as it is, and nothing learned. */
const context = z.string().min(1).optional()

const keysOf = <T extends object>(of: T) => Object.keys(of) as (keyof T & string)[]

const design = z.union([z.enum(keysOf(PUBLISHED_DESIGNS)), designSettingsSchema])

/** Settings that are not named are the defaults of the method, those of its authors where it has any. */
export const contenderSchema = z.discriminatedUnion('method', [
  /** The frozen model as it comes. */
  z.strictObject({
    ...{ label, method: z.literal('zero-shot') },
    /** The task's own one, which is the default; or an ensemble of several. */
    templates: z
      .union([z.enum(['task', 'imagenet-7', 'imagenet-80']), z.array(z.string().includes('{}')).min(1)])
      .optional(),
    /** What of the ensemble is averaged: embeddings, unless said. */
    ensemble: z.enum(['embeddings', 'probabilities']).optional(),
  }),
  /** A border of pixels: a recipe by name, or all of one. */
  z.strictObject({
    label,
    method: z.literal('padding'),
    recipe: z.union([z.enum(RECIPE_NAMES), recipeSchema]),
    /** Steps instead of the recipe's own; its warm-up then takes at most half of them. */
    steps: z.int().positive().optional(),
  }),
  /** Any design of pixels; how it is learned is a recipe's, but for what is named. */
  z.strictObject({
    ...{ label, method: z.literal('visual-prompt') },
    design,
    recipe: z.union([z.enum(RECIPE_NAMES), recipeSchema]),
    /** What the answers are read off: the task's own texts, or a classifier's first outputs, unless said. */
    mapping: outputMappingSchema.optional(),
    ...recipeSchema
      .pick({ optimiser: true, learningRate: true, warmupSteps: true, steps: true, batchSize: true })
      .extend({ shiftFraction: recipeSchema.shape.shiftFraction, validateEvery: recipeSchema.shape.validateEvery })
      .partial().shape,
  }),
  /** A mapping alone, without a prompt. */
  z.strictObject({ label, method: z.literal('output-mapping'), mapping: promptlessMappingSchema }),
  linearProbeSettingsSchema
    .partial({
      features: true,
      c: true,
      maxIterations: true,
      tolerance: true,
      retrainOnValidation: true,
    })
    .extend({ label }),
  nearestMeanSettingsSchema.partial({ scale: true }).extend({ label }),
  kNearestSettingsSchema.partial({ k: true, vote: true, temperature: true }).extend({ label }),
  tipAdapterSettingsSchema.partial().extend({ label, method: z.literal('tip-adapter') }),
  tipAdapterSettingsSchema
    .partial()
    .extend({ label, method: z.literal('tip-adapter-f'), epochs: z.int().positive().optional() }),
  coopSettingsSchema
    .partial()
    .extend({ label, context, method: z.literal('coop'), epochs: z.int().positive().optional() }),
  cocoopSettingsSchema.partial().extend({
    ...{ label, context, method: z.literal('cocoop') },
    ...{ epochs: z.int().positive().optional(), batchSize: z.int().positive().optional() },
  }),
  /** The seed of its views is the trial's. From the words of its settings, or from a learned context. */
  tptSettingsSchema
    .omit({ seed: true })
    .partial()
    .extend({ label, context, method: z.literal('tpt') }),
  /** Drawn on every picture, nothing is learned; with a template it can be named: "a photo of a {} in a red circle". */
  drawnSettingsSchema.partial().extend({
    ...{ label, method: z.literal('drawn'), preset: z.enum(keysOf(DRAWN_MARKS)).optional() },
    template: z.string().includes('{}').optional(),
  }),
  /** A small picture in a frame of learned pixels. */
  reprogrammingSettingsSchema.partial().extend({
    ...{ label, method: z.literal('reprogramming') },
    ...{ epochs: z.int().positive().optional(), batchSize: z.int().positive().optional() },
  }),
  /** A patch for each class. */
  unadversarialSettingsSchema.partial().extend({
    ...{ label, method: z.literal('unadversarial') },
    ...{ epochs: z.int().positive().optional(), batchSize: z.int().positive().optional() },
  }),
  /** A border for each picture by itself; the seed of its views is the trial's. */
  testTimeVisualSettingsSchema
    .omit({ seed: true })
    .partial()
    .extend({ label, method: z.literal('test-time-visual') }),
  /** A design of pixels learned together with the words around the class names. */
  jointSettingsSchema.partial().extend({
    ...{ label, method: z.literal('joint'), design: design.optional(), steps: z.int().positive().optional() },
    recipe: z.union([z.enum(RECIPE_NAMES), recipeSchema]).optional(),
  }),
  /** The strongest known recipe of pixels alone: a picture moved, coloured and framed, on augmented pictures. */
  bestSettingsSchema
    .partial()
    .extend({ label, method: z.literal('best'), recipe: z.enum(keysOf(BEST_RECIPES)).optional() }),
  /** Every weight of the image tower. */
  fineTuneSettingsSchema.partial().extend({ label, method: z.literal('fine-tune') }),
  /** Any design of pixels, learned without a gradient. */
  spsaSettingsSchema.partial().extend({
    ...{ label, method: z.literal('black-box'), design: design.optional() },
    ...{ steps: z.int().positive().optional(), batchSize: z.int().positive().optional() },
  }),
])
export type Contender = z.infer<typeof contenderSchema>
export type ContenderOf<M extends Contender['method']> = Extract<Contender, { method: M }>

/** Methods that draw nothing: any seed gives the same, so one is enough. */
const SEEDLESS: ReadonlySet<Contender['method']> = new Set([
  ...(['zero-shot', 'linear-probe', 'nearest-mean', 'k-nearest', 'tip-adapter', 'drawn'] as const),
])

/** Methods that look the pictures' features up, encoded once for all of them. */
const ON_FEATURES: ReadonlySet<Contender['method']> = new Set([
  ...(['linear-probe', 'nearest-mean', 'k-nearest', 'tip-adapter', 'tip-adapter-f'] as const),
  ...(['coop', 'cocoop', 'output-mapping'] as const),
])

export const isOnFeatures = (contender: Contender): boolean =>
  ON_FEATURES.has(contender.method) || (contender.method === 'zero-shot' && (contender.templates ?? 'task') !== 'task')

/** The file of words that a method begins from; null where it begins from nothing learned. */
export const contextFileOf = (contender: Contender): string | null =>
  ('context' in contender ? contender.context : undefined) ?? null

/** The seeds of a study that are of use to a method. */
export function seedsFor(contender: Contender, seeds: readonly number[]): readonly number[] {
  const asGiven = contextFileOf(contender) !== null && contender.method !== 'tpt'
  const counted = contender.method === 'output-mapping' && contender.mapping.kind !== 'random'
  return SEEDLESS.has(contender.method) || asGiven || counted ? seeds.slice(0, 1) : seeds
}

/** Whether a method can answer for classes that it has not learned on: by their names, and nothing of each class's own. */
export function servesNewClasses(contender: Contender): boolean {
  if (contender.method === 'coop') return contender.classSpecific !== true
  return contender.method === 'zero-shot' || contender.method === 'cocoop' || contender.method === 'tpt'
}
