/**
 * Everything that runs on WebGPU, interleaved: the fused engine, ONNX Runtime, tfjs executing the encoder, and jax-js. In
 * a page's worker or, with Dawn, in Node.
 */
import type { OnnxModel } from '../../src/onnx/model'
import { createWebGpuEngine } from '../../src/runtime/webgpu'
import type { CaseOptions } from '../../tests/support/training-case'
import type { DeviceWatch } from './device-watch'
import { engineContender, type OpenContender } from './engine-contender'
import { jaxContender, type VisionShape } from './jax-contender'
import { interleave } from './measure'
import type { Row } from './row'
import { tfjsContender } from './tfjs-contender'

export interface WebGpuOrder extends CaseOptions {
  /** What the model is called in the rows. */
  readonly name: string
  readonly rounds: number
  /** null where the encoder is no plain ViT: jax-js has none of it. */
  readonly shape: VisionShape | null
}

export async function benchWebGpu(
  adapter: GPUAdapter,
  watch: DeviceWatch,
  model: OnnxModel,
  { name, rounds, shape, ...options }: WebGpuOrder,
): Promise<Row[]> {
  const engine = await createWebGpuEngine(adapter)
  const open: Record<string, () => Promise<OpenContender>> = {
    webgpu: () => {
      engine.executor = 'fused'
      return engineContender(engine, model, options)
    },
    'webgpu-ort': () => {
      engine.executor = 'onnxruntime'
      return engineContender(engine, model, options)
    },
    'webgpu-tfjs': () => tfjsContender(model, options),
    ...(shape ? { 'webgpu-jax': () => jaxContender('webgpu', model, shape, options) } : {}),
  }
  const opened: { engine: string; contender: OpenContender; counts: Counts }[] = []
  for (const [kind, start] of Object.entries(open)) {
    const before = watch.buffers.bytes
    const contender = await start()
    await contender.forward()
    await contender.step() // shaders are compiled now
    watch.reset()
    await contender.step()
    const { dispatches, submits, buffers } = watch
    opened.push({ engine: kind, contender, counts: { dispatches, submits, peakBytes: buffers.peakBytes - before } })
  }
  const measured = await interleave(
    opened.map(({ contender }) => contender),
    rounds,
  )
  for (const { contender } of opened) await contender.close()
  const { description } = engine
  await engine.dispose()
  return opened.map(({ engine: kind, counts }, i) => ({
    name: `${name}/${kind}/${options.batch}`,
    engine: kind,
    adapter: description,
    model: name,
    batch: options.batch,
    ...measured[i]!,
    ...counts,
  }))
}

type Counts = Pick<Row, 'dispatches' | 'submits' | 'peakBytes'>
