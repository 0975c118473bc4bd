/** Parts of a run and references to data as files of a project, and back. Exact: float32 in binary, float64 by its digits. */
import { z } from 'zod'
import { arrangementSchema } from '../../data/arrangement-schema'
import { packCheckpoint, packKeyframe, unpackCheckpoint, unpackKeyframe } from '../../records/checkpoint-bytes'
import { checkedPredictions } from '../../records/predictions'
import {
  taskReferenceSchema,
  type KeptRun,
  type Keyframe,
  type Predictions,
  type RunCurves,
} from '../../records/run-record'
import type { Checkpoint } from '../../learning/checkpoint'
import type { NamedTensors } from '../../methods/method'
import { PADDING_NAMES, paddingShapes, type PaddingGeometry } from '../../prompts/padding-shapes'
import { ClauseError, said } from '../../sentence'
import { scanObject } from '../json-scan'
import { readSafetensors, writeSafetensors } from '../safetensors'
import type { ProjectData } from './project'

/** Anything thrown by a reader here: what was in the file is not the part. Its message is a clause. */
export class PartError extends ClauseError {
  override readonly name = 'PartError'
}

export const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, special)}\n`)

/** What we write is nested a dozen deep; what is nested without end is a trap for whoever walks it. */
const MAX_DEPTH = 64

export function parseJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  if (scanObject(text).depth > MAX_DEPTH) throw new PartError('it is nested too deep')
  return JSON.parse(text) as unknown
}

/** JSON has no NaN and no infinities: they are texts. */
const special = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value

const numberSchema = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform((text) => Number(text))])
const numbers = z.array(numberSchema).max(10_000_000)

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new PartError(said`"${issue?.path.join('.') ?? ''}" is not as it should be`)
}

/** Files of a run's parts, by their names in its folder. Parts that are null have none. */
export async function partFiles({ parts }: KeptRun): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  const { border, checkpoint, curves, history, test, val } = parts
  if (checkpoint) files.set('checkpoint.bin', await packCheckpoint(checkpoint))
  if (curves) files.set('curves.json', jsonBytes(curvesJson(curves)))
  if (border) files.set('border.safetensors', writeSafetensors({ border: { dims: [border.length], data: border } }))
  for (const keyframe of history ?? []) files.set(`history/${keyframe.step}.bin`, await packKeyframe(keyframe))
  if (val) files.set('val.json', jsonBytes(predictionsJson(val)))
  if (test) files.set('test.json', jsonBytes(predictionsJson(test)))
  return files
}

const arrays = (columns: object): Record<string, number[]> =>
  Object.fromEntries(Object.entries(columns as Record<string, ArrayLike<number>>).map(([k, v]) => [k, Array.from(v)]))

const curvesJson = ({ steps, validations }: RunCurves) => ({ steps: arrays(steps), validations: arrays(validations) })

const curvesSchema = z.object({
  steps: z
    .object({
      ...{ step: numbers, loss: numbers, learningRate: numbers, gradientNorm: numbers },
      // Projects of older programs lack these.
      ...{ accuracy: numbers.optional(), imagesPerSecond: numbers.optional() },
    })
    .transform(({ accuracy, imagesPerSecond, ...rest }) => {
      const unknown = rest.step.map(() => NaN)
      return { ...rest, accuracy: accuracy ?? unknown, imagesPerSecond: imagesPerSecond ?? unknown }
    }),
  validations: z.object({ step: numbers, top1: numbers, low: numbers, high: numbers }),
})

export function readCurves(bytes: Uint8Array): RunCurves {
  const { steps, validations } = parsed(curvesSchema, parseJson(bytes))
  for (const columns of [steps, validations]) {
    const lengths = new Set(Object.values(columns).map(({ length }) => length))
    if (lengths.size > 1) throw new PartError('its columns are not of one length')
  }
  const typed = <T extends object>(columns: T) =>
    Object.fromEntries(Object.entries(columns as Record<string, number[]>).map(([k, v]) => [k, Float64Array.from(v)]))
  return { steps: typed(steps), validations: typed(validations) } as unknown as RunCurves
}

const predictionsJson = ({ indices, labels, paths, prompted, zeroShot }: Predictions) => ({
  indices: [...indices],
  labels: [...labels],
  paths,
  zeroShot: arrays(zeroShot),
  prompted: arrays(prompted),
})

const whole = (most: number) => z.array(z.int().min(0).max(most)).max(10_000_000)
const rowsSchema = z.object({ top1: whole(0xffff), confidence: numbers, ofTruth: numbers })
const predictionsSchema = z.object({
  indices: whole(0xffffffff),
  labels: whole(0xffff),
  paths: z.array(z.string()),
  zeroShot: rowsSchema,
  prompted: rowsSchema,
})

export function readPredictions(bytes: Uint8Array): Predictions {
  const { indices, labels, paths, prompted, zeroShot } = parsed(predictionsSchema, parseJson(bytes))
  const rows = ({ confidence, ofTruth, top1 }: z.infer<typeof rowsSchema>) => ({
    top1: Uint16Array.from(top1),
    confidence: Float32Array.from(confidence),
    ofTruth: Float32Array.from(ofTruth),
  })
  const value = checkedPredictions({
    indices: Uint32Array.from(indices),
    labels: Uint16Array.from(labels),
    paths,
    zeroShot: rows(zeroShot),
    prompted: rows(prompted),
  })
  if (!value) throw new PartError('its columns are not of one length')
  return value
}

export function readBorderImage(name: string, bytes: Uint8Array, imageSize: number): Float32Array {
  const values = readSafetensors(name, bytes).tensors.get('border')?.values
  if (!(values instanceof Float32Array) || values.length !== 3 * imageSize ** 2) {
    throw new PartError(said`it is no border of ${imageSize} pixels`)
  }
  return values
}

/** A checkpoint whose tensors are those of a border of this geometry. */
export async function readCheckpoint(bytes: Uint8Array, geometry: PaddingGeometry): Promise<Checkpoint> {
  const checkpoint = await unpackCheckpoint(bytes)
  const { best, optimiser, parameters } = checkpoint
  for (const set of [parameters, ...Object.values(optimiser.slots), ...(best ? [best.parameters] : [])]) {
    refuseMisfit(set, geometry)
  }
  return checkpoint
}

export async function readKeyframe(bytes: Uint8Array, geometry: PaddingGeometry): Promise<Keyframe> {
  const keyframe = await unpackKeyframe(bytes)
  refuseMisfit(keyframe.parameters, geometry)
  return keyframe
}

function refuseMisfit(tensors: NamedTensors, geometry: PaddingGeometry): void {
  const { imageSize, width } = geometry
  const shapes = 2 * width < imageSize ? paddingShapes(geometry) : null
  const fits = PADDING_NAMES.every((key) => shapes?.[key].join() === tensors[key]?.dims.join())
  if (!fits || Object.keys(tensors).length !== PADDING_NAMES.length) {
    throw new PartError(said`it is no border of ${width} pixels on images of ${imageSize}`)
  }
}

const referenceSchema = z
  .object({
    paths: z.array(z.string()),
    labels: whole(0xffff),
    digests: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  })
  .refine(({ digests, labels, paths }) => labels.length === paths.length && labels.length === digests.length)
const dataSchema = z.object({
  task: taskReferenceSchema,
  arrangement: arrangementSchema.nullable(),
  splits: z.object({ train: referenceSchema, val: referenceSchema, test: referenceSchema }),
  /** Whether a file of pixels lies beside it for each split. */
  pixels: z.boolean(),
  /** Projects of older programs lack it. */
  resize: z
    .object({ fit: z.enum(['crop', 'squash']), side: z.int().positive(), filter: z.enum(['bicubic', 'bilinear']) })
    .nullable()
    .default(null),
})

export const dataJson = ({ arrangement, pixels, resize, splits, task }: ProjectData): unknown => ({
  ...{ task, arrangement, resize, pixels: pixels !== null },
  splits: Object.fromEntries(
    Object.entries(splits).map(([split, { digests, labels, paths }]) => [
      split,
      { paths, labels: [...labels], digests },
    ]),
  ),
})

export type DataHead = Omit<ProjectData, 'pixels'> & { readonly pixels: boolean }

export function readData(bytes: Uint8Array): DataHead {
  const { arrangement, pixels, resize, splits, task } = parsed(dataSchema, parseJson(bytes))
  const reference = (split: z.infer<typeof referenceSchema>) => ({ ...split, labels: Uint16Array.from(split.labels) })
  const { test, train, val } = splits
  const known = { train: reference(train), val: reference(val), test: reference(test) }
  const classes = task.classes.length
  if (Object.values(known).some(({ labels }) => labels.some((label) => label >= classes))) {
    throw new PartError('an image is of a class that there is not')
  }
  return { task, arrangement, splits: known, resize, pixels }
}
