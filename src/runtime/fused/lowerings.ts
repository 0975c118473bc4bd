/** One entry per ONNX operator: its outputs in the fused engine's form. A flat table. */
import { progression } from './constants'
import { MAPS } from './expressions'
import type { Id } from './ir'
import type { Lowering, LoweringContext } from './lower'
import { matmul } from './matmul'
import { Unsupported } from './unsupported'
import { describe } from '../../onnx/model'
import { axesOf, padsOf, permutationOf, sliceAxes, splitSizes } from '../../onnx/infer'
import { positiveAxis } from '../../onnx/shape'
import { STEEP } from '../../onnx/step'
import { averagePool, conv, convTranspose, maxPool } from './windows'

const map =
  (op: string): Lowering =>
  (c) => {
    const inputs = c.node.inputs.map((_, i) => c.x(i))
    if (inputs.length !== MAPS[op]!.length) throw new Unsupported(`${describe(c.node)} of ${inputs.length} inputs`)
    return [c.program.map(op, inputs, c.outputDims())]
  }

const reshape: Lowering = (c) => [c.program.reshape(c.x(0), c.outputDims())]

function reduceAxes(c: LoweringContext): number[] {
  const rank = c.dims(0).length
  const given = axesOf({ node: c.node, has: c.has, constant: c.constant })
  if (given && given.length > 0) return given.map((a) => positiveAxis(a, rank))
  return c.attr('noop_with_empty_axes', 'int', 0) === 1 ? [] : c.dims(0).map((_, i) => i)
}

const reduce =
  (how: 'sum' | 'max' | 'mean'): Lowering =>
  (c) => {
    const axes = reduceAxes(c)
    const reduced = how === 'mean' ? c.program.mean(c.x(0), axes) : c.program.reduce(how, c.x(0), axes)
    return [c.program.reshape(reduced, c.outputDims())]
  }

/** exp(x - max) along an axis, and its sum. */
function exponentials(c: LoweringContext) {
  const { program: p } = c
  const [x, dims] = [c.x(0), c.dims(0)]
  const axis = positiveAxis(c.attr('axis', 'int', -1), dims.length)
  const shifted = p.map('sub', [x, p.reduce('max', x, [axis])], dims)
  const e = p.map('exp', [shifted], dims)
  return { shifted, e, sum: p.reduce('sum', e, [axis]), dims }
}

const gemm: Lowering = (c) => {
  const { program: p } = c
  const a = c.attr('transA', 'int', 0) ? p.transpose(c.x(0), [1, 0]) : c.x(0)
  const b = c.attr('transB', 'int', 0) ? p.transpose(c.x(1), [1, 0]) : c.x(1)
  const dims = c.outputDims()
  const scaled = (x: Id, by: number) => (by === 1 ? x : p.map('mul', [x, p.scalar(by)], p.dims(x)))
  const product = scaled(matmul(c, a, b), c.attr('alpha', 'float', 1))
  return [c.has(2) ? p.map('add', [product, scaled(c.x(2), c.attr('beta', 'float', 1))], dims) : product]
}

/** Normalised over the axes from `axis` on: result, mean, 1/deviation. */
const layerNormalization: Lowering = (c) => {
  const { program: p } = c
  const [x, dims] = [c.x(0), c.dims(0)]
  const first = positiveAxis(c.attr('axis', 'int', -1), dims.length)
  const axes = dims.flatMap((_, i) => (i >= first ? [i] : []))
  const mean = p.mean(x, axes)
  const centred = p.map('sub', [x, mean], dims)
  const variance = p.mean(p.map('square', [centred], dims), axes)
  const epsilon = p.scalar(c.attr('epsilon', 'float', 1e-5))
  const deviation = p.map('rsqrt', [p.map('add', [variance, epsilon], p.dims(variance))], p.dims(variance))
  let y = p.map('mul', [centred, deviation], dims)
  y = p.map('mul', [y, c.x(1)], dims)
  if (c.has(2)) y = p.map('add', [y, c.x(2)], dims)
  return [y, mean, deviation]
}

/** In use, not in training: mean and variance are weights. */
const batchNormalization: Lowering = (c) => {
  const { program: p } = c
  const dims = c.dims(0)
  if (c.attr('training_mode', 'int', 0) === 1) throw new Unsupported(`${describe(c.node)} in training`)
  // Along the channels of [N,C,...].
  const channel = [dims[1]!, ...dims.slice(2).map(() => 1)]
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => p.reshape(c.x(i), channel)) as [Id, Id, Id, Id]
  const epsilon = p.scalar(c.attr('epsilon', 'float', 1e-5))
  const deviation = p.map('rsqrt', [p.map('add', [variance, epsilon], channel)], channel)
  const scale = p.map('mul', [gamma, deviation], channel)
  const centred = p.map('sub', [c.x(0), mean], dims)
  return [p.map('add', [p.map('mul', [centred, scale], dims), beta], dims)]
}

const gather: Lowering = (c) => {
  const { program: p } = c
  const dims = c.dims(0)
  const axis = positiveAxis(c.attr('axis', 'int', 0), dims.length)
  const taken = progression(c.constant(1).map((i) => (i < 0 ? i + dims[axis]! : i)))
  if (!taken) throw new Unsupported(`${describe(c.node)} of scattered indices`)
  const length = c.constant(1).length
  const slice = p.add(
    {
      kind: 'slice',
      input: c.x(0),
      starts: dims.map((_, i) => (i === axis ? taken.start : 0)),
      steps: dims.map((_, i) => (i === axis ? taken.step : 1)),
    },
    dims.map((d, i) => (i === axis ? length : d)),
  )
  return [p.reshape(slice, c.outputDims())]
}

const slice: Lowering = (c) => {
  const dims = c.dims(0)
  const starts = dims.map(() => 0)
  const steps = dims.map(() => 1)
  for (const { axis, start, step } of sliceAxes({ node: c.node, has: c.has, constant: c.constant, type: typeOf(c) })) {
    starts[axis] = start
    steps[axis] = step
  }
  return [c.program.add({ kind: 'slice', input: c.x(0), starts, steps }, c.outputDims())]
}

const split: Lowering = (c) => {
  const { axis, sizes } = splitSizes({ node: c.node, has: c.has, constant: c.constant, type: typeOf(c) })
  const dims = c.dims(0)
  let start = 0
  return sizes.map((size, output) => {
    const starts = dims.map((_, i) => (i === axis ? start : 0))
    start += size
    return c.program.add({ kind: 'slice', input: c.x(0), starts, steps: dims.map(() => 1) }, c.outputDims(output))
  })
}

const typeOf = (c: LoweringContext) => (i: number) => ({ dims: c.dims(i), dtype: 'float32' as const })

const pad: Lowering = (c) => {
  if (c.attr('mode', 'string', 'constant') !== 'constant') throw new Unsupported(describe(c.node))
  const pads = padsOf({ node: c.node, has: c.has, constant: c.constant, type: typeOf(c) })
  const rank = c.dims(0).length
  if (pads.some((n) => n < 0)) throw new Unsupported(`${describe(c.node)} that cuts`)
  const fill = c.has(2) ? c.constant(2)[0]! : 0
  return [c.program.add({ kind: 'pad', input: c.x(0), before: pads.slice(0, rank), fill }, c.outputDims())]
}

/** WGSL's pow knows no negative base, so that powers are products; of others only the square root is met. */
const pow: Lowering = (c) => {
  const { program: p } = c
  const given = p.values[c.x(1)]!
  const exponent = given.kind === 'map' && given.op === 'copy' ? p.values[given.inputs[0]!]! : given
  const [x, dims] = [c.x(0), c.outputDims()]
  if (exponent.kind !== 'scalar') throw new Unsupported(`${describe(c.node)} with an exponent that changes`)
  const square = () => p.map('square', [x], dims)
  switch (exponent.value) {
    case 0.5:
      return [p.map('sqrt', [x], dims)]
    case 1:
      return [x]
    case 2:
      return [square()]
    case 3:
      return [p.map('mul', [square(), x], dims)]
    case 4:
      return [p.map('square', [square()], dims)]
    default:
      throw new Unsupported(`${describe(c.node)} by ${exponent.value}`)
  }
}

const clip: Lowering = (c) => {
  const { program: p } = c
  const dims = c.outputDims()
  let y = c.x(0)
  if (c.has(1)) y = p.map('max', [y, c.x(1)], dims)
  if (c.has(2)) y = p.map('min', [y, c.x(2)], dims)
  return [y]
}

/** Steps alone (onnx/step.ts). */
const hardSigmoid: Lowering = (c) => {
  if (c.attr('alpha', 'float', 0.2) !== STEEP || c.attr('beta', 'float', 0.5) !== 0)
    throw new Unsupported(`${describe(c.node)} that is no step`)
  return [c.program.map('greater', [c.x(0), c.program.scalar(0)], c.outputDims())]
}

/** Truth is a number here, so that a cast from it, or between kinds of floats, changes nothing. */
const cast: Lowering = (c) => {
  const [BOOL, FLOAT] = [9, 1]
  const to = c.attr('to', 'int', FLOAT)
  if (to !== BOOL && to !== FLOAT) throw new Unsupported(`${describe(c.node)} to type ${to}`)
  return [c.x(0)]
}

export const lowerings: Readonly<Record<string, Lowering>> = {
  Add: map('add'),
  Sub: map('sub'),
  Mul: map('mul'),
  Div: map('div'),
  Min: map('min'),
  Max: map('max'),
  Pow: pow,
  Neg: map('neg'),
  Abs: map('abs'),
  Sqrt: map('sqrt'),
  Exp: map('exp'),
  Log: map('log'),
  Reciprocal: map('reciprocal'),
  Relu: map('relu'),
  Sigmoid: map('sigmoid'),
  HardSigmoid: hardSigmoid,
  Tanh: map('tanh'),
  Erf: map('erf'),
  Where: map('where'),
  Not: map('not'),
  And: map('and'),
  Greater: map('greater'),
  GreaterOrEqual: map('greaterOrEqual'),
  Less: map('less'),
  LessOrEqual: map('lessOrEqual'),
  Equal: map('equal'),
  Clip: clip,
  Cast: cast,
  Identity: (c) => [c.x(0)],
  Dropout: (c) => [c.x(0)],
  Expand: (c) => [c.program.map('copy', [c.x(0)], c.outputDims())],
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: (c) => [c.program.transpose(c.x(0), permutationOf(c.node, c.dims(0).length))],
  Concat: (c) => [
    c.program.add(
      {
        kind: 'concat',
        inputs: c.node.inputs.map((_, i) => c.x(i)),
        axis: positiveAxis(c.attr('axis', 'int', 0), c.dims(0).length),
      },
      c.outputDims(),
    ),
  ],
  Split: split,
  Slice: slice,
  Gather: gather,
  Pad: pad,
  ReduceSum: reduce('sum'),
  ReduceMean: reduce('mean'),
  ReduceMax: reduce('max'),
  Softmax: (c) => {
    const { e, sum, dims } = exponentials(c)
    return [c.program.map('div', [e, sum], dims)]
  },
  LogSoftmax: (c) => {
    const { shifted, sum, dims } = exponentials(c)
    return [c.program.map('sub', [shifted, c.program.map('log', [sum], c.program.dims(sum))], dims)]
  },
  LayerNormalization: layerNormalization,
  MatMul: (c) => [matmul(c, c.x(0), c.x(1))],
  Gemm: gemm,
  Conv: conv,
  ConvTranspose: convTranspose,
  AveragePool: averagePool,
  MaxPool: maxPool,
  BatchNormalization: batchNormalization,
  GlobalAveragePool: (c) => [
    c.program.mean(
      c.x(0),
      c.dims(0).flatMap((_, i) => (i >= 2 ? [i] : [])),
    ),
  ],
}
