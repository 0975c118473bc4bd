/** The fused engine beside ONNX Runtime on one WebGPU device: the same graphs, the same feeds. */
import { trainingModel } from '../../src/gradient/training'
import { crossEntropyHead } from '../../src/gradient/heads'
import { chooseEngine } from '../../src/runtime/detect'
import { encodeModel, referredFiles } from '../../src/onnx/write'
import { createFusedSession } from '../../src/runtime/fused/session'
import { tf } from '../../src/runtime/tfjs'
import type { WebGpuEngine } from '../../src/runtime/webgpu'
import { clipVision, type VisionOptions } from '../../tests/support/clip-generator'
import { doBackward, relativeDistance, seededFeeds, step } from '../../tests/support/training-case'

export interface Found {
  readonly name: string
  /** Relative to ONNX Runtime's. */
  readonly loss: number
  readonly gradient: number
  /** Whether a forward alone gives the same loss, bit for bit, and no gradient. */
  readonly forwardAlone: boolean
  /** Buffers that are there after the session is gone and were not before. */
  readonly buffersLeft: number
}

const TOWER: VisionOptions = { image: 32, patch: 8, width: 24, layers: 2, heads: 3, projection: 10 }
const TOWERS: Readonly<Record<string, VisionOptions>> = {
  'opset 14, QuickGELU': TOWER,
  'opset 17, erf': { ...TOWER, opset: 17, activation: 'gelu' },
  'tanh, odd sizes': { ...TOWER, image: 35, patch: 7, width: 21, heads: 3, activation: 'gelu_tanh' },
  // Rows longer than a workgroup, products larger than a tile.
  wide: { ...TOWER, width: 144, layers: 1, heads: 2 },
  'a convolution stem': { ...TOWER, stem: [5, 8], patch: 2 },
}
const BATCH = 3

async function compare(software: boolean): Promise<readonly Found[]> {
  const engine = (await chooseEngine('webgpu')).engine as WebGpuEngine
  const { device, backend, health } = engine
  const host = { device, backend, software, guard: <T>(work: () => Promise<T>) => health.guard(work) }
  const found: Found[] = []
  for (const [name, tower] of Object.entries(TOWERS)) {
    const options = { batch: BATCH, imageSize: tower.image, dimensions: tower.projection }
    const { model } = trainingModel(clipVision(tower), {
      inputs: { pixel_values: [BATCH, 3, tower.image, tower.image] },
      output: 'image_embeds',
      wrt: ['pixel_values'],
      head: crossEntropyHead({ classes: 10 }),
    })
    const feeds = seededFeeds(options)
    const ort = await engine.createOrtSession(encodeModel(model), referredFiles(model))
    const expected = await step(ort, feeds)
    await ort.dispose()
    const before = engine.ledger().gpuBuffers
    const fused = await createFusedSession(host, model)
    const got = await step(fused, feeds)
    const alone = await fused.run({ ...feeds, do_backward: doBackward(false) }, async (outputs) => ({
      loss: (await outputs['loss']!.data())[0],
      gradient: outputs['d_pixel_values']!.size,
    }))
    await fused.dispose()
    found.push({
      name,
      loss: Math.abs(got.loss - expected.loss) / expected.loss,
      gradient: relativeDistance(got.gradient, expected.gradient),
      forwardAlone: alone.loss === got.loss && alone.gradient === 1,
      buffersLeft: engine.ledger().gpuBuffers - before,
    })
    tf.dispose(feeds)
  }
  await engine.dispose()
  return found
}

onmessage = ({ data }: MessageEvent<boolean>) => {
  compare(data).then(
    (found) => postMessage({ found }),
    (error: unknown) => postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
}
