/** The fused engine's shaders against ONNX Runtime on WASM: the same graphs, the same feeds. */
import { trainingModel } from '../../src/gradient/training'
import { crossEntropyHead } from '../../src/gradient/heads'
import { chooseEngine } from '../../src/runtime/detect'
import type { OnnxModel } from '../../src/onnx/model'
import { encodeModel, referredFiles } from '../../src/onnx/write'
import { createFusedSession } from '../../src/runtime/fused/session'
import { tf } from '../../src/runtime/tfjs'
import type { WebGpuEngine } from '../../src/runtime/webgpu'
import { clipVision, type VisionOptions } from '../../tests/support/clip-generator'
import { doBackward, relativeDistance, seededFeeds, step, type StepValues } from '../../tests/support/training-case'

export interface Found {
  readonly name: string
  /** Relative to ONNX Runtime's. */
  readonly loss: number
  readonly gradient: number
  /** Whether a forward alone gives the same loss, bit for bit, and no gradient. */
  readonly forwardAlone: boolean
}

export interface Comparison {
  readonly found: readonly Found[]
  /** Buffers that are there after a session is gone and were not before. */
  readonly buffersLeft: number
}

export interface Order {
  /** Threads on their own, as for an adapter that computes on a CPU; else in groups. */
  readonly software: boolean
  readonly towers: readonly string[]
}

const TOWER: VisionOptions = { image: 16, patch: 8, width: 24, layers: 1, heads: 3, projection: 10 }
const TOWERS: Readonly<Record<string, VisionOptions>> = {
  'opset 14, QuickGELU': TOWER,
  'opset 17, erf': { ...TOWER, opset: 17, activation: 'gelu' },
  'tanh, odd sizes, two layers': { ...TOWER, image: 21, patch: 7, width: 21, layers: 2, activation: 'gelu_tanh' },
  'a convolution stem': { ...TOWER, stem: [5, 8], patch: 2 },
}
const BATCH = 3

function training(tower: VisionOptions): OnnxModel {
  return trainingModel(clipVision(tower), {
    inputs: { pixel_values: [BATCH, 3, tower.image, tower.image] },
    output: 'image_embeds',
    wrt: ['pixel_values'],
    head: crossEntropyHead({ classes: 10 }),
  }).model
}

const feedsOf = (tower: VisionOptions) =>
  seededFeeds({ batch: BATCH, imageSize: tower.image, dimensions: tower.projection })

async function onWasm(names: readonly string[]): Promise<Record<string, StepValues>> {
  const { engine } = await chooseEngine('wasm')
  const values: Record<string, StepValues> = {}
  for (const name of names) {
    const tower = TOWERS[name]!
    const model = training(tower)
    const session = await engine.createSession(encodeModel(model), referredFiles(model))
    const feeds = feedsOf(tower)
    values[name] = await step(session, feeds)
    tf.dispose(feeds)
    await session.dispose()
  }
  await engine.dispose()
  return values
}

async function compare({ software, towers }: Order): Promise<Comparison> {
  const expected = await onWasm(towers)
  const engine = (await chooseEngine('webgpu')).engine as WebGpuEngine
  const { device, backend, health } = engine
  const target = { software, maxBuffers: device.limits.maxStorageBuffersPerShaderStage }
  const host = { device, backend, target, guard: <T>(work: () => Promise<T>) => health.guard(work) }
  const found: Found[] = []
  for (const name of towers) {
    const tower = TOWERS[name]!
    const feeds = feedsOf(tower)
    const fused = await createFusedSession(host, training(tower))
    const got = await step(fused, feeds)
    const alone = await fused.run({ ...feeds, do_backward: doBackward(false) }, async (outputs) => ({
      loss: (await outputs['loss']!.data())[0],
      gradient: outputs['d_pixel_values']!.size,
    }))
    await fused.dispose()
    const { loss, gradient } = expected[name]!
    found.push({
      name,
      loss: Math.abs(got.loss - loss) / loss,
      gradient: relativeDistance(got.gradient, gradient),
      forwardAlone: alone.loss === got.loss && alone.gradient === 1,
    })
    tf.dispose(feeds)
  }
  await engine.idle()
  const before = engine.ledger().gpuBuffers
  const session = await createFusedSession(host, training(TOWERS[towers[0]!]!))
  await session.dispose()
  const buffersLeft = engine.ledger().gpuBuffers - before
  await engine.dispose()
  return { found, buffersLeft }
}

onmessage = ({ data }: MessageEvent<Order>) => {
  compare(data).then(
    (comparison) => postMessage({ comparison }),
    (error: unknown) => postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
}
