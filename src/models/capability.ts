/**
 * What a model would need on this machine, before a byte of it is fetched: memory, disk, tensor sizes, half precision.
 * Pure: the facts come from the adapter, the catalogue and the store.
 */
import { UserError } from '../errors'
import type { AdapterFacts } from '../runtime/adapter-facts'
import type { EngineKind } from '../runtime/engine'
import { packedBytes } from '../runtime/host-options'
import type { CatalogueModel, CatalogueVariant } from './hub/catalogue'

export type VariantId = CatalogueVariant['id']

/** What is known of the machine. */
export interface Machine {
  readonly engine: EngineKind
  /** Null on engines without a graphics adapter. */
  readonly adapter: AdapterFacts | null
  /** Bytes that may still be stored for models; null where that is enough for any. */
  readonly freeBytes: number | null
  /** What weights packed ahead may take on a processor, bytes. */
  readonly roomForPacked: number
}

/** What one run of the training graph takes beside the weights. */
export interface RunMemory {
  /** Images of a run. */
  readonly rows: number
  readonly activationBytes: number
}

export interface VariantAdvice {
  readonly id: VariantId
  /** All files of the variant, bytes. */
  readonly totalBytes: number
  /** Of these to be fetched still. */
  readonly missingBytes: number
  /** Whether a border can be learned with it here; every variant that can run can be looked through. */
  readonly learn: boolean
  /** Of the GPU, or of the page where there is none: weights, their packed copies, what one run holds alive. */
  readonly memoryBytes: number
  /** Images of one run of the graph. */
  readonly rows: number
  /** Why it cannot work here, with the remedy; null where it can. */
  readonly refusal: { readonly message: string; readonly remedy: string } | null
}

/** Why a variant is advised before the others. */
export type AdviceReason = 'half-precision' | 'exact' | 'fits' | 'only'

export interface ModelAdvice {
  /** Null where no variant works here. */
  readonly advised: VariantId | null
  readonly why: AdviceReason | null
  readonly variants: readonly VariantAdvice[]
}

/** A 32-bit heap, and in it ONNX Runtime itself and its scratch memory. */
const WASM_HEAP = 2 ** 32
const WASM_OWN = 300e6

/** Every published CLIP's vocabulary, and the layers of its text encoder (openai/CLIP `model.py`; B and L alike). */
const VOCABULARY = 49_408
const TEXT_LAYERS = 12

const BYTES_PER_WEIGHT: Readonly<Record<VariantId, number>> = { fp32: 4, fp16: 2, int8: 1 }

/** The token table, by far the largest tensor of a CLIP: its width solved from the text tower's number of weights. */
function largestTensorBytes({ id, text }: CatalogueVariant): number {
  const perWeight = BYTES_PER_WEIGHT[id]
  // weights = 12 L w^2 + V w, up to biases and positions
  const quadratic = 12 * TEXT_LAYERS
  const width = (Math.sqrt(VOCABULARY ** 2 + (4 * quadratic * text.bytes) / perWeight) - VOCABULARY) / (2 * quadratic)
  return VOCABULARY * width * perWeight
}

/**
 * Judges one variant.
 * @param missingBytes of it to be fetched still
 */
export function judgeVariant(
  machine: Machine,
  model: CatalogueModel,
  variant: CatalogueVariant,
  { rows, activationBytes }: RunMemory,
  missingBytes: number,
): VariantAdvice {
  // The processor has no arithmetic in half precision: ONNX Runtime widens such weights when it loads them.
  const widened = variant.id === 'fp16' && machine.engine !== 'webgpu' ? 2 : 1
  // The text tower is there only while the classes are embedded, before the image tower.
  const weights = Math.max(variant.vision.bytes, variant.text.bytes) * widened
  const packed = machine.engine === 'webgpu' ? 0 : packedBytes(variant.vision.bytes * widened, machine.roomForPacked)
  const engineBytes = weights + packed + activationBytes
  const files = [...model.files, variant.vision, variant.text]
  return {
    id: variant.id,
    totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    missingBytes,
    learn: variant.learn,
    memoryBytes: engineBytes,
    rows,
    refusal:
      refuseTensors(machine, largestTensorBytes(variant), variant.id === 'fp16') ??
      refuseMemory(machine, engineBytes) ??
      refuseDisk(machine, missingBytes),
  }
}

/**
 * Judges every variant and advises one: half precision where the adapter computes in it, else the exact one, else the
 * largest that fits. One that can learn goes before one that cannot.
 * @param missing bytes of each variant to be fetched still
 */
export function adviseModel(
  machine: Machine,
  model: CatalogueModel,
  run: RunMemory,
  missing: Readonly<Partial<Record<VariantId, number>>>,
): ModelAdvice {
  const variants = model.variants.map((variant) => judgeVariant(machine, model, variant, run, missing[variant.id] ?? 0))
  const able = variants.filter(({ refusal }) => refusal === null)
  const learners = able.filter(({ learn }) => learn)
  const among = learners.length > 0 ? learners : able
  const order: readonly VariantId[] = machine.engine === 'webgpu' ? ['fp16', 'fp32', 'int8'] : ['fp32', 'int8', 'fp16']
  const advised = order.find((id) => among.some((one) => one.id === id)) ?? null
  return { advised, why: advised && reason(advised, machine.engine, variants.length), variants }
}

function reason(advised: VariantId, engine: EngineKind, offered: number): AdviceReason {
  if (offered === 1) return 'only'
  if (advised === 'fp16' && engine === 'webgpu') return 'half-precision'
  return advised === 'fp32' ? 'exact' : 'fits'
}

/** What is known of a model once its files are here. */
export interface TensorFacts {
  readonly largestTensorBytes: number
  readonly halfPrecision: boolean
}

/** @throws UserError where the device cannot hold a tensor of it, or lacks half precision that it needs */
export function requireFits(machine: Pick<Machine, 'adapter'>, model: TensorFacts): void {
  const refusal = refuseTensors(machine, model.largestTensorBytes, model.halfPrecision)
  if (refusal) throw new UserError(refusal.message, refusal.remedy)
}

function refuseTensors({ adapter }: Pick<Machine, 'adapter'>, largest: number, half: boolean) {
  if (!adapter) return null
  const limit = Math.min(adapter.maxBufferSize, adapter.maxStorageBufferBindingSize)
  if (largest > limit) {
    return {
      message: `Its largest tensor has ${megabytes(largest)}, and this graphics adapter binds at most ${megabytes(limit)} at once.`,
      remedy: 'Take a smaller variant or model, or open the page with ?backend=wasm, which has no such limit.',
    }
  }
  if (half && !adapter.halfPrecision) {
    return {
      message: 'It computes in half precision, which this graphics adapter does not offer (no shader-f16).',
      remedy: 'Take the fp32 variant.',
    }
  }
  return null
}

function refuseMemory({ engine }: Machine, bytes: number) {
  if (engine !== 'wasm' || bytes + WASM_OWN <= WASM_HEAP) return null
  return {
    message: `It needs about ${gigabytes(bytes)} of WASM's memory, which ends at 4 GB.`,
    remedy: 'Take a smaller variant or model, or a browser with a WebGPU adapter.',
  }
}

function refuseDisk({ freeBytes }: Machine, missing: number) {
  if (freeBytes === null || missing <= freeBytes) return null
  return {
    message: `It needs ${megabytes(missing)} more on disk, and the browser leaves this page ${megabytes(freeBytes)}.`,
    remedy: 'Forget another model, free some disk space, or take a smaller variant.',
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString('en')} MB`
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
