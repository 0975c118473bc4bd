/** Times one engine in a module worker, as the page uses it. */
import { decodeModel } from '../../../src/onnx/read'
import { chooseEngine } from '../../../src/runtime/detect'
import { WebGpuEngine } from '../../../src/runtime/webgpu'
import type { CaseOptions } from '../../../tests/support/training-case'
import { DispatchCounter } from '../dispatches'
import { engineContender } from '../engine-contender'
import { interleave } from '../measure'
import type { Row } from '../row'

export interface Order extends CaseOptions {
  readonly backend: 'wasm' | 'webgpu'
  readonly model: string
  readonly rounds: number
}

async function answer({ backend, model, rounds, ...options }: Order): Promise<Row[]> {
  const { engine } = await chooseEngine(backend)
  const url = new URL('../../../public/models/stamp/onnx/vision_model.onnx', import.meta.url)
  const onnx = decodeModel(new Uint8Array(await (await fetch(url)).arrayBuffer()))
  const counter = engine instanceof WebGpuEngine ? new DispatchCounter(engine.device) : null
  const contender = await engineContender(engine, onnx, options)
  await contender.forward()
  await contender.step() // shaders are compiled now
  let dispatches: number | null = null
  let peakBytes: number | null = null
  if (counter && engine instanceof WebGpuEngine) {
    counter.count = 0
    engine.buffers.resetPeak()
    await contender.step()
    dispatches = counter.count
    peakBytes = engine.buffers.peakBytes
  }
  const [measured] = await interleave([contender], rounds)
  await contender.close()
  await engine.dispose()
  const name = `${model}/${backend}-browser/${options.batch}`
  const adapter = `${engine.description}, browser`
  return [{ name, engine: engine.kind, adapter, model, batch: options.batch, ...measured!, peakBytes, dispatches }]
}

onmessage = ({ data }: MessageEvent<Order>) => {
  answer(data).then(
    (rows) => postMessage({ rows }),
    (error: unknown) => postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
}
