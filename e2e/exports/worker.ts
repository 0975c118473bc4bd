/** Runs the training graphs of towers.ts on one engine; the spec compares what it finds with float64. */
import { chooseEngine } from '../../src/runtime/detect'
import { encodeModel, referredFiles } from '../../src/onnx/write'
import { tf } from '../../src/runtime/tfjs'
import { doBackward } from '../../tests/support/training-case'
import { DIMS, VALUES, training } from './towers'

export type Gradients = Readonly<Record<string, { readonly loss: number; readonly gradient: readonly number[] }>>

async function gradients(backend: 'wasm' | 'webgpu', names: readonly string[]): Promise<Gradients> {
  const { engine } = await chooseEngine(backend)
  const found: Record<string, Gradients[string]> = {}
  for (const name of names) {
    const model = training(name)
    const session = await engine.createSession(encodeModel(model), referredFiles(model))
    const feeds = {
      pixel_values: tf.tensor4d(VALUES.pixel_values, [...DIMS.pixel_values]),
      seed: tf.tensor2d(VALUES.seed, [...DIMS.seed]),
      do_backward: doBackward(true),
    }
    found[name] = await session.run(feeds, async ({ loss, d_pixel_values: gradient }) => ({
      loss: (await loss!.data())[0]!,
      gradient: Array.from(await gradient!.data()),
    }))
    tf.dispose([feeds.pixel_values, feeds.seed])
    await session.dispose()
  }
  await engine.dispose()
  return found
}

self.onmessage = ({ data }: MessageEvent<{ backend: 'wasm' | 'webgpu'; names: readonly string[] }>) => {
  gradients(data.backend, data.names).then(
    (found) => self.postMessage({ gradients: found }),
    (error: unknown) => self.postMessage({ error: String(error) }),
  )
}
