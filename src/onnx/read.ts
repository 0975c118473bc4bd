/**
 * Reads a ModelProto. Weights stay views of the given bytes, with their offset remembered, so that a generated graph
 * can refer to them as external data of the very file that was downloaded.
 */
import { fromBinary } from '@bufbuild/protobuf'
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from './proto/onnx_pb'
import { AttributeProto_AttributeType, ModelProtoSchema, TensorProto_DataLocation } from './proto/onnx_pb'
import type { Attribute, DType, Graph, ModelFile, Node, OnnxModel, Tensor, ValueInfo } from './model'
import { DTYPES, elementCount } from './model'
import { BYTES_PER_ELEMENT, makeTensor, safeInteger } from './tensor'
import { UserError } from '../errors'

/** Name under which the model file itself is handed to the runtime. */
export const MODEL_PATH = 'model.onnx'

/**
 * Decodes an ONNX file.
 * @param externalFiles files named by `external_data`, if any
 * @throws UserError when the bytes are no ONNX model, are cut short, or name an external file that is not given
 */
export function decodeModel(bytes: Uint8Array, externalFiles: readonly ModelFile[] = []): OnnxModel {
  return buildModel(decodeProto(bytes), bytes, externalFiles)
}

/**
 * The same where it is not known beforehand which external files there are.
 * @param resolve bytes of a file by its `location`, relative to the model's folder; null when it is not there
 */
export async function readModel(
  bytes: Uint8Array,
  resolve: (location: string) => Promise<Uint8Array | null>,
): Promise<OnnxModel> {
  const proto = decodeProto(bytes)
  const externalFiles: ModelFile[] = []
  for (const path of proto.graph ? externalLocations(proto.graph) : []) {
    const data = await resolve(path)
    if (data) externalFiles.push({ path, data })
  }
  return buildModel(proto, bytes, externalFiles)
}

function decodeProto(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch (cause) {
    throw new UserError(
      'This file is not a readable ONNX model: its bytes are damaged or cut short.',
      'Download or export the model again and compare its size with the original.',
      { cause },
    )
  }
}

function buildModel(proto: ModelProto, bytes: Uint8Array, externalFiles: readonly ModelFile[]): OnnxModel {
  if (!proto.graph || proto.graph.node.length === 0) {
    throw new UserError('This file holds no ONNX graph.', 'Choose the .onnx file of the model itself.')
  }
  const files = [{ path: MODEL_PATH, data: bytes }, ...externalFiles]
  const opsets = proto.opsetImport.map((o) => [o.domain === 'ai.onnx' ? '' : o.domain, Number(o.version)] as const)
  const opset = opsets.find(([domain]) => domain === '')?.[1]
  if (opset === undefined) {
    throw new UserError(
      'This ONNX model does not say which operator set it uses.',
      'Export the model again with opset 11 or later.',
    )
  }
  return {
    graph: readGraph(proto.graph, new FileTable(files)),
    opset,
    otherOpsets: Object.fromEntries(opsets.filter(([domain]) => domain !== '')),
    files,
  }
}

/** Names of all files that tensors of a graph and of its subgraphs lie in. */
function externalLocations(graph: GraphProto, found: Set<string> = new Set()): ReadonlySet<string> {
  const note = (tensor: TensorProto | undefined) => {
    if (tensor?.dataLocation !== TensorProto_DataLocation.EXTERNAL) return
    found.add(tensor.externalData.find(({ key }) => key === 'location')?.value ?? '')
  }
  graph.initializer.forEach(note)
  for (const { attribute } of graph.node)
    for (const { t, g } of attribute) {
      note(t)
      if (g) externalLocations(g, found)
    }
  return found
}

/** Finds in which file a view lies, and where. */
class FileTable {
  constructor(private readonly files: readonly ModelFile[]) {}

  /** The `needed` bytes at `offset`; `length` is what the model says there are. */
  external(path: string, offset: number, length: number, needed: number, name: string): Uint8Array {
    // The last: a generated graph refers to the file it was made from, which has the model file's own name.
    const file = this.files.findLast((f) => f.path === path)
    if (!file) {
      throw new UserError(
        `The model keeps its weights in a second file, \`${path}\`, which was not given.`,
        `Choose \`${path}\` together with the .onnx file.`,
      )
    }
    // Written so that a damaged (NaN or negative) number is no way through.
    const fits = offset >= 0 && length >= needed && offset + needed <= file.data.byteLength
    if (!fits) throw truncated(name)
    return file.data.subarray(offset, offset + needed)
  }

  locate(view: Uint8Array) {
    for (const { path, data } of this.files) {
      const offset = view.byteOffset - data.byteOffset
      if (view.buffer === data.buffer && offset >= 0 && offset + view.byteLength <= data.byteLength) {
        return { path, offset, length: view.byteLength }
      }
    }
    return null
  }
}

function truncated(name: string): UserError {
  return new UserError(
    `The weights of \`${name}\` are cut short: the model file is incomplete.`,
    'Download the model again; its size should match the original.',
  )
}

function readGraph(proto: GraphProto, files: FileTable): Graph {
  const initializers = new Map(proto.initializer.map((t) => [t.name, readTensor(t, files)]))
  return {
    name: proto.name,
    nodes: proto.node.map((n) => readNode(n, files)),
    initializers,
    // Older exporters list initializers among the inputs; they are not inputs to us.
    inputs: proto.input.filter((v) => !initializers.has(v.name)).map(readValueInfo),
    outputs: proto.output.map(readValueInfo),
  }
}

function readNode(proto: NodeProto, files: FileTable): Node {
  return {
    op: proto.opType,
    domain: proto.domain === 'ai.onnx' ? '' : proto.domain,
    name: proto.name,
    inputs: proto.input,
    outputs: proto.output,
    attributes: Object.fromEntries(proto.attribute.map((a) => [a.name, readAttribute(a, files)])),
  }
}

const utf8 = new TextDecoder()

function readAttribute(proto: AttributeProto, files: FileTable): Attribute {
  const Type = AttributeProto_AttributeType
  switch (proto.type) {
    case Type.INT:
      return { type: 'int', value: safeInteger(proto.i) }
    case Type.FLOAT:
      return { type: 'float', value: proto.f }
    case Type.STRING:
      return { type: 'string', value: utf8.decode(proto.s) }
    case Type.INTS:
      return { type: 'ints', value: proto.ints.map(safeInteger) }
    case Type.FLOATS:
      return { type: 'floats', value: proto.floats }
    case Type.STRINGS:
      return { type: 'strings', value: proto.strings.map((s) => utf8.decode(s)) }
    case Type.TENSOR:
      if (!proto.t) break
      return { type: 'tensor', value: readTensor(proto.t, files) }
    case Type.GRAPH:
      if (!proto.g) break
      return { type: 'graph', value: readGraph(proto.g, files) }
  }
  throw new UserError(
    `The ONNX attribute \`${proto.name}\` is of a kind that is not supported.`,
    'Export the model again without control flow or sparse tensors.',
  )
}

const DTYPE_OF_NUMBER = new Map(Object.entries(DTYPES).map(([name, number]) => [number as number, name as DType]))

/** ONNX's UINT4, INT4 and FLOAT4E2M1. */
const FOUR_BITS = new Set([21, 22, 23])

function readDType(number: number, name: string): DType {
  const dtype = DTYPE_OF_NUMBER.get(number)
  if (FOUR_BITS.has(number)) {
    throw new UserError(
      `The weights \`${name}\` are stored in 4 bits, which a gradient cannot be taken through.`,
      'Choose the float32, float16 or dynamically quantised int8 variant of the model.',
    )
  }
  if (!dtype) {
    throw new UserError(
      `\`${name}\` has an element type (ONNX type ${number}) that is not supported.`,
      'Use a float32, float16 or int8 export of the model.',
    )
  }
  return dtype
}

function readTensor(proto: TensorProto, files: FileTable): Tensor {
  const dtype = readDType(proto.dataType, proto.name)
  const dims = proto.dims.map(Number)
  if (dims.some((d) => d < 0)) throw truncated(proto.name)
  const needed = elementCount(dims) * BYTES_PER_ELEMENT[dtype]
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    const entry = (key: string) => proto.externalData.find((e) => e.key === key)?.value
    const length = entry('length')
    const bytes = files.external(
      entry('location') ?? '',
      Number(entry('offset') ?? 0),
      length ? Number(length) : Infinity,
      needed,
      proto.name,
    )
    return { dtype, dims, bytes, location: files.locate(bytes) }
  }
  if (proto.rawData.byteLength > 0 || needed === 0) {
    if (proto.rawData.byteLength < needed) throw truncated(proto.name)
    const bytes = proto.rawData.subarray(0, needed)
    return { dtype, dims, bytes, location: files.locate(bytes) }
  }
  const values = typedValues(proto, dtype)
  if (values.length !== elementCount(dims)) throw truncated(proto.name)
  // float16 values lie in int32_data as bit patterns, not as numbers.
  if (dtype === 'float16') {
    return { dtype, dims, bytes: new Uint8Array(Uint16Array.from(values).buffer), location: null }
  }
  return makeTensor(dtype, dims, values)
}

function typedValues(proto: TensorProto, dtype: DType): number[] {
  switch (dtype) {
    case 'float32':
      return proto.floatData
    case 'float64':
      return proto.doubleData
    case 'int64':
      return proto.int64Data.map(safeInteger)
    default:
      return proto.int32Data
  }
}

function readValueInfo(proto: ValueInfoProto): ValueInfo {
  const type = proto.type?.value
  if (type?.case !== 'tensorType') {
    throw new UserError(
      `The model's \`${proto.name}\` is not a plain tensor.`,
      'Export the model again with tensors as inputs and outputs.',
    )
  }
  const dims = type.value.shape?.dim.map((d, i) => {
    if (d.value.case === 'dimValue') return Number(d.value.value)
    if (d.value.case === 'dimParam') return d.value.value
    return `${proto.name}_${i}`
  })
  return { name: proto.name, dtype: readDType(type.value.elemType, proto.name), dims: dims ?? null }
}
