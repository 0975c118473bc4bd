/** Times one engine, or all that run on WebGPU, in a module worker, as the page uses it. */
import { decodeModel } from '../../../src/onnx/read'
import { requestAdapter } from '../../../src/runtime/adapter'
import { chooseEngine } from '../../../src/runtime/detect'
import { clipVision, type VisionOptions } from '../../../tests/support/clip-generator'
import type { CaseOptions } from '../../../tests/support/training-case'
import { watchDevices } from '../device-watch'
import { engineContender } from '../engine-contender'
import { benchWebGpu } from '../in-webgpu'
import { interleave } from '../measure'
import type { Row } from '../row'

export interface Order extends CaseOptions {
  readonly backend: 'wasm' | 'webgpu'
  /** What the model is called in the rows. */
  readonly model: string
  readonly rounds: number
  /** Sizes of a ViT with random weights; null = the embedded model. */
  readonly tower: VisionOptions | null
}

async function embedded() {
  const url = new URL('../../../public/models/stamp/onnx/vision_model.onnx', import.meta.url)
  return decodeModel(new Uint8Array(await (await fetch(url)).arrayBuffer()))
}

async function answer({ backend, model, rounds, tower, ...options }: Order): Promise<Row[]> {
  const onnx = tower ? clipVision(tower) : await embedded()
  if (backend === 'webgpu') {
    const watch = watchDevices()
    const adapter = await requestAdapter()
    if (!adapter) throw new Error('this browser gives no WebGPU adapter')
    const rows = await benchWebGpu(adapter, watch, onnx, { ...options, name: model, rounds, shape: tower })
    return rows.map((row) => ({ ...row, adapter: `${row.adapter}, browser` }))
  }
  const { engine } = await chooseEngine(backend)
  const contender = await engineContender(engine, onnx, options)
  await contender.forward()
  await contender.step()
  const [measured] = await interleave([contender], rounds)
  await contender.close()
  await engine.dispose()
  const name = `${model}/${backend}-browser/${options.batch}`
  const adapter = `${engine.description}, browser`
  const unknown = { peakBytes: null, dispatches: null, submits: null }
  return [{ name, engine: engine.kind, adapter, model, batch: options.batch, ...measured!, ...unknown }]
}

onmessage = ({ data }: MessageEvent<Order>) => {
  answer(data).then(
    (rows) => postMessage({ rows }),
    (error: unknown) => postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
}
