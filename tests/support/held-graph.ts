/** A graph that a test has made, as models hold theirs. */
import type { FrozenGraph } from '../../src/models/frozen-graph'
import { sha256 } from '../../src/models/sha256'
import type { OnnxModel } from '../../src/onnx/model'
import { outlineOf } from '../../src/onnx/outline'
import { decodeModel } from '../../src/onnx/read'
import { encodeModel } from '../../src/onnx/write'

/** Written into one file, and read from it again. */
export async function heldGraph(model: OnnxModel): Promise<FrozenGraph> {
  const data = encodeModel(model, { weights: 'inline' })
  return {
    outline: outlineOf(decodeModel(data)),
    bytes: data.byteLength,
    sha256: await sha256(data),
    readFiles: async () => [{ path: 'model.onnx', data: data.slice() }],
  }
}
