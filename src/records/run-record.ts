/**
 * A run as it is kept: a value that says everything about it (design §5), small enough to list by the hundred. What is large
 * lies beside it, part by part (`RunParts`): exact parameters and curves, read when they are asked for.
 *
 *   recipe + seed + data fingerprint + model sha256 + checkpoint = the same curve, wherever it is made
 */
import { z } from 'zod'
import type { Trouble } from '../errors'
import type { Sentence } from '../sentence'
import type { Checkpoint } from '../learning/checkpoint'
import { recipeSchema } from '../learning/recipe'
import type { NamedTensors } from '../methods/method'

export const accuracySchema = z.strictObject({
  correct: z.int().min(0),
  total: z.int().min(0),
  /** Fractions of 1. */
  top1: z.number(),
  /** 95 % Wilson interval. */
  ci95: z.tuple([z.number(), z.number()]).readonly(),
})

const splitCounts = z.array(z.int().min(0)).readonly()

/** The frozen model of a run, enough to find it again and to know it by. */
export const modelReferenceSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(['clip', 'classifier']),
  origin: z.enum(['embedded', 'hub', 'files']),
  variant: z.enum(['fp32', 'fp16', 'int8']).nullable(),
  name: z.string(),
  title: z.string(),
  imageSize: z.int().positive(),
  mean: z.array(z.number()).readonly(),
  std: z.array(z.number()).readonly(),
  sha256: z.string(),
})
export type ModelReference = z.infer<typeof modelReferenceSchema>

/** The task of a run: names, counts and the fingerprint of its pixels, not the pixels. */
export const taskReferenceSchema = z.strictObject({
  /** A sample's id, or null for a person's own images, which are found again by their fingerprint. */
  sample: z.string().nullable(),
  title: z.string(),
  template: z.string(),
  classes: z.array(z.strictObject({ folder: z.string(), name: z.string() })).readonly(),
  /** counts[split][class] */
  counts: z.strictObject({ train: splitCounts, val: splitCounts, test: splitCounts }),
  imageSize: z.int().positive(),
  fingerprint: z.string(),
  /** null where the split came with the images. */
  splitSeed: z.int().nullable(),
  /** The album of a person's own images, by which they are opened again; null where there is none. */
  album: z.string().nullable(),
})
export type TaskReference = z.infer<typeof taskReferenceSchema>

export const outcomeSchema = z.strictObject({
  stoppedEarly: z.boolean(),
  bestStep: z.int(),
  seconds: z.number(),
  secondsPerStep: z.number(),
  /** On the test split. */
  zeroShot: accuracySchema,
  prompted: accuracySchema,
  /** McNemar, exact, two-sided. */
  pValue: z.number(),
  fixed: z.int(),
  broken: z.int(),
  frozenSha256Before: z.string(),
  frozenSha256After: z.string(),
})
export type Outcome = z.infer<typeof outcomeSchema>

/**
 * waiting: not begun, its turn in a group comes. learning: a page is at work on it, or was when it vanished (its lock tells).
 * paused, finished, failed: as the lab says. Anything but finished and failed can be gone on with.
 */
export const runStateSchema = z.enum(['waiting', 'learning', 'paused', 'finished', 'failed'])
export type RunState = z.infer<typeof runStateSchema>

const sentenceSchema: z.ZodType<Sentence> = z.lazy(() =>
  z.strictObject({ template: z.string(), values: z.array(z.union([z.string(), sentenceSchema])).readonly() }),
)
const troubleSchema: z.ZodType<Trouble> = z.strictObject({
  message: z.string(),
  remedy: z.string(),
  said: z.strictObject({ message: sentenceSchema, remedy: sentenceSchema }).optional(),
  reason: z.enum(['noRoom']).optional(),
}) as z.ZodType<Trouble>

export const runRecordSchema = z.strictObject({
  version: z.literal(1),
  /** A random UUID. */
  id: z.string(),
  /** Given by the person; null = named after task and recipe. */
  name: z.string().nullable(),
  pinned: z.boolean(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  updatedAt: z.string(),
  state: runStateSchema,
  /** transfer: nothing was learned; the border of `origin` was measured on this task and model. */
  kind: z.enum(['learned', 'transfer']),
  origin: z.string().nullable(),
  /** Repeats of one recipe over several seeds; `index` from 0. */
  group: z.strictObject({ id: z.string(), index: z.int().min(0), of: z.int().positive() }).nullable(),
  recipe: recipeSchema,
  seed: z.int().min(0),
  model: modelReferenceSchema,
  task: taskReferenceSchema,
  /** A classifier's outputs that stand for the classes; null for a CLIP. */
  outputs: z.array(z.int()).readonly().nullable(),
  /** What the classifier calls these outputs, one a class; null for a CLIP. */
  outputLabels: z.array(z.string()).readonly().nullable(),
  engine: z.enum(['webgpu', 'wasm', 'node-cpu']),
  /** "NVIDIA RTX 3060 (WebGPU)" */
  engineDescription: z.string(),
  parameterCount: z.int(),
  /** Border width in pixels. */
  border: z.int(),
  step: z.int().min(0),
  /** Time at work so far, pauses and absences not counted, and of one step. */
  seconds: z.number().min(0),
  secondsPerStep: z.number().min(0),
  /** On validation, before anything was learned. */
  zeroShot: accuracySchema.nullable(),
  /** The best on validation so far. */
  best: z.strictObject({ step: z.int(), accuracy: accuracySchema }).nullable(),
  outcome: outcomeSchema.nullable(),
  /** Why it failed. */
  trouble: troubleSchema.nullable(),
})
export type RunRecord = z.infer<typeof runRecordSchema>

/** The curves of a run; parallel arrays. */
export interface RunCurves {
  /** One entry a step. */
  readonly steps: {
    readonly step: Float64Array
    readonly loss: Float64Array
    readonly learningRate: Float64Array
    readonly gradientNorm: Float64Array
    /** Share of each batch answered rightly, before its update; NaN where it was not read. */
    readonly accuracy: Float64Array
    /** While learning, pauses left out; NaN where it is not known. */
    readonly imagesPerSecond: Float64Array
  }
  /** One entry a validation; accuracies and 95 % bounds as fractions of 1. */
  readonly validations: {
    readonly step: Float64Array
    readonly top1: Float64Array
    readonly low: Float64Array
    readonly high: Float64Array
  }
}

/** Predictions of a split's images, in its order: what every comparison is made from. All of length N. */
export interface Predictions {
  /** Which images of the split: all of test; of a large validation split those that were looked at. */
  readonly indices: Uint32Array
  /** True classes. */
  readonly labels: Uint16Array
  readonly paths: readonly string[]
  readonly zeroShot: PredictedRows
  readonly prompted: PredictedRows
}

export interface PredictedRows {
  /** Predicted class. */
  readonly top1: Uint16Array
  /** Its probability, and that of the true class; fractions of 1. */
  readonly confidence: Float32Array
  readonly ofTruth: Float32Array
}

/** A border of the way, exact: the parameters after `step` steps. One a validation, step 0 included; thinned when the disk is full. */
export interface Keyframe {
  readonly step: number
  readonly parameters: NamedTensors
}

/** What lies beside a record. A part that is not there is null: nothing was validated yet, or it was never measured. */
export interface RunParts {
  /** The latest, with the best of its time. */
  readonly checkpoint: Checkpoint
  readonly curves: RunCurves
  /** [3,S,S] normalised units: the best border; of a finished run the reported one. */
  readonly border: Float32Array
  /** In order of steps. */
  readonly history: readonly Keyframe[]
  /** Zero-shot and the best border so far on validation; on test only once the run was measured. */
  readonly val: Predictions
  readonly test: Predictions
}
export type RunPartName = keyof RunParts

/** A run with all its parts: what is exported and imported. */
export interface KeptRun {
  readonly record: RunRecord
  readonly parts: { readonly [P in RunPartName]: RunParts[P] | null }
}
