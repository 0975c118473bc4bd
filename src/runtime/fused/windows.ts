/**
 * What kernels that slide over an image see, and what they make of it: convolutions forwards and backwards, pooling.
 *
 * Many channels out are a matrix product; one channel out of few elements (depthwise kernels, pooling) is a sum that whoever
 * needs an element does on the way.
 */
import type { Id } from './ir'
import type { Lowering, LoweringContext } from './lower'
import { matmul } from './matmul'
import { Unsupported } from './unsupported'
import { describe, elementCount } from '../../onnx/model'
import type { Shape } from '../../onnx/model'
import { resolveWindow, type Window } from '../../onnx/shape'

/** So many terms are rather summed where they are needed than by a product of one column. */
const FEW_TERMS = 128

/** Below every value; finite, as ONNX's own gradient of MaxPool pads with it. */
const LOWEST = -3.4e38

/**
 * What kernels see times the kernels, in groups of channels: [N,out...,C,k...] and [O,C/group,k...] -> [N,O,out...].
 */
function windowProduct(c: LoweringContext, seen: Id, kernels: Id, [N, O, ...out]: Shape, group: number): Id {
  const { program: p } = c
  const columns = elementCount(p.dims(kernels)) / O!
  const perGroup = O! / group
  const places = N! * elementCount(out)
  const outAxes = out.map((_, i) => i)
  if (perGroup === 1 && columns <= FEW_TERMS) {
    const dims = [N!, ...out, group, columns]
    const terms = p.map('mul', [p.reshape(seen, dims), p.reshape(kernels, [group, columns])], dims)
    const sums = p.reshape(p.reduceHere('sum', terms, [dims.length - 1]), [N!, ...out, group])
    return p.transpose(sums, [0, out.length + 1, ...outAxes.map((i) => i + 1)])
  }
  const matrices = p.transpose(p.reshape(kernels, [group, perGroup, columns]), [0, 2, 1])
  if (group === 1) {
    const y = matmul(c, p.reshape(seen, [places, columns]), p.reshape(matrices, [columns, O!]))
    return p.transpose(p.reshape(y, [N!, ...out, O!]), [0, out.length + 1, ...outAxes.map((i) => i + 1)])
  }
  const rows = p.transpose(p.reshape(seen, [places, group, columns]), [1, 0, 2])
  const y = p.reshape(matmul(c, rows, matrices), [group, N!, ...out, perGroup])
  return p.reshape(p.transpose(y, [1, 0, out.length + 2, ...outAxes.map((i) => i + 2)]), [N!, O!, ...out])
}

function withBias(c: LoweringContext, y: Id, bias: number): readonly Id[] {
  if (!c.has(bias)) return [y]
  const { program: p } = c
  const dims = p.dims(y)
  const spread = p.reshape(c.x(bias), [dims[1]!, ...dims.slice(2).map(() => 1)])
  return [p.map('add', [y, spread], dims)]
}

/** What a window sees of `x` [N,C,...]: [N,out...,C,k...]. */
function seenBy(c: LoweringContext, x: Id, window: Window, fill = 0): Id {
  const { program: p } = c
  const [N, C] = p.dims(x) as [number, number]
  const { kernel, strides: stride, dilations: dilation, padBegin, output } = window
  const offset = padBegin.map((before) => -before)
  const divide = kernel.map(() => 1)
  return p.add({ kind: 'window', input: x, kernel, stride, dilation, offset, divide, fill }, [
    N,
    ...output,
    C,
    ...kernel,
  ])
}

export const conv: Lowering = (c) => {
  const [x, w] = [c.dims(0), c.dims(1)]
  const window = resolveWindow(c.node, x.slice(2), w.slice(2))
  const product = windowProduct(c, seenBy(c, c.x(0), window), c.x(1), c.outputDims(), c.attr('group', 'int', 1))
  return withBias(c, product, 2)
}

/** Gathered instead of scattered: an output element sums the inputs whose windows cover it. */
export const convTranspose: Lowering = (c) => {
  const { program: p } = c
  const [x, w, y] = [c.dims(0), c.dims(1), c.outputDims()]
  const group = c.attr('group', 'int', 1)
  const kernel = w.slice(2)
  const one = kernel.map(() => 1)
  const stride = c.attr('strides', 'ints', one)
  const dilation = c.attr('dilations', 'ints', one)
  const none = [...one, ...one].map(() => 0)
  const pads = c.attr('pads', 'ints', none).slice(0, kernel.length)
  // [C,O/group,k...] -> [O,C/group,k...]
  const [C, perGroup] = w as [number, number]
  const axes = kernel.map((_, i) => i + 3)
  const grouped = p.transpose(p.reshape(c.x(1), [group, C / group, perGroup, ...kernel]), [0, 2, 1, ...axes])
  const kernels = p.reshape(grouped, [group * perGroup, C / group, ...kernel])
  const even = kernel.every((k, i) => k >= stride[i]! && y[2 + i]! % stride[i]! === 0 && dilation[i] === 1)
  if (even) return withBias(c, byPhase(c, kernels, { kernel, stride, pads, group }), 2)
  const window = { kernel, stride: one, dilation: dilation.map((d) => -d), offset: pads, divide: stride, fill: 0 }
  const dims = [x[0]!, ...y.slice(2), x[1]!, ...kernel]
  const seen = p.add({ kind: 'window', input: c.x(0), ...window }, dims)
  return withBias(c, windowProduct(c, seen, kernels, y, group), 2)
}

interface Strided {
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly pads: readonly number[]
  readonly group: number
}

/**
 * Elements whose places leave the same remainder by the stride (a phase) see the same taps of the kernel, the others
 * fall between inputs: a product for each phase, instead of one that multiplies mostly zeros.
 */
function byPhase(c: LoweringContext, kernels: Id, { kernel, stride, pads, group }: Strided): Id {
  const { program: p } = c
  const [x, y] = [c.dims(0), c.outputDims()]
  const rank = kernel.length
  const out = stride.map((s, i) => y[2 + i]! / s)
  const one = kernel.map(() => 1)
  const [O, C] = [y[1]!, x[1]!]

  /** All elements of a phase, [N,O,out0,1,out1,1...]. */
  const phase = (at: readonly number[]): Id => {
    const first = at.map((r, i) => (r + pads[i]!) % stride[i]!)
    const taps = first.map((k, i) => Math.ceil((kernel[i]! - k) / stride[i]!))
    const starts = [0, 0, ...first]
    const own = p.add({ kind: 'slice', input: kernels, starts, steps: [1, 1, ...stride] }, [O, C / group, ...taps])
    const offset = at.map((r, i) => (r + pads[i]! - first[i]!) / stride[i]!)
    const window = { kernel: taps, stride: one, dilation: one.map(() => -1), offset, divide: one, fill: 0 }
    const seen = p.add({ kind: 'window', input: c.x(0), ...window }, [x[0]!, ...out, C, ...taps])
    const product = windowProduct(c, seen, own, [x[0]!, O, ...out], group)
    return p.reshape(product, [x[0]!, O, ...out.flatMap((n) => [n, 1])])
  }
  /** Phases side by side along the axes from `axis` on. */
  const joined = (axis: number, at: readonly number[]): Id => {
    if (axis === rank) return phase(at)
    const parts = Array.from({ length: stride[axis]! }, (_, r) => joined(axis + 1, [...at, r]))
    if (parts.length === 1) return parts[0]!
    const dims = p.dims(parts[0]!).map((d, i) => (i === 3 + 2 * axis ? parts.length : d))
    return p.add({ kind: 'concat', inputs: parts, axis: 3 + 2 * axis }, dims)
  }
  return p.reshape(joined(0, []), y)
}

/** Sums or maxima of what windows see, [N,C,out...]. */
function pooled(c: LoweringContext, how: 'sum' | 'max', seen: Id, { kernel, output }: Window): Id {
  const { program: p } = c
  const dims = p.dims(seen)
  const [N, C] = [dims[0]!, dims[output.length + 1]!]
  const flat = p.reshape(seen, [N, ...output, C, elementCount(kernel)])
  const sums = p.reshape(p.reduceHere(how, flat, [output.length + 2]), [N, ...output, C])
  return p.transpose(sums, [0, output.length + 1, ...output.map((_, i) => i + 1)])
}

const poolWindow = (c: LoweringContext) => resolveWindow(c.node, c.dims(0).slice(2), c.attr('kernel_shape', 'ints', []))

export const maxPool: Lowering = (c) => {
  if (c.node.outputs.length > 1) throw new Unsupported(`${describe(c.node)} with indices`)
  const window = poolWindow(c)
  return [pooled(c, 'max', seenBy(c, c.x(0), window, LOWEST), window)]
}

/** Divided by how many elements of the image, or of its padding too, each window sees. */
export const averagePool: Lowering = (c) => {
  const { program: p } = c
  const window = poolWindow(c)
  const padded = c.attr('count_include_pad', 'int', 0) === 1
  const spatial = c.dims(0).slice(2)
  const counted = padded ? spatial.map((n, i) => n + window.padBegin[i]! + window.padEnd[i]!) : spatial
  const ones = p.map('copy', [p.scalar(1)], [1, 1, ...counted])
  const places = padded ? { ...window, padBegin: window.padBegin.map(() => 0) } : window
  const sum = pooled(c, 'sum', seenBy(c, c.x(0), window), window)
  const count = pooled(c, 'sum', seenBy(c, ones, places), window)
  return [p.map('div', [sum, count], c.outputDims())]
}
