/** Arithmetic on static shapes: broadcasting, axes, strides, windows. Shapes are plain arrays of element counts. */
import type { Node, Shape } from './model'
import { attribute, elementCount } from './model'

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i])
}

/** Multidirectional (numpy) broadcasting, ONNX Broadcasting.md. */
export function broadcastShape(...shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length))
  return Array.from({ length: rank }, (_, i) => {
    let out = 1
    for (const s of shapes) {
      const d = s[s.length - rank + i] ?? 1
      if (d !== 1 && out !== 1 && d !== out)
        throw new Error(`shapes ${shapes.map((x) => `[${x.join()}]`).join(' and ')} do not broadcast`)
      if (d !== 1) out = d
    }
    return out
  })
}

/** numpy.matmul's: batch axes broadcast, 1-D operands lend an axis. */
export function matMulShape(a: Shape, b: Shape): number[] {
  if (a.length === 1 || b.length === 1) {
    const full = matMulShape(a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b)
    return full.filter(
      (_, i) => !((a.length === 1 && i === full.length - 2) || (b.length === 1 && i === full.length - 1)),
    )
  }
  if (a.at(-1) !== b.at(-2)) throw new Error(`cannot multiply [${a.join()}] by [${b.join()}]`)
  return [...broadcastShape(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!]
}

/** Axis counted from the front. */
export function positiveAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis
  if (positive < 0 || positive >= Math.max(rank, 1)) throw new Error(`axis ${axis} is outside of rank ${rank}`)
  return positive
}

/** Row-major strides in elements. */
export function strides(dims: Shape): number[] {
  const out = new Array<number>(dims.length)
  let step = 1
  for (let i = dims.length - 1; i >= 0; i--) {
    out[i] = step
    step *= dims[i]!
  }
  return out
}

/** Strides for reading a tensor of shape `dims` as if broadcast to `target`: 0 along repeated axes. */
export function broadcastStrides(dims: Shape, target: Shape): number[] {
  const own = strides(dims)
  const offset = target.length - dims.length
  return target.map((_, i) => (i < offset || dims[i - offset] === 1 ? 0 : own[i - offset]!))
}

/** Calls back with the source offset for every element of `dims`, in row-major order. */
export function forEachOffset(
  dims: Shape,
  steps: readonly number[],
  start: number,
  visit: (offset: number) => void,
): void {
  const n = elementCount(dims)
  const index = new Array<number>(dims.length).fill(0)
  let offset = start
  for (let i = 0; i < n; i++) {
    visit(offset)
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index[axis]!++
      offset += steps[axis]!
      if (index[axis]! < dims[axis]!) break
      offset -= steps[axis]! * dims[axis]!
      index[axis] = 0
    }
  }
}

/** Reshape's target with 0 (copy) and -1 (infer) resolved. */
export function resolveReshape(dims: Shape, target: Shape, allowZero = false): number[] {
  const out = target.map((d, i) => (d === 0 && !allowZero ? dims[i]! : d))
  const inferred = out.indexOf(-1)
  if (inferred >= 0) {
    const known = out.reduce((p, d, i) => (i === inferred ? p : p * d), 1)
    out[inferred] = elementCount(dims) / known
  }
  if (elementCount(out) !== elementCount(dims)) throw new Error(`cannot reshape [${dims.join()}] to [${target.join()}]`)
  return out
}

export interface SliceAxis {
  readonly axis: number
  /** First element taken; with a negative step, the largest. */
  readonly start: number
  readonly step: number
  readonly length: number
}

/** Slice's bounds clamped as the ONNX specification says. */
export function resolveSlice(
  dims: Shape,
  starts: Shape,
  ends: Shape,
  axes: Shape | null,
  steps: Shape | null,
): SliceAxis[] {
  return starts.map((rawStart, i) => {
    const axis = positiveAxis(axes?.[i] ?? i, dims.length)
    const size = dims[axis]!
    const step = steps?.[i] ?? 1
    const from = (x: number) => (x < 0 ? x + size : x)
    const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high)
    const start = step > 0 ? clamp(from(rawStart), 0, size) : clamp(from(rawStart), 0, size - 1)
    const end = step > 0 ? clamp(from(ends[i]!), 0, size) : clamp(from(ends[i]!), -1, size - 1)
    return { axis, start, step, length: Math.max(0, Math.ceil((end - start) / step)) }
  })
}

/** A convolution or pooling window, one entry per spatial axis. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padBegin: readonly number[]
  readonly padEnd: readonly number[]
  readonly output: readonly number[]
}

/** Window of a Conv, MaxPool or AveragePool node over the given spatial dims, auto_pad and ceil_mode resolved. */
export function resolveWindow(node: Node, spatial: Shape, kernel: Shape): Window {
  const rank = spatial.length
  const stride = attribute(node, 'strides', 'ints', new Array<number>(rank).fill(1))
  const dilation = attribute(node, 'dilations', 'ints', new Array<number>(rank).fill(1))
  const autoPad = attribute(node, 'auto_pad', 'string', 'NOTSET')
  const pads = attribute(node, 'pads', 'ints', new Array<number>(2 * rank).fill(0))
  const ceil = attribute(node, 'ceil_mode', 'int', 0) === 1
  const padBegin: number[] = []
  const padEnd: number[] = []
  const output = spatial.map((size, i) => {
    const reach = (kernel[i]! - 1) * dilation[i]! + 1
    if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER') {
      const out = Math.ceil(size / stride[i]!)
      const total = Math.max(0, (out - 1) * stride[i]! + reach - size)
      const small = Math.floor(total / 2)
      padBegin.push(autoPad === 'SAME_UPPER' ? small : total - small)
      padEnd.push(autoPad === 'SAME_UPPER' ? total - small : small)
      return out
    }
    padBegin.push(autoPad === 'VALID' ? 0 : pads[i]!)
    padEnd.push(autoPad === 'VALID' ? 0 : pads[i + rank]!)
    const span = size + padBegin[i]! + padEnd[i]! - reach
    const out = (ceil ? Math.ceil : Math.floor)(span / stride[i]!) + 1
    // ceil_mode: a window that would start in the end padding is dropped (as PyTorch does, and ONNX since opset 19).
    return ceil && (out - 1) * stride[i]! >= size + padBegin[i]! ? out - 1 : out
  })
  return { kernel, strides: stride, dilations: dilation, padBegin, padEnd, output }
}
