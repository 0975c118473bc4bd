/** Writes a ModelProto. Tensors with a known location are referred to, not copied: the graph stays small. */
import type { MessageInitShape } from '@bufbuild/protobuf'
import { create, toBinary } from '@bufbuild/protobuf'
import type { AttributeProtoSchema, GraphProtoSchema, TensorProtoSchema, ValueInfoProtoSchema } from './proto/onnx_pb'
import { AttributeProto_AttributeType, ModelProtoSchema, TensorProto_DataLocation } from './proto/onnx_pb'
import type { Attribute, Graph, OnnxModel, Tensor, ValueInfo } from './model'
import { DTYPES } from './model'

/** Below this a reference costs more than the bytes, and ONNX Runtime wants small shape constants inline. */
const EXTERNAL_MIN_BYTES = 1024
/** ONNX IR version 8 (onnx 1.10-1.12): the first with all that opset 17 needs, and read by every runtime in use. */
const IR_VERSION = 8n

export interface WriteOptions {
  /** Refer to weights in the model's files (default), or copy them into the graph. */
  readonly weights: 'external' | 'inline'
}

export function encodeModel(model: OnnxModel, options: WriteOptions = { weights: 'external' }): Uint8Array {
  const others = Object.entries(model.otherOpsets).map(([domain, version]) => ({ domain, version: BigInt(version) }))
  const proto = create(ModelProtoSchema, {
    irVersion: model.opset >= 21 ? 10n : IR_VERSION,
    producerName: 'passepartout',
    opsetImport: [{ domain: '', version: BigInt(model.opset) }, ...others],
    graph: writeGraph(model.graph, options),
  })
  return toBinary(ModelProtoSchema, proto)
}

/** Exactly the files that the written graph refers to. */
export function referredFiles(model: OnnxModel): OnnxModel['files'] {
  const used = new Set<string>()
  for (const t of model.graph.initializers.values()) if (isExternal(t)) used.add(t.location!.path)
  return model.files.filter((f) => used.has(f.path))
}

function isExternal(tensor: Tensor): boolean {
  return tensor.location !== null && tensor.bytes.byteLength >= EXTERNAL_MIN_BYTES
}

function writeGraph(graph: Graph, options: WriteOptions): MessageInitShape<typeof GraphProtoSchema> {
  return {
    name: graph.name,
    node: graph.nodes.map((n) => ({
      opType: n.op,
      domain: n.domain,
      name: n.name,
      input: [...n.inputs],
      output: [...n.outputs],
      attribute: Object.entries(n.attributes).map(([name, a]) => writeAttribute(name, a, options)),
    })),
    initializer: [...graph.initializers].map(([name, t]) => writeTensor(name, t, options)),
    input: graph.inputs.map(writeValueInfo),
    output: graph.outputs.map(writeValueInfo),
  }
}

const utf8 = new TextEncoder()

function writeAttribute(
  name: string,
  a: Attribute,
  options: WriteOptions,
): MessageInitShape<typeof AttributeProtoSchema> {
  const Type = AttributeProto_AttributeType
  switch (a.type) {
    case 'int':
      return { name, type: Type.INT, i: BigInt(a.value) }
    case 'float':
      return { name, type: Type.FLOAT, f: a.value }
    case 'string':
      return { name, type: Type.STRING, s: utf8.encode(a.value) }
    case 'ints':
      return { name, type: Type.INTS, ints: a.value.map(BigInt) }
    case 'floats':
      return { name, type: Type.FLOATS, floats: [...a.value] }
    case 'strings':
      return { name, type: Type.STRINGS, strings: a.value.map((s) => utf8.encode(s)) }
    case 'tensor':
      return { name, type: Type.TENSOR, t: writeTensor('', a.value, { weights: 'inline' }) }
    case 'graph':
      return { name, type: Type.GRAPH, g: writeGraph(a.value, options) }
  }
}

function writeTensor(name: string, t: Tensor, options: WriteOptions): MessageInitShape<typeof TensorProtoSchema> {
  const head = { name, dataType: DTYPES[t.dtype], dims: t.dims.map(BigInt) }
  if (options.weights === 'external' && isExternal(t)) {
    const { path, offset, length } = t.location!
    return {
      ...head,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: [
        { key: 'location', value: path },
        { key: 'offset', value: String(offset) },
        { key: 'length', value: String(length) },
      ],
    }
  }
  return { ...head, rawData: t.bytes }
}

function writeValueInfo(v: ValueInfo): MessageInitShape<typeof ValueInfoProtoSchema> {
  const shape = v.dims && {
    dim: v.dims.map((d) => ({
      value:
        typeof d === 'number'
          ? { case: 'dimValue' as const, value: BigInt(d) }
          : { case: 'dimParam' as const, value: d },
    })),
  }
  const tensorType = { elemType: DTYPES[v.dtype], ...(shape ? { shape } : {}) }
  return { name: v.name, type: { value: { case: 'tensorType', value: tensorType } } }
}
