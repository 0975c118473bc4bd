/** The fused engine's shaders against ONNX Runtime on WASM: the same graphs, the same feeds. */
import { trainingModel } from '../../src/gradient/training'
import { chooseEngine } from '../../src/runtime/detect'
import { trainingOptions } from '../../src/methods/entry'
import type { OnnxModel } from '../../src/onnx/model'
import { encodeModel, referredFiles } from '../../src/onnx/write'
import { createFusedSession } from '../../src/runtime/fused/session'
import { tf } from '../../src/runtime/tfjs'
import type { WebGpuEngine } from '../../src/runtime/webgpu'
import { doBackward, relativeDistance, seededFeeds, step, type StepValues } from '../../tests/support/training-case'
import { ENCODERS, type Encoder } from './models'

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
  readonly encoders: readonly string[]
}

const BATCH = 3

/** As learned through: the gradient of what is added to all pictures. */
const ENTRY = 'delta'

function training({ model, output, imageSize }: Encoder): OnnxModel {
  const encoder = { input: 'pixel_values', output, normalise: true, imageSize, classes: 10 }
  return trainingModel(model, trainingOptions(encoder, BATCH, ENTRY)).model
}

const feedsOf = ({ imageSize, dimensions }: Encoder) =>
  seededFeeds({ batch: BATCH, imageSize, dimensions, entry: ENTRY })

async function onWasm(names: readonly string[]): Promise<Record<string, StepValues>> {
  const { engine } = await chooseEngine('wasm')
  const values: Record<string, StepValues> = {}
  for (const name of names) {
    const encoder = ENCODERS[name]!()
    const model = training(encoder)
    const session = await engine.createSession(encodeModel(model), referredFiles(model))
    const feeds = feedsOf(encoder)
    values[name] = await step(session, feeds)
    tf.dispose(feeds)
    await session.dispose()
  }
  await engine.dispose()
  return values
}

async function compare({ software, encoders }: Order): Promise<Comparison> {
  const expected = await onWasm(encoders)
  const engine = (await chooseEngine('webgpu')).engine as WebGpuEngine
  const { device, backend, health } = engine
  const target = { software, maxBuffers: device.limits.maxStorageBuffersPerShaderStage }
  const host = { device, backend, target, guard: <T>(work: () => Promise<T>) => health.guard(work) }
  const found: Found[] = []
  for (const name of encoders) {
    const encoder = ENCODERS[name]!()
    const feeds = feedsOf(encoder)
    const fused = await createFusedSession(host, training(encoder))
    const got = await step(fused, feeds)
    const alone = await fused.run({ ...feeds, do_backward: doBackward(false) }, async (outputs) => ({
      loss: (await outputs['loss']!.data())[0],
      gradient: outputs['d_delta']!.size,
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
  const session = await createFusedSession(host, training(ENCODERS[encoders[0]!]!()))
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
