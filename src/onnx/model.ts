/**
 * An ONNX model in memory: the parts of ModelProto that this program reads and writes, as plain data.
 *
 * Names follow the ONNX specification (node, initializer, attribute, opset). Tensors keep their bytes as views of
 * the file they came from, never as copies, so that a 350 MB model costs 350 MB once.
 */

/** Element types, by their numpy names; the number is ONNX's TensorProto.DataType. */
export const DTYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const
export type DType = keyof typeof DTYPES

export type FloatDType = 'float16' | 'float32' | 'float64'
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === 'float32' || dtype === 'float16' || dtype === 'float64'
}

export type Shape = readonly number[]

/** Where a tensor's bytes lie in a file that is handed to the runtime beside the graph. */
export interface DataLocation {
  /** Name of the file, as in `external_data.location`. */
  readonly path: string
  readonly offset: number
  readonly length: number
}

export interface Tensor {
  readonly dtype: DType
  readonly dims: Shape
  /** Little-endian elements, row-major. bool is one byte each. */
  readonly bytes: Uint8Array
  /** Set when `bytes` is a view of a whole file: the writer can then refer to it instead of copying. */
  readonly location: DataLocation | null
}

export type Attribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'graph'; readonly value: Graph }
export type Attributes = Readonly<Record<string, Attribute>>

export interface Node {
  readonly op: string
  /** '' is ai.onnx. */
  readonly domain: string
  readonly name: string
  /** '' stands for an absent optional input. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Attributes
}

export interface ValueInfo {
  readonly name: string
  readonly dtype: DType
  /** Symbolic dimensions by name; null when the rank is unknown. */
  readonly dims: readonly (number | string)[] | null
}

export interface Graph {
  readonly name: string
  readonly nodes: readonly Node[]
  readonly initializers: ReadonlyMap<string, Tensor>
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
}

/** A file that tensors of a model refer to. */
export interface ModelFile {
  readonly path: string
  readonly data: Uint8Array
}

export interface OnnxModel {
  readonly graph: Graph
  /** Version of the ai.onnx operator set. */
  readonly opset: number
  /** Versions of other domains, e.g. com.microsoft. */
  readonly otherOpsets: Readonly<Record<string, number>>
  /** The files that initializers' locations refer to; the model file itself is the first. */
  readonly files: readonly ModelFile[]
}

export const int = (value: number): Attribute => ({ type: 'int', value })
export const float = (value: number): Attribute => ({ type: 'float', value })
export const ints = (value: readonly number[]): Attribute => ({ type: 'ints', value })
export const string = (value: string): Attribute => ({ type: 'string', value })

export type AttributeValue<T extends Attribute['type']> = Extract<Attribute, { type: T }>['value']

/** The attribute's value, or the fallback where it is absent. A present attribute of another type is an error. */
export function attribute<T extends Attribute['type'], F>(
  node: Node,
  name: string,
  type: T,
  fallback: F,
): AttributeValue<T> | F {
  const found = node.attributes[name]
  if (!found) return fallback
  if (found.type !== type) throw new Error(`attribute ${name} of ${describe(node)} is ${found.type}, not ${type}`)
  return found.value as AttributeValue<T> | F
}

/** "`Foo` (node `bar`)": how every message names a node. */
export function describe(node: Node): string {
  const operator = node.domain === '' ? node.op : `${node.domain}.${node.op}`
  return `\`${operator}\` (node \`${node.name || node.outputs[0] || '?'}\`)`
}

export function elementCount(dims: Shape): number {
  return dims.reduce((product, d) => product * d, 1)
}
