/**
 * Evaluates nodes whose inputs are all constants: the shape arithmetic and masks that exporters leave behind.
 * One small function per operator; operators that are not here are simply left to the runtime.
 */
import type { DType, Node, Shape } from './model'
import { attribute, elementCount, isFloat } from './model'
import type { InferContext, ValueType } from './infer'
import { constantValue, dtypeOfNumber, permutationOf, sliceAxes } from './infer'
import { broadcastStrides, forEachOffset, positiveAxis, strides } from './shape'
import { tensorValues } from './tensor'

export interface Constant extends ValueType {
  readonly values: readonly number[]
}

/** Inputs of a node as constants (null where absent), with the types inferred for its outputs. */
export interface EvaluateContext extends InferContext {
  readonly inputs: readonly (Constant | null)[]
  readonly outputs: readonly ValueType[]
}

/** Values of the first output, row-major, or null where this case is left to the runtime. */
type Evaluate = (c: EvaluateContext) => readonly number[] | null

/** Broadcasts inputs to the output's shape and applies f elementwise. */
function pointwise(f: (...xs: number[]) => number): Evaluate {
  return (c) => {
    const { dims } = c.outputs[0]!
    const columns = c.inputs.map((x) => broadcastTo(x!, dims))
    return Array.from({ length: elementCount(dims) }, (_, i) => f(...columns.map((col) => col[i]!)))
  }
}

function broadcastTo(x: Constant, dims: Shape): readonly number[] {
  if (x.values.length === elementCount(dims)) return x.values
  return gather(x.values, dims, broadcastStrides(x.dims, dims), 0)
}

function gather(values: readonly number[], dims: Shape, steps: readonly number[], start: number): number[] {
  const out: number[] = []
  forEachOffset(dims, steps, start, (offset) => out.push(values[offset]!))
  return out
}

const keep: Evaluate = (c) => c.inputs[0]!.values

function divide(c: EvaluateContext): readonly number[] | null {
  const whole = !isFloat(c.inputs[0]!.dtype)
  return pointwise(whole ? (a, b) => Math.trunc(a / b) : (a, b) => a / b)(c)
}

function cast(values: readonly number[], to: DType): readonly number[] {
  if (to === 'bool') return values.map((v) => (v !== 0 ? 1 : 0))
  if (isFloat(to)) return values
  return values.map(Math.trunc)
}

function concat(c: EvaluateContext): readonly number[] {
  const axis = positiveAxis(attribute(c.node, 'axis', 'int', 0), c.inputs[0]!.dims.length)
  const outer = elementCount(c.outputs[0]!.dims.slice(0, axis))
  const out: number[] = []
  for (let o = 0; o < outer; o++) {
    for (const x of c.inputs) {
      const chunk = elementCount(x!.dims.slice(axis))
      for (let i = 0; i < chunk; i++) out.push(x!.values[o * chunk + i]!)
    }
  }
  return out
}

function gatherAxis(c: EvaluateContext): readonly number[] {
  const [data, indices] = [c.inputs[0]!, c.inputs[1]!]
  const axis = positiveAxis(attribute(c.node, 'axis', 'int', 0), data.dims.length)
  const [outer, size, inner] = [
    elementCount(data.dims.slice(0, axis)),
    data.dims[axis]!,
    elementCount(data.dims.slice(axis + 1)),
  ]
  const out: number[] = []
  for (let o = 0; o < outer; o++) {
    for (const raw of indices.values) {
      const i = raw < 0 ? raw + size : raw
      for (let k = 0; k < inner; k++) out.push(data.values[(o * size + i) * inner + k]!)
    }
  }
  return out
}

function slice(c: EvaluateContext): readonly number[] {
  const x = c.inputs[0]!
  const steps = strides(x.dims)
  let start = 0
  for (const s of sliceAxes(c)) {
    start += s.start * steps[s.axis]!
    steps[s.axis]! *= s.step
  }
  return gather(x.values, c.outputs[0]!.dims, steps, start)
}

function transpose(c: EvaluateContext): readonly number[] {
  const x = c.inputs[0]!
  const own = strides(x.dims)
  const steps = permutationOf(c.node, x.dims.length).map((p) => own[p]!)
  return gather(x.values, c.outputs[0]!.dims, steps, 0)
}

function argMax(c: EvaluateContext): readonly number[] | null {
  const x = c.inputs[0]!
  const axis = positiveAxis(attribute(c.node, 'axis', 'int', 0), x.dims.length)
  if (attribute(c.node, 'select_last_index', 'int', 0) === 1) return null
  const [size, inner] = [x.dims[axis]!, elementCount(x.dims.slice(axis + 1))]
  return Array.from({ length: elementCount(x.dims) / size }, (_, row) => {
    const start = Math.floor(row / inner) * size * inner + (row % inner)
    let best = 0
    for (let i = 1; i < size; i++) if (x.values[start + i * inner]! > x.values[start + best * inner]!) best = i
    return best
  })
}

function trilu(c: EvaluateContext): readonly number[] {
  const x = c.inputs[0]!
  const [rows, columns] = [x.dims.at(-2)!, x.dims.at(-1)!]
  const k = c.inputs[1]?.values[0] ?? 0
  const upper = attribute(c.node, 'upper', 'int', 1) === 1
  return x.values.map((v, i) => {
    const [row, column] = [Math.floor(i / columns) % rows, i % columns]
    return (upper ? column - row >= k : column - row <= k) ? v : 0
  })
}

function reduceProduct(c: EvaluateContext): readonly number[] | null {
  const { values } = c.inputs[0]!
  return elementCount(c.outputs[0]!.dims) === 1 ? [values.reduce((p, v) => p * v, 1)] : null
}

function range(c: EvaluateContext): readonly number[] {
  const [start, , delta] = c.inputs.map((x) => x!.values[0]!)
  return Array.from({ length: c.outputs[0]!.dims[0]! }, (_, i) => start! + i * delta!)
}

const RULES: Readonly<Record<string, Evaluate>> = {
  Identity: keep,
  Reshape: keep,
  Flatten: keep,
  Squeeze: keep,
  Unsqueeze: keep,
  Add: pointwise((a, b) => a + b),
  Sub: pointwise((a, b) => a - b),
  Mul: pointwise((a, b) => a * b),
  Div: divide,
  Mod: pointwise((a, b) => a - b * Math.floor(a / b)),
  Pow: pointwise(Math.pow),
  Min: pointwise(Math.min),
  Max: pointwise(Math.max),
  Neg: pointwise((a) => -a),
  Abs: pointwise(Math.abs),
  Sqrt: pointwise(Math.sqrt),
  Floor: pointwise(Math.floor),
  Ceil: pointwise(Math.ceil),
  Equal: pointwise((a, b) => (a === b ? 1 : 0)),
  Less: pointwise((a, b) => (a < b ? 1 : 0)),
  Greater: pointwise((a, b) => (a > b ? 1 : 0)),
  LessOrEqual: pointwise((a, b) => (a <= b ? 1 : 0)),
  GreaterOrEqual: pointwise((a, b) => (a >= b ? 1 : 0)),
  Not: pointwise((a) => (a ? 0 : 1)),
  And: pointwise((a, b) => (a && b ? 1 : 0)),
  Or: pointwise((a, b) => (a || b ? 1 : 0)),
  Where: pointwise((condition, a, b) => (condition ? a! : b!)),
  Cast: (c) => cast(c.inputs[0]!.values, dtypeOfNumber(attribute(c.node, 'to', 'int', 1))),
  Expand: (c) => broadcastTo(c.inputs[0]!, c.outputs[0]!.dims),
  Concat: concat,
  Gather: gatherAxis,
  Slice: slice,
  Transpose: transpose,
  ArgMax: argMax,
  Trilu: trilu,
  ReduceProd: reduceProduct,
  Range: range,
  ConstantOfShape: (c) => {
    const value = attribute(c.node, 'value', 'tensor', null)
    const fill = value ? tensorValues(value)[0]! : 0
    return new Array<number>(elementCount(c.outputs[0]!.dims)).fill(fill)
  },
  Constant: (c) => constantNodeValues(c.node),
}

function constantNodeValues(node: Node): readonly number[] {
  const tensor = attribute(node, 'value', 'tensor', null)
  return tensor ? tensorValues(tensor) : constantValue(node).values!
}

/** Larger results stay with the runtime: decoding a weight matrix into numbers would waste time and memory. */
const LARGEST = 1 << 20

/** The node's (single) output as a constant, or null. Shape and Size need only the type of their input. */
export function evaluateNode(c: EvaluateContext): Constant | null {
  const out = c.outputs[0]
  if (!out || c.outputs.length !== 1 || elementCount(out.dims) > LARGEST) return null
  if (c.node.op === 'Shape') {
    const { dims } = c.type(0)
    const bound = (x: number) => Math.min(dims.length, Math.max(0, x < 0 ? x + dims.length : x))
    const from = bound(attribute(c.node, 'start', 'int', 0))
    const values = dims.slice(from, bound(attribute(c.node, 'end', 'int', dims.length)))
    return { dims: [values.length], dtype: 'int64', values }
  }
  if (c.node.op === 'Size') return { dims: [], dtype: 'int64', values: [elementCount(c.type(0).dims)] }
  if (c.inputs.some((x, i) => x === null && c.has(i))) return null
  const values = c.node.domain === '' ? RULES[c.node.op]?.(c) : null
  return values ? { ...out, values } : null
}
