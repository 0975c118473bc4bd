/**
 * The exact border: a safetensors file of the four tensors by the authors' names, with what they were learned on as its
 * metadata. And reading a border from whatever file holds one: ours, or the authors' checkpoint.
 */
import { UserError } from '../errors'
import type { NamedTensors } from '../methods/method'
import { PADDING_NAMES, paddingShapes, type PaddingGeometry } from '../prompts/padding-shapes'
import type { RunRecord } from '../records/run-record'
import { said } from '../sentence'
import { readBahng } from './bahng-checkpoint'
import { toFloat32 } from './elements'
import { readSafetensors, writeSafetensors } from './safetensors'

const FORMAT = 'passepartout.border.1'

export interface ReadBorder {
  readonly kind: 'safetensors' | 'checkpoint'
  readonly geometry: PaddingGeometry
  /** pad_up, pad_down, pad_left, pad_right, float32. */
  readonly parameters: NamedTensors
  /** What the file says of itself: keys and texts, for people. Never trusted. */
  readonly says: ReadonlyMap<string, string>
}

/** What is said of a border in its file. */
export function borderFacts(run: RunRecord): Record<string, string> {
  const { model, task, recipe, best, outcome } = run
  const percent = (top1: number | undefined) => (top1 === undefined ? '' : (100 * top1).toFixed(2))
  return {
    format: FORMAT,
    method: recipe.method,
    units: 'normalised pixels: (value/255 - mean) / std; added to the image, nothing clamped',
    mean: JSON.stringify(model.mean),
    std: JSON.stringify(model.std),
    model: model.name,
    modelSha256: model.sha256,
    imageSize: String(model.imageSize),
    borderWidth: String(run.border),
    dataset: task.title,
    datasetFingerprint: task.fingerprint,
    template: model.kind === 'clip' ? task.template : '',
    classes: JSON.stringify(task.classes.map(({ name }) => name)),
    recipe: JSON.stringify(recipe),
    seed: String(run.seed),
    engine: run.engine,
    step: String(outcome?.bestStep ?? best?.step ?? run.step),
    validationTop1Percent: percent(best?.accuracy.top1),
    testTop1Percent: percent(outcome?.prompted.top1),
    testZeroShotTop1Percent: percent(outcome?.zeroShot.top1),
    run: run.id,
  }
}

/** @param parameters pad_up, pad_down, pad_left, pad_right */
export function writeBorder(parameters: NamedTensors, run: RunRecord): Uint8Array {
  const ordered = PADDING_NAMES.map((name) => {
    const tensor = parameters[name]
    if (!tensor) throw new Error(`${name} is missing`)
    return [name, tensor] as const
  })
  return writeSafetensors(Object.fromEntries(ordered), borderFacts(run))
}

/**
 * @param name what the file is called, for people
 * @throws UserError
 */
export function readBorder(name: string, bytes: Uint8Array): ReadBorder {
  // A safetensors file begins with the length of its header, and that with "{".
  if (bytes[8] !== 0x7b) {
    const { geometry, parameters, epoch, bestAccuracy } = readBahng(name, bytes)
    const says = new Map<string, string>()
    if (epoch !== null) says.set('epoch', String(epoch))
    if (bestAccuracy !== null) says.set('best_acc1', String(bestAccuracy))
    return { kind: 'checkpoint', geometry, parameters, says }
  }
  const { tensors, metadata } = readSafetensors(name, bytes)
  const found = PADDING_NAMES.map((key) => [key, tensors.get(key)] as const)
  const up = tensors.get('pad_up')?.dims ?? []
  const geometry = { imageSize: up[3] ?? 0, width: up[2] ?? 0 }
  const shapes = geometry.width >= 1 && 2 * geometry.width < geometry.imageSize ? paddingShapes(geometry) : null
  const misfit = found.find(([key, tensor]) => !tensor || shapes?.[key].join() !== tensor.dims.join())
  if (misfit) {
    const [key, tensor] = misfit
    throw new UserError(
      said`"${name}" holds no border: ${tensor ? said`its ${key} is [${tensor.dims.join(',')}]` : said`it lacks ${key}`}.`,
      'Choose a border that was exported from this program, or a checkpoint of the visual-prompting code.',
    )
  }
  const parameters = Object.fromEntries(
    found.map(([key, tensor]) => [key, { dims: tensor!.dims, data: toFloat32(tensor!) }]),
  )
  if (Object.values(parameters).some(({ data }) => !data.every((value) => Number.isFinite(value)))) {
    throw new UserError(said`The border in "${name}" holds NaN or infinity.`, 'Export the border of an earlier step.')
  }
  return { kind: 'safetensors', geometry, parameters, says: metadata }
}

/** The four tensors of a border given as an image, float32 [3,S,S]; what lies in the opening is left out. */
export function paddingOf(image: Float32Array, geometry: PaddingGeometry): NamedTensors {
  return Object.fromEntries(
    places(geometry).map(({ name, dims, top, left }) => {
      const [, channels, height, width] = dims
      const data = new Float32Array(channels * height * width)
      eachLine(geometry, { dims, top, left }, (from, to) => data.set(image.subarray(from, from + width), to))
      return [name, { dims, data }]
    }),
  )
}

/** The border as an image, float32 [3,S,S], zero inside. */
export function imageOf(parameters: NamedTensors, geometry: PaddingGeometry): Float32Array {
  const image = new Float32Array(3 * geometry.imageSize ** 2)
  for (const { name, dims, top, left } of places(geometry)) {
    const { data } = parameters[name]!
    eachLine(geometry, { dims, top, left }, (to, from) => image.set(data.subarray(from, from + dims[3]), to))
  }
  return image
}

function places(geometry: PaddingGeometry) {
  const { imageSize: S, width: p } = geometry
  const shapes = paddingShapes(geometry)
  const corner = { pad_up: [0, 0], pad_down: [S - p, 0], pad_left: [p, 0], pad_right: [p, S - p] } as const
  return PADDING_NAMES.map((name) => ({ name, dims: shapes[name], top: corner[name][0], left: corner[name][1] }))
}

type Dims = readonly [number, number, number, number]

/** Calls for each line of a part of the border with its place in the image and in the part. */
function eachLine(
  { imageSize: S }: PaddingGeometry,
  { dims: [, channels, height, width], top, left }: { dims: Dims; top: number; left: number },
  line: (inImage: number, inPart: number) => void,
): void {
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) line((c * S + top + y) * S + left, (c * height + y) * width)
  }
}
