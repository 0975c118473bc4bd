/** Reductions, softmax and normalisations in float64. */
import type { Array64, Call, Operator, Operators } from './array'
import { axisOf, broadcast, integers, offsets, rowMajor, size } from './array'

/** Applies f to every run of elements along `axes`; the result has those axes as 1. */
function along(x: Array64, axes: readonly number[], f: (values: Float64Array) => number): Array64 {
  const steps = rowMajor(x.dims)
  const inner = axes.map((a) => x.dims[a]!)
  const reach = offsets(
    inner,
    axes.map((a) => steps[a]!),
  )
  const dims = x.dims.map((d, i) => (axes.includes(i) ? 1 : d))
  const starts = offsets(dims, steps)
  const run = new Float64Array(reach.length)
  const data = Float64Array.from(starts, (start) => {
    for (let i = 0; i < reach.length; i++) run[i] = x.data[start + reach[i]!]!
    return f(run)
  })
  return { dtype: x.dtype, dims, data }
}

const sum = (values: Float64Array) => values.reduce((total, v) => total + v, 0)
const largest = (values: Float64Array) => values.reduce((best, v) => Math.max(best, v), -Infinity)
const smallest = (values: Float64Array) => values.reduce((best, v) => Math.min(best, v), Infinity)
const mean = (values: Float64Array) => sum(values) / values.length

function reduce(f: (values: Float64Array) => number): Operator {
  return (c) => {
    const x = c.x(0)
    const input = c.optional(1)
    const given = c.attr('axes', 'ints', null) ?? (input ? integers(input) : [])
    const all = x.dims.map((_, i) => i)
    const none = c.attr('noop_with_empty_axes', 'int', 0) === 1
    const axes = given.length > 0 ? given.map((a) => axisOf(a, x.dims.length)) : none ? [] : all
    const kept = along(x, axes, f)
    if (c.attr('keepdims', 'int', 1) === 1) return [kept]
    return [{ ...kept, dims: x.dims.filter((_, i) => !axes.includes(i)) }]
  }
}

function argMax(c: Call): Array64[] {
  const x = c.x(0)
  const axis = axisOf(c.attr('axis', 'int', 0), x.dims.length)
  const kept = along(x, [axis], (values) => values.indexOf(largest(values)))
  const dims = c.attr('keepdims', 'int', 1) === 1 ? kept.dims : x.dims.filter((_, i) => i !== axis)
  return [{ dtype: 'int64', dims, data: kept.data }]
}

function combine(x: Array64, y: Array64, f: (a: number, b: number) => number): Array64 {
  const other = broadcast(y, x.dims).data
  return { ...x, data: x.data.map((v, i) => f(v, other[i]!)) }
}

/** log softmax; before opset 13 over all axes from `axis` on together. */
function logSoftmax(c: Call): Array64 {
  const x = c.x(0)
  const rank = x.dims.length
  const axis = axisOf(c.attr('axis', 'int', c.opset >= 13 ? -1 : 1), rank)
  const axes = c.opset >= 13 ? [axis] : x.dims.map((_, i) => i).slice(axis)
  const shifted = combine(x, along(x, axes, largest), (a, b) => a - b)
  const total = along({ ...shifted, data: shifted.data.map(Math.exp) }, axes, sum)
  return combine(shifted, total, (a, b) => a - Math.log(b))
}

function layerNormalization(c: Call): Array64[] {
  const x = c.x(0)
  const axis = axisOf(c.attr('axis', 'int', -1), x.dims.length)
  const axes = x.dims.map((_, i) => i).slice(axis)
  const epsilon = c.attr('epsilon', 'float', 1e-5)
  const means = along(x, axes, mean)
  const centred = combine(x, means, (a, b) => a - b)
  const variance = along({ ...centred, data: centred.data.map((v) => v * v) }, axes, mean)
  const inverse = { ...variance, data: variance.data.map((v) => 1 / Math.sqrt(v + epsilon)) }
  const scaled = combine(
    combine(centred, inverse, (a, b) => a * b),
    c.x(1),
    (a, b) => a * b,
  )
  const bias = c.optional(2)
  // Statistics of half precision are float32.
  const statistic = (t: Array64): Array64 => (t.dtype === 'float16' ? { ...t, dtype: 'float32' } : t)
  return [bias ? combine(scaled, bias, (a, b) => a + b) : scaled, statistic(means), statistic(inverse)]
}

function batchNormalization(c: Call): Array64[] {
  const x = c.x(0)
  const [gamma, beta, means, variance] = [1, 2, 3, 4].map((i) => c.x(i).data) as Float64Array[]
  const epsilon = c.attr('epsilon', 'float', 1e-5)
  const inner = size(x.dims.slice(2))
  const data = x.data.map((v, i) => {
    const k = Math.floor(i / inner) % x.dims[1]!
    return ((v - means![k]!) / Math.sqrt(variance![k]! + epsilon)) * gamma![k]! + beta![k]!
  })
  return [{ ...x, data }]
}

function globalAverage(c: Call): Array64[] {
  const x = c.x(0)
  return [along(x, x.dims.map((_, i) => i).slice(2), mean)]
}

export const reductions: Operators = {
  ReduceSum: reduce(sum),
  ReduceMean: reduce(mean),
  ReduceMax: reduce(largest),
  ReduceMin: reduce(smallest),
  ReduceProd: reduce((values) => values.reduce((p, v) => p * v, 1)),
  ReduceL2: reduce((values) => Math.sqrt(values.reduce((total, v) => total + v * v, 0))),
  ArgMax: argMax,
  Softmax: (c) => {
    const logs = logSoftmax(c)
    return [{ ...logs, data: logs.data.map(Math.exp) }]
  },
  LogSoftmax: (c) => [logSoftmax(c)],
  LayerNormalization: layerNormalization,
  BatchNormalization: batchNormalization,
  GlobalAveragePool: globalAverage,
}
