/**
 * Convolutions, any number of spatial axes; k kernel, s stride, d dilation, p padding.
 *
 *   Y = conv(X, W) + B        dX = convT(g, W; s, d, p), and where s = 1
 *                                = conv(g, W'; 1, d, (k-1) d - p), W' = W turned in space, channel axes exchanged
 *                             dW = conv(X', g'; stride d, dilation s, p), batch and channel axes exchanged
 *                             dB = sum of g over batch and space
 * A patch embedding (k = s, d = 1, no padding, no overlap) is a matrix product: dX = col2im(g W), where col2im only permutes.
 */
import { elementCount, int, ints } from '../../onnx/model'
import type { Shape } from '../../onnx/model'
import type { Window } from '../../onnx/shape'
import { resolveWindow } from '../../onnx/shape'
import type { GraphBuilder, Value } from '../../onnx/builder'
import type { RuleContext, Rules } from '../rule'

export const convolution: Rules = {
  Conv: (c) => {
    const [X, W] = [c.x(0), c.x(1)]
    const spatial = c.dims(X).slice(2)
    const window = resolveWindow(c.node, spatial, c.dims(W).slice(2))
    const group = c.attr('group', 'int', 1)
    const dX = () =>
      isPatchEmbedding(window, spatial, group)
        ? fromPatches(c, window)
        : transposed(c.b, c.g, W, window, spatial, group)
    const overSpace = [0, ...spatial.map((_, i) => i + 2)]
    return [
      c.wants(0) ? dX() : null,
      c.wants(1) ? kernelGradient(c, window, group) : null,
      c.has(2) && c.wants(2) ? c.b.reshape(c.b.reduceSum(c.g, overSpace), c.dims(c.x(2))) : null,
    ]
  },
}

/** Not of single pixels: their product needs no patches, and would be turned to channels last and back for nothing. */
function isPatchEmbedding(w: Window, spatial: Shape, group: number): boolean {
  return (
    group === 1 &&
    elementCount(w.kernel) > 1 &&
    spatial.every(
      (size, i) =>
        w.kernel[i] === w.strides[i] &&
        w.dilations[i] === 1 &&
        w.padBegin[i] === 0 &&
        w.output[i]! * w.strides[i]! === size,
    )
  )
}

/** From so many channels on, they are what is moved as blocks: single pixels of many planes take twice as long to put in place. */
const MANY_CHANNELS = 16

/** g [N,O,h,w] -> rows [N*h*w, O] -> patches [N*h*w, C*kh*kw] -> X [N,C,H,W]. */
function fromPatches(c: RuleContext, window: Window): Value {
  const { b } = c
  const [N, C, ...spatial] = c.dims(c.x(0)) as [number, number, ...number[]]
  const O = c.dims(c.g)[1]!
  const rank = spatial.length
  const grid = window.output
  const rows = N * elementCount(grid)
  const axes = grid.map((_, i) => i)
  const channelsLast = [0, ...axes.map((i) => i + 2), 1]
  const channelsFirst = [0, rank + 1, ...axes.map((i) => i + 1)]
  const g = b.reshape(b.transpose(c.g, channelsLast), [rows, O])
  const product = (kernel: Value, dims: Shape) => {
    const flat = b.reshape(kernel, [O, C * elementCount(window.kernel)])
    return b.reshape(b.op('MatMul', [g, flat]), [N, ...grid, ...dims])
  }
  if (C < MANY_CHANNELS) {
    // [N, grid..., C, kernel...] -> [N, C, grid0, kernel0, grid1, kernel1, ...]
    const interleaved = axes.flatMap((i) => [1 + i, 2 + rank + i])
    const patches = product(c.x(1), [C, ...window.kernel])
    return b.reshape(b.transpose(patches, [0, 1 + rank, ...interleaved]), [N, C, ...spatial])
  }
  // [N, grid..., kernel..., C] -> [N, grid0, kernel0, grid1, kernel1, ..., C]
  const interleaved = axes.flatMap((i) => [1 + i, 1 + rank + i])
  const patches = product(b.transpose(c.x(1), channelsLast), [...window.kernel, C])
  const pixels = b.reshape(b.transpose(patches, [0, ...interleaved, 1 + 2 * rank]), [N, ...spatial, C])
  return b.transpose(pixels, channelsFirst)
}

/** The adjoint of the convolution with W [O, C/group, k...] through that window: g back onto `spatial`. */
export function transposed(b: GraphBuilder, g: Value, W: Value, w: Window, spatial: Shape, group: number): Value {
  // A window that moves by one comes back by a plain Conv, of which ONNX Runtime has the better kernels: 3 times as fast
  // for depthwise kernels, 1.4 to 2.3 for 3 x 3, up to 1.5 for 1 x 1 (docs/decisions/gradient-graph.md).
  return turnedPads(w, spatial) ? turned(b, g, W, w, spatial, group) : convTranspose(b, g, W, w, spatial, group)
}

/** Padding of the convolution back, begins then ends; null where there is none of stride 1 without cutting g. */
function turnedPads(w: Window, spatial: Shape): number[] | null {
  const reach = w.kernel.map((k, i) => (k - 1) * w.dilations[i]!)
  const begin = reach.map((r, i) => r - w.padBegin[i]!)
  const end = spatial.map((size, i) => size - w.output[i]! - begin[i]! + reach[i]!)
  const fits = w.strides.every((s) => s === 1) && [...begin, ...end].every((p) => p >= 0)
  return fits ? [...begin, ...end] : null
}

/** W' [C, O/group, k...] is made of weights alone, so the runtime computes it once, when the session is made. */
function turned(b: GraphBuilder, g: Value, W: Value, w: Window, spatial: Shape, group: number): Value {
  const [O, perGroup] = b.dims(W) as [number, number]
  const axes = w.kernel.map((_, i) => i)
  const split = b.reshape(reversed(b, W, w.kernel), [group, O / group, perGroup, ...w.kernel])
  const exchanged = b.transpose(split, [0, 2, 1, ...axes.map((i) => i + 3)])
  return b.op('Conv', [g, b.reshape(exchanged, [group * perGroup, O / group, ...w.kernel])], {
    kernel_shape: ints(w.kernel),
    dilations: ints(w.dilations),
    pads: ints(turnedPads(w, spatial)!),
    group: int(group),
  })
}

/** The kernel read backwards along every spatial axis. */
function reversed(b: GraphBuilder, W: Value, kernel: Shape): Value {
  const axes = kernel.flatMap((k, i) => (k === 1 ? [] : [i + 2]))
  if (axes.length === 0) return W
  const all = (value: number) => b.indices(axes.map(() => value))
  return b.op('Slice', [W, all(-1), all(-Number.MAX_SAFE_INTEGER), b.indices(axes), all(-1)])
}

/** What the window reaches beyond the input is cut off (pads); what it does not reach stays zero (output_padding). */
function convTranspose(b: GraphBuilder, g: Value, W: Value, w: Window, spatial: Shape, group: number): Value {
  const beyond = spatial.map((size, i) => {
    const natural = (w.output[i]! - 1) * w.strides[i]! + (w.kernel[i]! - 1) * w.dilations[i]! + 1
    return natural - w.padBegin[i]! - size
  })
  return b.op('ConvTranspose', [g, W], {
    kernel_shape: ints(w.kernel),
    strides: ints(w.strides),
    dilations: ints(w.dilations),
    pads: ints([...w.padBegin, ...beyond.map((e) => Math.max(e, 0))]),
    output_padding: ints(beyond.map((e) => Math.max(-e, 0))),
    group: int(group),
  })
}

/**
 * dW [O, C/group, k...]: channels of X become the batch, the batch becomes the channels that are summed over, and g is
 * the kernel. Groups stay groups: X' is [C/group, group*N, ...] and g' is [O, N, ...].
 */
function kernelGradient(c: RuleContext, w: Window, group: number): Value {
  const { b } = c
  const [N, C, ...spatial] = c.dims(c.x(0)) as [number, number, ...number[]]
  const rank = spatial.length
  const axes = spatial.map((_, i) => i)
  const split = b.reshape(c.x(0), [N, group, C / group, ...spatial])
  const exchanged = b.transpose(split, [2, 1, 0, ...axes.map((i) => i + 3)])
  const X = b.reshape(exchanged, [C / group, group * N, ...spatial])
  const g = b.transpose(c.g, [1, 0, ...axes.map((i) => i + 2)])
  // Rows of X that no window reaches must not make the kernel larger: the end padding is what the windows reach.
  const reach = axes.map((i) => (w.output[i]! - 1) * w.strides[i]! + (w.kernel[i]! - 1) * w.dilations[i]! + 1)
  const padEnd = axes.map((i) => reach[i]! - w.padBegin[i]! - spatial[i]!)
  const cropped = axes.reduce((x, i) => (padEnd[i]! < 0 ? b.slice(x, i + 2, 0, spatial[i]! + padEnd[i]!) : x), X)
  const dW = b.op('Conv', [cropped, g], {
    kernel_shape: ints(w.output),
    strides: ints(w.dilations),
    dilations: ints(w.strides),
    pads: ints([...w.padBegin, ...padEnd.map((p) => Math.max(p, 0))]),
    group: int(group),
  })
  return b.transpose(dW, [1, 0, ...Array.from({ length: rank }, (_, i) => i + 2)])
}
