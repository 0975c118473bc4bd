/** A file and the same file with its weights referred to: one model. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { decodeModel } from '../../src/onnx/read'
import { weightsApart } from '../../src/onnx/weights-apart'

/** Constants of nodes lie where they lie in their file. */
const withoutPlaces = (nodes: unknown): unknown =>
  JSON.parse(JSON.stringify(nodes, (key, value: unknown) => (key === 'location' ? undefined : value)))

it.each(['vision', 'text'])("Stamp's %s tower stays what it was, in a graph without weights", (tower) => {
  const file = new Uint8Array(readFileSync(`public/models/stamp/onnx/${tower}_model.onnx`))
  const { model, externalData } = weightsApart(file)
  expect(model.byteLength).toBeLessThan(file.byteLength / 10)
  expect(externalData.data).toBe(file)
  const [before, after] = [decodeModel(file), decodeModel(model, [externalData])]
  expect(withoutPlaces(after.graph.nodes)).toEqual(withoutPlaces(before.graph.nodes))
  expect([after.opset, after.otherOpsets]).toEqual([before.opset, before.otherOpsets])
  expect([...after.graph.initializers.keys()]).toEqual([...before.graph.initializers.keys()])
  for (const [name, { dims, dtype, bytes }] of before.graph.initializers) {
    const now = after.graph.initializers.get(name)!
    expect([now.dims, now.dtype], name).toEqual([dims, dtype])
    expect(Buffer.from(now.bytes).equals(Buffer.from(bytes)), name).toBe(true)
  }
})
