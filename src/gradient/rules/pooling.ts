/**
 * Pooling over windows of K elements, any number of spatial axes.
 *
 *   AveragePool        dX = convT_depthwise(g / count, 1)   count: elements of each window that are averaged
 *   GlobalAveragePool  dX = expand(g / (H W))
 *   MaxPool            dX = sum over window offsets o of place_o([X at o = Y] g / ties)     (ties share the gradient)
 *
 * MaxPool: for each of the K offsets a strided slice of X is compared with Y; the K masked gradients become channels,
 * and a ConvTranspose with a one-hot kernel puts each where it came from.
 */
import { elementCount, int } from '../../onnx/model'
import type { Shape } from '../../onnx/model'
import type { Window } from '../../onnx/shape'
import { resolveWindow } from '../../onnx/shape'
import type { Value } from '../../onnx/builder'
import type { RuleContext, Rules } from '../rule'
import { transposed } from './convolution'

/** Padding below every value; finite, as 0 * inf must not make NaN. */
const LOWEST = { float16: -65504, float32: -3.4e38, float64: -1e300 } as const

export const pooling: Rules = {
  GlobalAveragePool: (c) => {
    const { b, g } = c
    const dims = c.dims(c.x(0))
    return [b.expand(b.mul(g, b.scalar(1 / elementCount(dims.slice(2)), g)), dims)]
  },

  AveragePool: (c) => {
    const { b } = c
    const { window, C, spatial } = poolWindow(c)
    const counts = windowCounts(window, spatial, c.attr('count_include_pad', 'int', 0) === 1)
    const weights = counts.map((n) => 1 / n)
    const scaled = b.mul(c.g, b.constant(b.dtype(c.g), [1, 1, ...window.output], weights))
    const ones = b.constant(
      b.dtype(c.g),
      [C, 1, ...window.kernel],
      new Array<number>(C * elementCount(window.kernel)).fill(1),
    )
    return [transposed(b, scaled, ones, window, spatial, C)]
  },

  MaxPool: (c) => {
    const { b, g } = c
    const { window, N, C, spatial } = poolWindow(c)
    const offsets = windowOffsets(window.kernel)
    const padded = padLowest(c, window, spatial)
    const hits = offsets.map((offset) =>
      b.cast(b.op('Equal', [windowSlice(c, padded, window, offset), c.y()]), b.dtype(g)),
    )
    const share = b.div(
      g,
      hits.reduce((sum, hit) => b.add(sum, hit)),
    )
    const planes = hits.map((hit) => b.reshape(b.mul(hit, share), [N * C, 1, ...window.output]))
    const stacked = planes.length === 1 ? planes[0]! : b.op('Concat', planes, { axis: int(1) })
    const K = offsets.length
    const oneHot = Array.from({ length: K * K }, (_, i) => (i % (K + 1) === 0 ? 1 : 0))
    const kernel = b.constant(b.dtype(g), [K, 1, ...window.kernel], oneHot)
    return [b.reshape(transposed(b, stacked, kernel, window, spatial, 1), c.dims(c.x(0)))]
  },
}

function poolWindow(c: RuleContext): { window: Window; N: number; C: number; spatial: Shape } {
  const [N, C, ...spatial] = c.dims(c.x(0)) as [number, number, ...number[]]
  return { window: resolveWindow(c.node, spatial, c.attr('kernel_shape', 'ints', [])), N, C, spatial }
}

/** All positions inside a kernel, row-major. */
function windowOffsets(kernel: Shape): number[][] {
  return kernel.reduce<number[][]>(
    (found, size) => found.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i])),
    [[]],
  )
}

/** Where the windows reach, per axis: how much must be padded at the end (negative: how much is never read). */
function endPadding(w: Window, spatial: Shape): number[] {
  return spatial.map(
    (size, i) => (w.output[i]! - 1) * w.strides[i]! + (w.kernel[i]! - 1) * w.dilations[i]! + 1 - w.padBegin[i]! - size,
  )
}

function padLowest(c: RuleContext, w: Window, spatial: Shape): Value {
  const { b } = c
  const end = endPadding(w, spatial).map((p) => Math.max(p, 0))
  if ([...w.padBegin, ...end].every((p) => p === 0)) return c.x(0)
  const dtype = b.dtype(c.x(0)) as keyof typeof LOWEST
  return b.op('Pad', [c.x(0), b.indices([0, 0, ...w.padBegin, 0, 0, ...end]), b.scalar(LOWEST[dtype], c.x(0))])
}

/** The element at `offset` of every window: [N, C, output...]. */
function windowSlice(c: RuleContext, padded: Value, w: Window, offset: readonly number[]): Value {
  const { b } = c
  const starts = offset.map((o, i) => o * w.dilations[i]!)
  const ends = starts.map((start, i) => start + (w.output[i]! - 1) * w.strides[i]! + 1)
  const axes = offset.map((_, i) => i + 2)
  return b.op('Slice', [padded, b.indices(starts), b.indices(ends), b.indices(axes), b.indices(w.strides)])
}

/** How many elements each window averages, row-major over the output positions. */
function windowCounts(w: Window, spatial: Shape, includePad: boolean): number[] {
  const perAxis = spatial.map((size, i) =>
    Array.from({ length: w.output[i]! }, (_, o) => {
      const start = o * w.strides[i]! - w.padBegin[i]!
      const [low, high] = includePad ? [-w.padBegin[i]!, size + w.padEnd[i]!] : [0, size]
      return Array.from({ length: w.kernel[i]! }, (_, k) => start + k * w.dilations[i]!).filter(
        (p) => p >= low && p < high,
      ).length
    }),
  )
  return perAxis.reduce<number[]>((found, counts) => found.flatMap((n) => counts.map((m) => n * m)), [1])
}
