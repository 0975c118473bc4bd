/**
 * Tensors of the float64 executor: every element type is held as float64, and nothing is ever rounded to float32.
 * Written without the program's own shape arithmetic, which it is there to check.
 */
import type { Attribute, AttributeValue, DType, Node, Tensor } from '../../../src/onnx/model'
import { attribute } from '../../../src/onnx/model'
import { tensorValues } from '../../../src/onnx/tensor'

export interface Array64 {
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly data: Float64Array
}

/** One node about to be executed. */
export interface Call {
  readonly node: Node
  readonly opset: number
  /** Input i; an error when absent. */
  x(i: number): Array64
  optional(i: number): Array64 | null
  attr<T extends Attribute['type'], F>(name: string, type: T, fallback: F): AttributeValue<T> | F
}

export type Operator = (c: Call) => Array64[]
export type Operators = Readonly<Record<string, Operator>>

export function makeCall(node: Node, opset: number, inputs: readonly (Array64 | null)[]): Call {
  return {
    node,
    opset,
    x: (i) => {
      const found = inputs[i]
      if (!found) throw new Error(`${node.op} ${node.name}: input ${i} is absent`)
      return found
    },
    optional: (i) => inputs[i] ?? null,
    attr: (name, type, fallback) => attribute(node, name, type, fallback),
  }
}

export function array64(dims: readonly number[], values: ArrayLike<number>, dtype: DType = 'float32'): Array64 {
  const data = Float64Array.from(values)
  if (data.length !== size(dims)) throw new Error(`[${dims.join()}] is not filled by ${data.length} values`)
  return { dtype, dims, data }
}

export function fromTensor(tensor: Tensor): Array64 {
  return array64(tensor.dims, tensorValues(tensor), tensor.dtype)
}

export function size(dims: readonly number[]): number {
  let n = 1
  for (const d of dims) n *= d
  return n
}

export function rowMajor(dims: readonly number[]): number[] {
  return dims.map((_, i) => size(dims.slice(i + 1)))
}

export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}

/** Integers of an input that holds shapes, axes or bounds. */
export function integers(x: Array64): number[] {
  return Array.from(x.data)
}

export function broadcastDims(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length))
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((s) => s.at(i - rank) ?? 1)
    return sizes.find((d) => d !== 1) ?? 1
  })
}

/**
 * Offsets into a tensor for every element of `dims` in row-major order, with the given step per axis: reads through
 * broadcasts, transposes and slices alike.
 */
export function offsets(dims: readonly number[], steps: readonly number[], start = 0): Int32Array {
  let out = Int32Array.of(start)
  for (let axis = 0; axis < dims.length; axis++) {
    const next = new Int32Array(out.length * dims[axis]!)
    let k = 0
    for (const base of out) for (let i = 0; i < dims[axis]!; i++) next[k++] = base + i * steps[axis]!
    out = next
  }
  return out
}

/** Offsets that read `x` as if it were broadcast to `dims`. */
export function broadcastOffsets(x: readonly number[], dims: readonly number[]): Int32Array {
  const own = rowMajor(x)
  const missing = dims.length - x.length
  return offsets(
    dims,
    dims.map((_, i) => (i < missing || x[i - missing] === 1 ? 0 : own[i - missing]!)),
  )
}

/** `x` read at `offsets`, as a tensor of shape `dims`. */
export function pick(x: Array64, dims: readonly number[], at: Int32Array): Array64 {
  const data = new Float64Array(at.length)
  for (let i = 0; i < at.length; i++) data[i] = x.data[at[i]!]!
  return { dtype: x.dtype, dims, data }
}

export function broadcast(x: Array64, dims: readonly number[]): Array64 {
  if (x.data.length === size(dims)) return { ...x, dims }
  return pick(x, dims, broadcastOffsets(x.dims, dims))
}

/** The nearest number of 11 significant bits within float16's range, ties to even; what lies beyond is infinite. */
export function nearestHalf(v: number): number {
  if (v === 0 || !Number.isFinite(v)) return v
  const magnitude = Math.abs(v)
  const step = 2 ** (Math.max(Math.floor(Math.log2(magnitude)), -14) - 10)
  const steps = magnitude / step
  const down = Math.floor(steps)
  const up = steps - down > 0.5 || (steps - down === 0.5 && down % 2 === 1)
  const nearest = (up ? down + 1 : down) * step
  return Math.sign(v) * (nearest > 65504 ? Infinity : nearest)
}

/** Values as their element type can hold them. */
export function rounded(x: Array64): Array64 {
  if (x.dtype === 'float16') return { ...x, data: x.data.map(nearestHalf) }
  return x.dtype === 'float32' ? { ...x, data: x.data.map(Math.fround) } : x
}
