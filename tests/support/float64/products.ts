/** Matrix products, convolutions and pooling in float64, for any number of spatial axes. */
import type { Array64, Call, Operators } from './array'
import { broadcast, broadcastDims, broadcastOffsets, rowMajor, size } from './array'

function matMul(c: Call): Array64[] {
  const [a, b] = [c.x(0), c.x(1)]
  const A = a.dims.length === 1 ? [1, ...a.dims] : a.dims
  const B = b.dims.length === 1 ? [...b.dims, 1] : b.dims
  const [m, k, n] = [A.at(-2)!, A.at(-1)!, B.at(-1)!]
  const batch = broadcastDims([A.slice(0, -2), B.slice(0, -2)])
  const startsA = broadcastOffsets(A.slice(0, -2), batch)
  const startsB = broadcastOffsets(B.slice(0, -2), batch)
  const data = new Float64Array(size(batch) * m * n)
  for (let p = 0; p < startsA.length; p++) {
    const [offA, offB, offY] = [startsA[p]! * m * k, startsB[p]! * k * n, p * m * n]
    for (let i = 0; i < m; i++) {
      for (let l = 0; l < k; l++) {
        const v = a.data[offA + i * k + l]!
        for (let j = 0; j < n; j++) data[offY + i * n + j]! += v * b.data[offB + l * n + j]!
      }
    }
  }
  const dims = [...batch, ...(a.dims.length === 1 ? [] : [m]), ...(b.dims.length === 1 ? [] : [n])]
  return [{ dtype: a.dtype, dims, data }]
}

function gemm(c: Call): Array64[] {
  const [a, b] = [c.x(0), c.x(1)]
  const [transA, transB] = [c.attr('transA', 'int', 0), c.attr('transB', 'int', 0)]
  const [m, k] = transA ? [a.dims[1]!, a.dims[0]!] : [a.dims[0]!, a.dims[1]!]
  const n = transB ? b.dims[0]! : b.dims[1]!
  const alpha = c.attr('alpha', 'float', 1)
  const beta = c.attr('beta', 'float', 1)
  const third = c.optional(2)
  const bias = third ? broadcast(third, [m, n]).data : null
  const data = new Float64Array(m * n)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let l = 0; l < k; l++) {
        sum += a.data[transA ? l * m + i : i * k + l]! * b.data[transB ? j * k + l : l * n + j]!
      }
      data[i * n + j] = alpha * sum + (bias ? beta * bias[i * n + j]! : 0)
    }
  }
  return [{ dtype: a.dtype, dims: [m, n], data }]
}

interface Geometry {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padBegin: readonly number[]
  readonly padEnd: readonly number[]
  /** Number of windows per axis. */
  readonly windows: readonly number[]
}

function geometry(c: Call, spatial: readonly number[], kernel: readonly number[]): Geometry {
  const rank = spatial.length
  const strides = c.attr('strides', 'ints', null) ?? kernel.map(() => 1)
  const dilations = c.attr('dilations', 'ints', null) ?? kernel.map(() => 1)
  const pads = c.attr('pads', 'ints', null) ?? new Array<number>(2 * rank).fill(0)
  const same = c.attr('auto_pad', 'string', 'NOTSET')
  const reach = kernel.map((k, i) => (k - 1) * dilations[i]! + 1)
  if (same.startsWith('SAME')) {
    const windows = spatial.map((s, i) => Math.ceil(s / strides[i]!))
    const total = spatial.map((s, i) => Math.max(0, (windows[i]! - 1) * strides[i]! + reach[i]! - s))
    const less = total.map((t) => Math.floor(t / 2))
    const more = total.map((t, i) => t - less[i]!)
    const [padBegin, padEnd] = same === 'SAME_UPPER' ? [less, more] : [more, less]
    return { kernel, strides, dilations, padBegin, padEnd, windows }
  }
  const [padBegin, padEnd] =
    same === 'VALID' ? [spatial.map(() => 0), spatial.map(() => 0)] : [pads.slice(0, rank), pads.slice(rank)]
  const windows = spatial.map((s, i) => {
    const steps = (s + padBegin[i]! + padEnd[i]! - reach[i]!) / strides[i]!
    if (c.attr('ceil_mode', 'int', 0) === 0) return Math.floor(steps) + 1
    // A window must begin inside of the input or its begin padding (PyTorch, and ONNX since opset 19).
    const n = Math.ceil(steps) + 1
    return (n - 1) * strides[i]! >= s + padBegin[i]! ? n - 1 : n
  })
  return { kernel, strides, dilations, padBegin, padEnd, windows }
}

interface Tap {
  /** Row-major position in the kernel. */
  readonly k: number
  /** Row-major position in the input. */
  readonly i: number
}

/** For every window (row-major) the kernel positions that meet the input, and how many lie in input plus padding. */
function taps(g: Geometry, spatial: readonly number[]): { taps: Tap[]; padded: number }[] {
  const steps = rowMajor(spatial)
  const kernelSteps = rowMajor(g.kernel)
  let found: { taps: Tap[]; padded: number }[] = [{ taps: [{ k: 0, i: 0 }], padded: 1 }]
  for (let axis = 0; axis < spatial.length; axis++) {
    const next: typeof found = []
    for (const before of found) {
      for (let o = 0; o < g.windows[axis]!; o++) {
        const here: Tap[] = []
        let padded = 0
        for (let k = 0; k < g.kernel[axis]!; k++) {
          const at = o * g.strides[axis]! - g.padBegin[axis]! + k * g.dilations[axis]!
          if (at < spatial[axis]! + g.padEnd[axis]!) padded++
          if (at >= 0 && at < spatial[axis]!) here.push({ k: k * kernelSteps[axis]!, i: at * steps[axis]! })
        }
        const crossed = before.taps.flatMap((a) => here.map((b) => ({ k: a.k + b.k, i: a.i + b.i })))
        next.push({ taps: crossed, padded: before.padded * padded })
      }
    }
    found = next
  }
  return found
}

function conv(c: Call): Array64[] {
  const [x, w, bias] = [c.x(0), c.x(1), c.optional(2)]
  const [N, C, ...spatial] = x.dims as [number, number, ...number[]]
  const [O, perGroup, ...kernel] = w.dims as [number, number, ...number[]]
  const group = c.attr('group', 'int', 1)
  const g = geometry(c, spatial, kernel)
  const windows = taps(g, spatial)
  const [inSize, kSize] = [size(spatial), size(kernel)]
  const data = new Float64Array(N * O * windows.length)
  let y = 0
  for (let n = 0; n < N; n++) {
    for (let o = 0; o < O; o++) {
      const firstChannel = Math.floor(o / (O / group)) * perGroup
      for (const window of windows) {
        let sum = bias ? bias.data[o]! : 0
        for (let ch = 0; ch < perGroup; ch++) {
          const [offX, offW] = [(n * C + firstChannel + ch) * inSize, (o * perGroup + ch) * kSize]
          for (const tap of window.taps) sum += x.data[offX + tap.i]! * w.data[offW + tap.k]!
        }
        data[y++] = sum
      }
    }
  }
  return [{ dtype: x.dtype, dims: [N, O, ...g.windows], data }]
}

function convTranspose(c: Call): Array64[] {
  const [x, w, bias] = [c.x(0), c.x(1), c.optional(2)]
  const [N, C, ...windows] = x.dims as [number, number, ...number[]]
  const [, perGroup, ...kernel] = w.dims as [number, number, ...number[]]
  const rank = windows.length
  const group = c.attr('group', 'int', 1)
  const O = perGroup * group
  const list = (name: string, fill: number, n = rank) => c.attr(name, 'ints', null) ?? new Array<number>(n).fill(fill)
  const [strides, dilations, pads] = [list('strides', 1), list('dilations', 1), list('pads', 0, 2 * rank)]
  const extra = list('output_padding', 0)
  const out = windows.map(
    (s, i) => strides[i]! * (s - 1) + extra[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - pads[i]! - pads[i + rank]!,
  )
  const found = taps(
    { kernel, strides, dilations, padBegin: pads.slice(0, rank), padEnd: pads.slice(rank), windows },
    out,
  )
  const [outSize, kSize] = [size(out), size(kernel)]
  const data = new Float64Array(N * O * outSize)
  for (let n = 0; n < N; n++) {
    for (let ch = 0; ch < C; ch++) {
      const firstOutput = Math.floor(ch / (C / group)) * perGroup
      for (let p = 0; p < found.length; p++) {
        const v = x.data[(n * C + ch) * found.length + p]!
        for (let o = 0; o < perGroup; o++) {
          const [offY, offW] = [(n * O + firstOutput + o) * outSize, (ch * perGroup + o) * kSize]
          for (const tap of found[p]!.taps) data[offY + tap.i]! += v * w.data[offW + tap.k]!
        }
      }
    }
  }
  if (bias) for (let i = 0; i < data.length; i++) data[i]! += bias.data[Math.floor(i / outSize) % O]!
  return [{ dtype: x.dtype, dims: [N, O, ...out], data }]
}

function pool(c: Call, f: (values: number[], padded: number) => number): Array64[] {
  const x = c.x(0)
  const [N, C, ...spatial] = x.dims as [number, number, ...number[]]
  const g = geometry(c, spatial, c.attr('kernel_shape', 'ints', []))
  const windows = taps(g, spatial)
  const inSize = size(spatial)
  const data = new Float64Array(N * C * windows.length)
  let y = 0
  for (let plane = 0; plane < N * C; plane++) {
    for (const { taps: found, padded } of windows) {
      data[y++] = f(
        found.map((tap) => x.data[plane * inSize + tap.i]!),
        padded,
      )
    }
  }
  return [{ dtype: x.dtype, dims: [N, C, ...g.windows], data }]
}

export const products: Operators = {
  MatMul: matMul,
  Gemm: gemm,
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: (c) => pool(c, (values) => Math.max(...values)),
  AveragePool: (c) => {
    const include = c.attr('count_include_pad', 'int', 0) === 1
    return pool(c, (values, padded) => values.reduce((sum, v) => sum + v, 0) / (include ? padded : values.length))
  },
}
