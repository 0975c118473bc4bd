/** The embedded model's training graph gives the same loss and gradient on both CPU engines. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { decodeModel } from '../../src/onnx/read'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'
import { createWasmEngine } from '../../src/runtime/wasm'
import { doBackward, relativeDistance, seededFeeds, stepOn, trainingGraph } from '../support/training-case'

// Two runtimes are compiled and loaded here: seconds alone, much more on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const folder = new URL('../../public/models/stamp/', import.meta.url)
const config = JSON.parse(readFileSync(new URL('config.json', folder), 'utf8')) as {
  projection_dim: number
  vision_config: { image_size: number }
}
const model = decodeModel(new Uint8Array(readFileSync(new URL('onnx/vision_model.onnx', folder))))
const options = { batch: 4, imageSize: config.vision_config.image_size, dimensions: config.projection_dim }

let node: Engine
let wasm: Engine
beforeAll(async () => {
  node = await createNodeEngine()
  wasm = await createWasmEngine()
})
afterAll(() => Promise.all([node.dispose(), wasm.dispose()]))

it('gives the same loss and gradient on Node and WASM', async () => {
  const onNode = await stepOn(node, model, options)
  const onWasm = await stepOn(wasm, model, options)
  expect(onNode.loss).toBeGreaterThan(0)
  expect(Math.abs(onWasm.loss - onNode.loss) / onNode.loss).toBeLessThan(1e-5)
  expect(onNode.gradient.some((v) => v !== 0)).toBe(true)
  expect(relativeDistance(onWasm.gradient, onNode.gradient)).toBeLessThan(1e-5)
})

it('gives a gradient of one zero when no backward is asked, and the same loss', async () => {
  const graph = trainingGraph(model, options)
  const session = await node.createSession(graph.model, graph.externalData)
  const feeds = seededFeeds(options)
  const run = (backward: boolean) =>
    session.run({ ...feeds, do_backward: doBackward(backward) }, async ({ loss, d_pixel_values }) => ({
      loss: (await loss!.data())[0],
      shape: d_pixel_values!.shape,
      sum: (await tf.sum(d_pixel_values!).data())[0],
    }))
  const without = await run(false)
  const { loss, shape } = await run(true)
  expect(without).toEqual({ loss, shape: [1, 1, 1, 1], sum: 0 })
  expect(shape).toEqual([options.batch, 3, options.imageSize, options.imageSize])
  tf.dispose(feeds)
  await session.dispose()
})
