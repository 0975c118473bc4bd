/** Elementwise operators in float64: arithmetic, comparisons, activations, selection, casts, dequantisation. */
import type { DType } from '../../../src/onnx/model'
import { DTYPES } from '../../../src/onnx/model'
import type { Array64, Call, Operator, Operators } from './array'
import { axisOf, broadcast, broadcastDims } from './array'

/** Error function to float64 precision, from its series with positive terms: 2x/sqrt(pi) e^(-x^2) sum (2x^2)^n / (2n+1)!! */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x)
  let term = 1
  let sum = 1
  for (let n = 1; term > 1e-18 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return ((2 * x) / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const gelu = (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2))
const geluTanh = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high)

function unary(f: (x: number, c: Call) => number): Operator {
  return (c) => [{ ...c.x(0), data: c.x(0).data.map((v) => f(v, c)) }]
}

/** Broadcasts all inputs and applies f; the element type of the result is that of `like`, or as given. */
function broadcasting(f: (...xs: number[]) => number, dtype?: DType, like = 0): Operator {
  return (c) => {
    const inputs = c.node.inputs.map((_, i) => c.x(i))
    const dims = broadcastDims(inputs.map((x) => x.dims))
    const columns = inputs.map((x) => broadcast(x, dims).data)
    const data = new Float64Array(columns[0]!.length)
    if (columns.length === 2) {
      const [a, b] = columns as [Float64Array, Float64Array]
      for (let i = 0; i < data.length; i++) data[i] = f(a[i]!, b[i]!)
    } else {
      for (let i = 0; i < data.length; i++) data[i] = f(...columns.map((column) => column[i]!))
    }
    return [{ dtype: dtype ?? inputs[like]!.dtype, dims, data }]
  }
}

const isWhole = (x: Array64) => !x.dtype.startsWith('float')

function clip(c: Call): Array64[] {
  const low = c.optional(1)?.data[0] ?? -Infinity
  const high = c.optional(2)?.data[0] ?? Infinity
  return [{ ...c.x(0), data: c.x(0).data.map((v) => clamp(v, low, high)) }]
}

const DTYPE_NAMES = new Map(Object.entries(DTYPES).map(([name, n]) => [n as number, name as DType]))

function cast(c: Call): Array64[] {
  const dtype = DTYPE_NAMES.get(c.attr('to', 'int', 1))!
  const { dims, data } = c.x(0)
  if (dtype === 'bool') return [{ dtype, dims, data: data.map((v) => (v !== 0 ? 1 : 0)) }]
  return [{ dtype, dims, data: dtype.startsWith('float') ? data : data.map(Math.trunc) }]
}

/** (Q - z) s, with s and z per tensor or along one axis. */
function dequantise(c: Call): Array64[] {
  const [q, s, z] = [c.x(0), c.x(1), c.optional(2)]
  const axis = axisOf(c.attr('axis', 'int', 1), q.dims.length)
  const along = q.dims.map((d, i) => (i === axis && s.data.length > 1 ? d : 1))
  const scale = broadcast({ ...s, dims: along }, q.dims).data
  const zero = z ? broadcast({ ...z, dims: along }, q.dims).data : null
  return [{ dtype: s.dtype, dims: q.dims, data: q.data.map((v, i) => (v - (zero?.[i] ?? 0)) * scale[i]!) }]
}

/** x + bias before the activation, as com.microsoft.FastGelu allows. */
function fastGelu(c: Call): Array64[] {
  const bias = c.optional(1)
  const shifted = bias ? broadcast(bias, c.x(0).dims).data : null
  return [{ ...c.x(0), data: c.x(0).data.map((v, i) => geluTanh(v + (shifted?.[i] ?? 0))) }]
}

const truth = (f: (a: number, b: number) => boolean) => broadcasting((a, b) => (f(a!, b!) ? 1 : 0), 'bool')

export const elementwise: Operators = {
  Add: broadcasting((a, b) => a! + b!),
  Sub: broadcasting((a, b) => a! - b!),
  Mul: broadcasting((a, b) => a! * b!),
  Div: (c) => broadcasting(isWhole(c.x(0)) ? (a, b) => Math.trunc(a! / b!) : (a, b) => a! / b!)(c),
  Pow: broadcasting((a, b) => Math.pow(a!, b!)),
  Mod: broadcasting((a, b) => a! - b! * Math.floor(a! / b!)),
  Max: broadcasting((...xs) => Math.max(...xs)),
  Min: broadcasting((...xs) => Math.min(...xs)),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sign: unary(Math.sign),
  Sqrt: unary(Math.sqrt),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Reciprocal: unary((x) => 1 / x),
  Floor: unary(Math.floor),
  Not: unary((x) => (x ? 0 : 1)),
  Erf: unary(erf),
  Tanh: unary(Math.tanh),
  Sigmoid: unary(sigmoid),
  Relu: unary((x) => Math.max(x, 0)),
  Identity: unary((x) => x),
  Dropout: unary((x) => x),
  Clip: clip,
  HardSigmoid: unary((x, c) => clamp(c.attr('alpha', 'float', 0.2) * x + c.attr('beta', 'float', 0.5), 0, 1)),
  HardSwish: unary((x) => x * clamp(x / 6 + 0.5, 0, 1)),
  Gelu: unary((x, c) => (c.attr('approximate', 'string', 'none') === 'tanh' ? geluTanh(x) : gelu(x))),
  'com.microsoft.Gelu': unary(gelu),
  'com.microsoft.FastGelu': fastGelu,
  'com.microsoft.QuickGelu': unary((x, c) => x * sigmoid(c.attr('alpha', 'float', 1.702) * x)),
  Equal: truth((a, b) => a === b),
  Less: truth((a, b) => a < b),
  Greater: truth((a, b) => a > b),
  LessOrEqual: truth((a, b) => a <= b),
  GreaterOrEqual: truth((a, b) => a >= b),
  And: truth((a, b) => a !== 0 && b !== 0),
  Or: truth((a, b) => a !== 0 || b !== 0),
  Where: broadcasting((condition, a, b) => (condition ? a! : b!), undefined, 1),
  Cast: cast,
  DequantizeLinear: dequantise,
}
