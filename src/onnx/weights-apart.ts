/**
 * An ONNX file as a small graph that refers to its own bytes for the weights, and is else what it was, to the last field. A
 * runtime that is given a whole file holds it, its parsed form and its weights at once: three times what it needs.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import type { ModelFile } from './model'
import { ModelProtoSchema, TensorProto_DataLocation } from './proto/onnx_pb'
import { MODEL_PATH } from './read'

/** As in `write.ts`: smaller ones cost more apart, and shapes are wanted inline. */
const APART_MIN_BYTES = 1024

/** @param file a readable ONNX file; tensors that lie in further files stay there */
export function weightsApart(file: Uint8Array): { readonly model: Uint8Array; readonly externalData: ModelFile } {
  const proto = fromBinary(ModelProtoSchema, file)
  for (const tensor of proto.graph?.initializer ?? []) {
    const { rawData } = tensor
    if (rawData.byteLength < APART_MIN_BYTES || rawData.buffer !== file.buffer) continue
    const entries = {
      location: MODEL_PATH,
      offset: String(rawData.byteOffset - file.byteOffset),
      length: String(rawData.byteLength),
    }
    tensor.externalData = Object.entries(entries).map(([key, value]) => ({
      $typeName: 'onnx.StringStringEntryProto',
      ...{ key, value },
    }))
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL
    tensor.rawData = new Uint8Array(0)
  }
  return { model: toBinary(ModelProtoSchema, proto), externalData: { path: MODEL_PATH, data: file } }
}
