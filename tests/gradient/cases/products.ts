/** Cases of matrix products, quantised weights, convolutions and pooling, weights included. */
import type { Attribute } from '../../../src/onnx/model'
import { float } from '../../../src/onnx/model'
import type { GradientCase } from '../../support/gradient-check'
import { PlainModel } from '../../support/plain-model'
import { normals, shuffled, spaced, uniforms } from '../../support/random'
import type { Draw, OperatorCase, Values } from './case'
import { chance, narrowed, oneNode, oneOf, seedOf, shape, tensor, whole } from './case'

const normal: Values = (seed, n) => normals(seed, n)

function batchedMatMul(draw: Draw): GradientCase {
  const batch = shape(draw, 0, 2, 3)
  const [m, k, n] = [whole(draw, 1, 4), whole(draw, 1, 4), whole(draw, 1, 4)]
  const shapes = [
    [...batch, m, k],
    [...narrowed(draw, batch), k, n],
  ]
  if (chance(draw))
    [shapes[0], shapes[1]] = [
      [...narrowed(draw, batch), m, k],
      [...batch, k, n],
    ]
  return oneNode(
    'MatMul',
    shapes.map((s) => tensor(draw, s, normal)),
  )
}

function vectorMatMul(draw: Draw): GradientCase {
  const k = whole(draw, 1, 4)
  const matrix = (tail: number[]) => [...shape(draw, 0, 2, 3), ...tail]
  const shapes = oneOf(draw, [
    [[k], [k]],
    [[k], matrix([k, 3])],
    [matrix([3, k]), [k]],
  ])
  return oneNode(
    'MatMul',
    shapes.map((s) => tensor(draw, s, normal)),
  )
}

/** x W beside another use of x, so that the backward accumulates inside of its Gemm; W is stored. */
function residualMatMul(draw: Draw): GradientCase {
  const [k, n] = [whole(draw, 1, 4), whole(draw, 1, 4)]
  const dims = [...shape(draw, 1, 2, 3), k]
  const [W, V] = [tensor(draw, [k, n], normal), tensor(draw, [k, n], normal)]
  const m = new PlainModel(oneOf(draw, [11, 13, 17, 18]))
  m.input('x', dims)
  m.weight('W', W.dims, W.data)
  m.weight('V', V.dims, V.data)
  const sum = m.node('Add', [m.node('MatMul', ['x', 'W']), m.node('MatMul', ['x', 'V'])])
  return { model: m.model([sum]), output: sum, feeds: { x: tensor(draw, dims, normal), W }, wrt: ['x', 'W'] }
}

function gemm(draw: Draw): GradientCase {
  const [M, K, N] = [whole(draw, 1, 4), whole(draw, 1, 4), whole(draw, 1, 4)]
  const [transA, transB] = [whole(draw, 0, 1), whole(draw, 0, 1)]
  const inputs = [tensor(draw, transA ? [K, M] : [M, K], normal), tensor(draw, transB ? [N, K] : [K, N], normal)]
  if (chance(draw)) {
    const c = oneOf<number[]>(draw, [[], [N], [1, N], [M, 1], [M, N]])
    inputs.push(tensor(draw, c, normal))
  }
  const scales: Record<string, Attribute> = chance(draw) ? { alpha: float(0.75), beta: float(1.5) } : {}
  return oneNode('Gemm', inputs, { transA, transB, ...scales })
}

/** A weight-only quantised product: per tensor or per channel, with or without zero points. */
function dequantised(wrt: 'x' | 'scale') {
  return (draw: Draw): GradientCase => {
    const [k, n] = [whole(draw, 1, 4), whole(draw, 1, 4)]
    const seed = seedOf(draw)
    const whole8 = uniforms(seed, k * n, -100, 100).map(Math.round)
    const perChannel = chance(draw)
    const axis = whole(draw, 0, 1)
    const dims = perChannel ? [axis === 0 ? k : n] : []
    const count = perChannel ? dims[0]! : 1
    const scale = tensor(draw, dims, (s, c) => uniforms(s, c, 0.01, 0.05))
    const m = new PlainModel(oneOf(draw, [13, 17, 19]))
    const x = tensor(draw, [whole(draw, 1, 3), 2, k], normal)
    m.input('x', x.dims)
    m.weight('Q', [k, n], whole8, 'int8')
    m.weight('scale', dims, scale.data)
    const zero = chance(draw) ? [m.weight('zero', dims, shuffled(seed, [3, -2, 5, 7]).slice(0, count), 'int8')] : []
    const W = m.node('DequantizeLinear', ['Q', 'scale', ...zero], { axis })
    m.node('MatMul', ['x', W], {}, { outputs: ['y'] })
    const feeds = { x, ...(wrt === 'scale' && { scale }) }
    return { model: m.model(['y']), output: 'y', feeds, wrt: [wrt] }
  }
}

interface Window {
  spatial: number[]
  kernel: number[]
  attributes: Record<string, number | number[] | string>
}

/** A window that fits: kernel, strides, dilations and pads of each axis drawn apart. */
function window(draw: Draw, rank: number, options: { dilated: boolean; pool?: boolean }): Window {
  const axes = Array.from({ length: rank }, () => {
    const k = whole(draw, 1, 3)
    const d = options.dilated ? whole(draw, 1, 2) : 1
    const reach = (k - 1) * d + 1
    return { k, d, s: whole(draw, 1, 3), p: whole(draw, 0, k - 1), q: whole(draw, 0, k - 1), reach }
  })
  // A pooling window without an element has no value.
  const least = axes.map((a) => (options.pool ? a.reach : Math.max(1, a.reach - a.p - a.q)))
  const spatial = least.map((n) => n + whole(draw, 0, 4))
  const attributes: Window['attributes'] = { kernel_shape: axes.map((a) => a.k), strides: axes.map((a) => a.s) }
  if (options.dilated) attributes['dilations'] = axes.map((a) => a.d)
  const auto = oneOf(draw, ['NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'])
  // ONNX Runtime refuses some of SAME: with dilation, and windows that leave gaps (it computes a negative padding).
  const plain = axes.every((a, i) => a.d === 1 && a.s <= a.k && spatial[i]! >= a.k)
  if (auto !== 'NOTSET' && plain) attributes['auto_pad'] = auto
  else attributes['pads'] = [...axes.map((a) => a.p), ...axes.map((a) => a.q)]
  // Where ceil_mode would add a window that begins in the end padding, it is dropped; ONNX Runtime does so too, but
  // its own shape inference does not, and then it refuses the graph.
  const dropped = axes.some((a, i) => {
    const last = Math.ceil((spatial[i]! + a.p + a.q - a.reach) / a.s) * a.s
    return last >= spatial[i]! + a.p
  })
  if (options.pool && attributes['pads'] && !dropped) attributes['ceil_mode'] = whole(draw, 0, 1)
  return { spatial, kernel: axes.map((a) => a.k), attributes }
}

function conv(rank: number) {
  return (draw: Draw): GradientCase => {
    const { spatial, kernel, attributes } = window(draw, rank, { dilated: true })
    const group = oneOf(draw, [1, 1, 2, 3])
    const [perGroup, outPerGroup] = [whole(draw, 1, 2), whole(draw, 1, 2)]
    const X = tensor(draw, [whole(draw, 1, 2), group * perGroup, ...spatial], normal)
    const W = tensor(draw, [group * outPerGroup, perGroup, ...kernel], normal)
    const inputs = [X, W]
    if (chance(draw)) inputs.push(tensor(draw, [group * outPerGroup], normal))
    return oneNode('Conv', inputs, { ...attributes, group })
  }
}

/** Windows that move by one, which go back by a plain Conv; depthwise too, and padded by more than that Conv can cut. */
function convByOne(rank: number) {
  return (draw: Draw): GradientCase => {
    const kernel = Array.from({ length: rank }, () => whole(draw, 1, 3))
    const dilations = Array.from({ length: rank }, () => whole(draw, 1, 2))
    const pads = [...kernel, ...kernel].map((k) => whole(draw, 0, k))
    const spatial = kernel.map((k, i) => (k - 1) * dilations[i]! + 1 + whole(draw, 0, 3))
    const group = whole(draw, 1, 3)
    const [perGroup, outPerGroup] = [whole(draw, 1, 2), whole(draw, 1, 2)]
    const X = tensor(draw, [whole(draw, 1, 2), group * perGroup, ...spatial], normal)
    const W = tensor(draw, [group * outPerGroup, perGroup, ...kernel], normal)
    return oneNode('Conv', [X, W], { kernel_shape: kernel, dilations, pads, group })
  }
}

/** Kernel as large as the stride; with padding and dilation drawn too, as these must not take the short way. */
function patchEmbedding(channels: number) {
  return (draw: Draw): GradientCase => {
    const [p, q] = [whole(draw, 1, 3), whole(draw, 1, 3)]
    const [h, w] = [whole(draw, 1, 3), whole(draw, 1, 3)]
    const X = tensor(draw, [2, channels, p * h, q * w], normal)
    const W = tensor(draw, [4, channels, p, q], normal)
    const attributes: Record<string, number[]> = { strides: [p, q] }
    if (p === 2 && q === 2 && chance(draw)) Object.assign(attributes, { dilations: [2, 2], pads: [0, 0, 1, 1] })
    return oneNode('Conv', [X, W], attributes)
  }
}

function pool(op: string, rank: number, values: Values) {
  return (draw: Draw): GradientCase => {
    const { spatial, attributes } = window(draw, rank, { dilated: op === 'MaxPool', pool: true })
    const X = tensor(draw, [whole(draw, 1, 2), whole(draw, 1, 3), ...spatial], values)
    const include: Record<string, number> = op === 'AveragePool' && chance(draw) ? { count_include_pad: 1 } : {}
    return oneNode(op, [X], { ...attributes, ...include }, { opset: op === 'AveragePool' ? 19 : 17 })
  }
}

export const productCases: OperatorCase[] = [
  { rule: 'MatMul', form: 'batched, broadcast', make: batchedMatMul },
  { rule: 'MatMul', form: 'with vectors', make: vectorMatMul },
  { rule: 'MatMul', form: 'by stored weights, two uses of x', make: residualMatMul },
  {
    rule: 'MatMul',
    form: 'of a matrix with itself',
    make: (draw) => {
      const n = whole(draw, 1, 4)
      return oneNode('MatMul', [tensor(draw, [n, n], normal)], {}, { more: () => ['x0'] })
    },
  },
  { rule: 'MatMul', form: 'by dequantised weights', level: 'basic', make: dequantised('x') },
  { rule: 'DequantizeLinear', form: 'its scale', level: 'basic', make: dequantised('scale') },
  { rule: 'Gemm', make: gemm },
  { rule: 'Conv', form: '1-D', make: conv(1) },
  { rule: 'Conv', form: '2-D', make: conv(2) },
  { rule: 'Conv', form: '3-D', make: conv(3) },
  { rule: 'Conv', form: '1-D, stride 1', make: convByOne(1) },
  { rule: 'Conv', form: '2-D, stride 1', make: convByOne(2) },
  { rule: 'Conv', form: 'patch embedding', make: patchEmbedding(3) },
  { rule: 'Conv', form: 'patch embedding of many channels', make: patchEmbedding(17) },
  { rule: 'MaxPool', form: '1-D', make: pool('MaxPool', 1, spaced) },
  { rule: 'MaxPool', form: '2-D', make: pool('MaxPool', 2, spaced) },
  { rule: 'AveragePool', form: '1-D', make: pool('AveragePool', 1, normal) },
  { rule: 'AveragePool', form: '2-D', make: pool('AveragePool', 2, normal) },
  {
    rule: 'GlobalAveragePool',
    make: (draw) => oneNode('GlobalAveragePool', [tensor(draw, [2, 3, ...shape(draw, 1, 3, 4)], normal)]),
  },
]
