/**
 * Static shape inference: the shapes and element types of a node's outputs, given those of its inputs.
 * One flat table, an entry per operator; integer inputs that decide a shape must be constants by then.
 */
import type { DType, Node, Shape } from './model'
import { DTYPES, attribute, describe, elementCount } from './model'
import { FUSED_TYPES } from './fused-types'
import { refusalOf } from './refused'
import { broadcastShape, matMulShape, positiveAxis, resolveReshape, resolveSlice, resolveWindow } from './shape'
import { UserError } from '../errors'

export interface ValueType {
  readonly dims: Shape
  readonly dtype: DType
}

/** What is known of a node's inputs while its outputs are inferred. */
export interface InferContext {
  readonly node: Node
  readonly opset: number
  /** Type of input i; an error when it is absent. */
  type(i: number): ValueType
  has(i: number): boolean
  /** Constant values of input i; an error when it is not a constant. */
  constant(i: number): readonly number[]
}

type Infer = (c: InferContext) => ValueType[]

const DTYPE_BY_NUMBER = new Map(Object.entries(DTYPES).map(([name, n]) => [n as number, name as DType]))
export function dtypeOfNumber(n: number): DType {
  const dtype = DTYPE_BY_NUMBER.get(n)
  if (!dtype) throw new Error(`ONNX element type ${n} is not supported`)
  return dtype
}

const same: Infer = (c) => [c.type(0)]
const elementwise: Infer = (c) => [
  { dims: broadcastShape(...c.node.inputs.map((_, i) => c.type(i).dims)), dtype: c.type(0).dtype },
]
const compare: Infer = (c) => [{ dims: broadcastShape(c.type(0).dims, c.type(1).dims), dtype: 'bool' }]

/** Axes of a reduction, Squeeze or Unsqueeze: an attribute in older opsets, an input in newer ones; null = not given. */
export function axesOf(c: Pick<InferContext, 'node' | 'has' | 'constant'>, input = 1): readonly number[] | null {
  const asAttribute = attribute(c.node, 'axes', 'ints', null)
  return asAttribute ?? (c.has(input) ? c.constant(input) : null)
}

const reduce: Infer = (c) => {
  const { dims, dtype } = c.type(0)
  const given = axesOf(c)
  const noop = attribute(c.node, 'noop_with_empty_axes', 'int', 0) === 1
  const axes =
    given && given.length > 0 ? given.map((a) => positiveAxis(a, dims.length)) : noop ? [] : dims.map((_, i) => i)
  const keep = attribute(c.node, 'keepdims', 'int', 1) === 1
  const out = keep ? dims.map((d, i) => (axes.includes(i) ? 1 : d)) : dims.filter((_, i) => !axes.includes(i))
  return [{ dims: out, dtype }]
}

const argReduce: Infer = (c) => {
  const { dims } = c.type(0)
  const axis = positiveAxis(attribute(c.node, 'axis', 'int', 0), dims.length)
  const keep = attribute(c.node, 'keepdims', 'int', 1) === 1
  return [{ dims: keep ? dims.map((d, i) => (i === axis ? 1 : d)) : dims.filter((_, i) => i !== axis), dtype: 'int64' }]
}

const pool: Infer = (c) => {
  const { dims, dtype } = c.type(0)
  const kernel = attribute(c.node, 'kernel_shape', 'ints', [])
  return [{ dims: [dims[0]!, dims[1]!, ...resolveWindow(c.node, dims.slice(2), kernel).output], dtype }]
}

const RULES: Readonly<Record<string, Infer>> = {
  ...Object.fromEntries(
    // prettier-ignore
    ['Identity', 'Neg', 'Abs', 'Sqrt', 'Exp', 'Log', 'Erf', 'Tanh', 'Sigmoid', 'Relu', 'Clip', 'HardSigmoid', 'HardSwish',
      'Softmax', 'LogSoftmax', 'Gelu', 'QuickGelu', 'FastGelu', 'BatchNormalization', 'Not', 'Floor', 'Ceil', 'Sign',
      'Reciprocal', 'Softplus', 'LeakyRelu', 'Elu', 'Round', 'Sin', 'Cos', 'ScatterND', 'ScatterElements', 'CumSum',
      'Trilu', 'Dropout'].map((op) => [op, same]),
  ),
  ...Object.fromEntries(
    ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Min', 'Max', 'Mod', 'PRelu', 'Sum', 'Mean'].map((op) => [op, elementwise]),
  ),
  ...Object.fromEntries(
    ['Equal', 'Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual', 'And', 'Or', 'Xor'].map((op) => [op, compare]),
  ),
  ...Object.fromEntries(
    ['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL2'].map((op) => [op, reduce]),
  ),
  ArgMax: argReduce,
  ArgMin: argReduce,
  MaxPool: pool,
  AveragePool: pool,
  GlobalAveragePool: (c) => [{ ...c.type(0), dims: c.type(0).dims.map((d, i) => (i < 2 ? d : 1)) }],
  GlobalMaxPool: (c) => [{ ...c.type(0), dims: c.type(0).dims.map((d, i) => (i < 2 ? d : 1)) }],
  LayerNormalization: (c) => {
    const { dims, dtype } = c.type(0)
    const axis = positiveAxis(attribute(c.node, 'axis', 'int', -1), dims.length)
    const stat: ValueType = {
      dims: dims.map((d, i) => (i < axis ? d : 1)),
      dtype: dtype === 'float64' ? dtype : 'float32',
    }
    return [{ dims, dtype }, stat, stat]
  },
  Where: (c) => [{ dims: broadcastShape(c.type(0).dims, c.type(1).dims, c.type(2).dims), dtype: c.type(1).dtype }],
  Cast: (c) => [{ dims: c.type(0).dims, dtype: dtypeOfNumber(attribute(c.node, 'to', 'int', 1)) }],
  MatMul: (c) => [{ dims: matMulShape(c.type(0).dims, c.type(1).dims), dtype: c.type(0).dtype }],
  Gemm: (c) => {
    const [a, b] = [c.type(0).dims, c.type(1).dims]
    const rows = attribute(c.node, 'transA', 'int', 0) ? a[1]! : a[0]!
    const columns = attribute(c.node, 'transB', 'int', 0) ? b[0]! : b[1]!
    return [{ dims: [rows, columns], dtype: c.type(0).dtype }]
  },
  Conv: (c) => {
    const [x, w] = [c.type(0), c.type(1).dims]
    const kernel = attribute(c.node, 'kernel_shape', 'ints', w.slice(2))
    return [{ dims: [x.dims[0]!, w[0]!, ...resolveWindow(c.node, x.dims.slice(2), kernel).output], dtype: x.dtype }]
  },
  ConvTranspose: (c) => {
    const [x, w] = [c.type(0), c.type(1).dims]
    const rank = x.dims.length - 2
    const list = (name: string, fill: number, n = rank) =>
      attribute(c.node, name, 'ints', new Array<number>(n).fill(fill))
    const [stride, dilation, pads, extra] = [
      list('strides', 1),
      list('dilations', 1),
      list('pads', 0, 2 * rank),
      list('output_padding', 0),
    ]
    const spatial = x.dims.slice(2).map((size, i) => {
      const reach = (w[2 + i]! - 1) * dilation[i]! + 1
      return (size - 1) * stride[i]! + reach + extra[i]! - pads[i]! - pads[i + rank]!
    })
    return [{ dims: [x.dims[0]!, w[1]! * attribute(c.node, 'group', 'int', 1), ...spatial], dtype: x.dtype }]
  },
  Reshape: (c) => {
    const { dims, dtype } = c.type(0)
    return [{ dims: resolveReshape(dims, c.constant(1), attribute(c.node, 'allowzero', 'int', 0) === 1), dtype }]
  },
  Flatten: (c) => {
    const { dims, dtype } = c.type(0)
    const raw = attribute(c.node, 'axis', 'int', 1)
    const axis = raw < 0 ? raw + dims.length : raw
    return [{ dims: [elementCount(dims.slice(0, axis)), elementCount(dims.slice(axis))], dtype }]
  },
  Squeeze: (c) => {
    const { dims, dtype } = c.type(0)
    const axes = axesOf(c)?.map((a) => positiveAxis(a, dims.length)) ?? dims.flatMap((d, i) => (d === 1 ? [i] : []))
    return [{ dims: dims.filter((_, i) => !axes.includes(i)), dtype }]
  },
  Unsqueeze: (c) => {
    const { dims, dtype } = c.type(0)
    const given = axesOf(c) ?? []
    const rank = dims.length + given.length
    const axes = given.map((a) => positiveAxis(a, rank))
    const rest = dims[Symbol.iterator]()
    return [
      { dims: Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : (rest.next().value as number))), dtype },
    ]
  },
  Transpose: (c) => {
    const { dims, dtype } = c.type(0)
    return [{ dims: permutationOf(c.node, dims.length).map((p) => dims[p]!), dtype }]
  },
  Expand: (c) => [{ dims: broadcastShape(c.type(0).dims, c.constant(1)), dtype: c.type(0).dtype }],
  Tile: (c) => [{ dims: c.type(0).dims.map((d, i) => d * c.constant(1)[i]!), dtype: c.type(0).dtype }],
  Concat: (c) => {
    const { dims, dtype } = c.type(0)
    const axis = positiveAxis(attribute(c.node, 'axis', 'int', 0), dims.length)
    const total = c.node.inputs.reduce((sum, _, i) => sum + c.type(i).dims[axis]!, 0)
    return [{ dims: dims.map((d, i) => (i === axis ? total : d)), dtype }]
  },
  Split: (c) => {
    const { dims, dtype } = c.type(0)
    const { axis, sizes } = splitSizes(c)
    return sizes.map((size) => ({ dims: dims.map((d, i) => (i === axis ? size : d)), dtype }))
  },
  Slice: (c) => {
    const { dims, dtype } = c.type(0)
    const out = [...dims]
    for (const s of sliceAxes(c)) out[s.axis] = s.length
    return [{ dims: out, dtype }]
  },
  Gather: (c) => {
    const [data, indices] = [c.type(0), c.type(1).dims]
    const axis = positiveAxis(attribute(c.node, 'axis', 'int', 0), data.dims.length)
    return [{ dims: [...data.dims.slice(0, axis), ...indices, ...data.dims.slice(axis + 1)], dtype: data.dtype }]
  },
  GatherND: (c) => {
    const [data, indices] = [c.type(0), c.type(1).dims]
    const batch = attribute(c.node, 'batch_dims', 'int', 0)
    return [{ dims: [...indices.slice(0, -1), ...data.dims.slice(batch + indices.at(-1)!)], dtype: data.dtype }]
  },
  Pad: (c) => {
    const { dims, dtype } = c.type(0)
    const pads = padsOf(c)
    return [{ dims: dims.map((d, i) => d + pads[i]! + pads[i + dims.length]!), dtype }]
  },
  /** To given sizes, or by given scales. Older exporters write the absent ones as empty tensors. */
  Resize: (c) => {
    const { dims, dtype } = c.type(0)
    const sizes = c.has(3) ? c.constant(3) : []
    const scales = sizes.length === 0 ? c.constant(2) : []
    const axes =
      attribute(c.node, 'axes', 'ints', null)?.map((a) => positiveAxis(a, dims.length)) ?? dims.map((_, i) => i)
    const resized = [...dims]
    axes.forEach((axis, i) => (resized[axis] = sizes[i] ?? Math.floor(dims[axis]! * scales[i]!)))
    return [{ dims: resized, dtype }]
  },
  Range: (c) => {
    const [start, limit, delta] = [c.constant(0)[0]!, c.constant(1)[0]!, c.constant(2)[0]!]
    return [{ dims: [Math.max(0, Math.ceil((limit - start) / delta))], dtype: c.type(0).dtype }]
  },
  ConstantOfShape: (c) => [
    { dims: c.constant(0), dtype: attribute(c.node, 'value', 'tensor', null)?.dtype ?? 'float32' },
  ],
  Constant: (c) => [constantValue(c.node)],
  Shape: (c) => [{ dims: [c.type(0).dims.length], dtype: 'int64' }],
  Size: () => [{ dims: [], dtype: 'int64' }],
  DequantizeLinear: (c) => [{ dims: c.type(0).dims, dtype: c.type(1).dtype }],
  QuantizeLinear: (c) => [{ dims: c.type(0).dims, dtype: c.has(2) ? c.type(2).dtype : 'uint8' }],
  DynamicQuantizeLinear: (c) => [
    { dims: c.type(0).dims, dtype: 'uint8' },
    { dims: [], dtype: 'float32' },
    { dims: [], dtype: 'uint8' },
  ],
  MatMulInteger: (c) => [{ dims: matMulShape(c.type(0).dims, c.type(1).dims), dtype: 'int32' }],
}

/** Types of the outputs of a node. @throws UserError naming an operator that is not known */
export function inferNode(c: InferContext): ValueType[] {
  const isKnownDomain = c.node.domain === '' || c.node.domain === 'com.microsoft'
  const key = c.node.domain === '' ? c.node.op : `${c.node.domain}.${c.node.op}`
  const rule = FUSED_TYPES[key] ?? (isKnownDomain ? RULES[c.node.op] : undefined)
  if (!rule) {
    const refusal = refusalOf(c.node)
    if (refusal) throw refusal
    throw new UserError(
      `The model uses the operator ${describe(c.node)}, which Passepartout does not know.`,
      'Export the model again with standard ONNX operators (opset 11 to 20).',
    )
  }
  try {
    return rule(c)
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    throw new Error(`${describe(c.node)}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

export function permutationOf(node: Node, rank: number): readonly number[] {
  return attribute(
    node,
    'perm',
    'ints',
    Array.from({ length: rank }, (_, i) => rank - 1 - i),
  )
}

/** Value of a Constant node. */
export function constantValue(
  node: Node,
): ValueType & { readonly values: readonly number[] | null; readonly dims: Shape } {
  const a = node.attributes
  const scalar = a['value_int'] ?? a['value_float']
  const list = a['value_ints'] ?? a['value_floats']
  if (a['value']?.type === 'tensor') return { dims: a['value'].value.dims, dtype: a['value'].value.dtype, values: null }
  if (scalar?.type === 'int' || scalar?.type === 'float') {
    return { dims: [], dtype: scalar.type === 'int' ? 'int64' : 'float32', values: [scalar.value] }
  }
  if (list?.type === 'ints' || list?.type === 'floats') {
    return { dims: [list.value.length], dtype: list.type === 'ints' ? 'int64' : 'float32', values: list.value }
  }
  throw new Error('a constant of this kind is not supported')
}

export function splitSizes(c: Pick<InferContext, 'node' | 'has' | 'constant' | 'type'>): {
  axis: number
  sizes: readonly number[]
} {
  const { dims } = c.type(0)
  const axis = positiveAxis(attribute(c.node, 'axis', 'int', 0), dims.length)
  const given = attribute(c.node, 'split', 'ints', null) ?? (c.has(1) ? c.constant(1) : null)
  if (given) return { axis, sizes: given }
  const parts = c.node.outputs.length
  const chunk = Math.ceil(dims[axis]! / parts)
  return { axis, sizes: c.node.outputs.map((_, i) => Math.min(chunk, dims[axis]! - i * chunk)) }
}

export function sliceAxes(c: Pick<InferContext, 'node' | 'has' | 'constant' | 'type'>) {
  const optional = (i: number) => (c.has(i) ? c.constant(i) : null)
  const starts = attribute(c.node, 'starts', 'ints', null)
  if (starts) {
    return resolveSlice(
      c.type(0).dims,
      starts,
      attribute(c.node, 'ends', 'ints', []),
      attribute(c.node, 'axes', 'ints', null),
      null,
    )
  }
  return resolveSlice(c.type(0).dims, c.constant(1), c.constant(2), optional(3), optional(4))
}

/** Begin and end padding for every axis, [2 x rank]. */
export function padsOf(c: Pick<InferContext, 'node' | 'has' | 'constant' | 'type'>): readonly number[] {
  const rank = c.type(0).dims.length
  const given = attribute(c.node, 'pads', 'ints', null) ?? c.constant(1)
  if (!c.has(3)) return given
  const axes = c.constant(3).map((a) => positiveAxis(a, rank))
  const pads = new Array<number>(2 * rank).fill(0)
  axes.forEach((axis, i) => {
    pads[axis] = given[i]!
    pads[axis + rank] = given[i + axes.length]!
  })
  return pads
}
