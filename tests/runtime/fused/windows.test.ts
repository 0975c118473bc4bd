/** Convolutions and pooling in the fused engine's form, with their gradients, against loops in float64. */
import { describe, expect, it } from 'vitest'
import { crossEntropyHead } from '../../../src/gradient/heads'
import { trainingModel } from '../../../src/gradient/training'
import { float } from '../../../src/onnx/model'
import type { OnnxModel } from '../../../src/onnx/model'
import { specialise } from '../../../src/onnx/specialise'
import { lower } from '../../../src/runtime/fused/lower'
import { smallResNet } from '../../support/clip-generator'
import { array64, execute } from '../../support/float64-executor'
import { fromTensor } from '../../support/float64/array'
import { evaluate } from '../../support/fused-evaluator'
import { relativeDistance } from '../../support/gradient-check'
import { PlainModel, type PlainAttributes } from '../../support/plain-model'
import { normals } from '../../support/random'

const B = 2

/** Largest relative difference of logits, loss and gradient of a classifier. */
function difference(model: OnnxModel, dims: readonly number[], classes: number): number {
  const size = (shape: readonly number[]) => shape.reduce((p, d) => p * d, 1)
  // Mostly below zero, so that padding with zeros would win a MaxPool.
  const pixels = Float64Array.from(normals(1, size(dims)), (x) => Math.fround(x - 1.5))
  const { model: built } = trainingModel(model, {
    inputs: { pixel_values: dims },
    output: 'logits',
    wrt: ['pixel_values'],
    head: crossEntropyHead({ classes, normalise: false }),
  })
  const fed: Record<string, readonly [readonly number[], Float64Array]> = {
    pixel_values: [dims, pixels],
    targets: [[B, classes], Float64Array.from({ length: B * classes }, (_, i) => Number(i % classes === 0))],
    weights: [[B], Float64Array.of(0.5, 0.25)],
    class_embeddings: [
      [classes, classes],
      Float64Array.from({ length: classes * classes }, (_, i) => Number(i % (classes + 1) === 0)),
    ],
  }
  const named = built.graph.inputs.filter(({ name }) => name !== 'do_backward').map(({ name }) => name)
  const feeds = Object.fromEntries(named.map((name) => [name, array64(fed[name]![0] as number[], fed[name]![1])]))
  const expected = execute(built, { ...feeds, do_backward: array64([], [1], 'bool') })
  const { program, forward, backward } = lower(built)
  const weights = new Map(
    program.values.flatMap((v) => (v.kind === 'weight' ? [[v.name, fromTensor(v.tensor).data] as const] : [])),
  )
  const all = evaluate(program, Object.fromEntries(named.map((name) => [name, fed[name]![1]])), weights)
  return Math.max(...[...forward, ...backward].map(([name, id]) => relativeDistance(all(id), expected[name]!.data)))
}

/** One operator, and a weighted average of each channel: no two places have the same gradient. */
function classifier(
  op: string,
  dims: readonly number[],
  channels: number,
  attributes: PlainAttributes,
  weights: (m: PlainModel) => string[] = () => [],
): OnnxModel {
  const build = (spatial: readonly number[] | null) => {
    const m = new PlainModel()
    m.input('pixel_values', dims)
    const y = m.node(op, ['pixel_values', ...weights(m)], attributes, { outputs: ['y'] })
    if (!spatial) return m.model([y])
    const shape = [1, channels, ...spatial]
    const count = shape.reduce((p, d) => p * d)
    const scaled = m.node('Mul', [y, m.weight('places', shape, normals(9, count))])
    m.node('Flatten', [m.node('GlobalAveragePool', [scaled])], { axis: 1 }, { outputs: ['logits'] })
    return m.model(['logits'])
  }
  const { types } = specialise(build(null), { pixel_values: dims }, ['y'])
  return build(types.get('y')!.dims.slice(2))
}

const kernel = (O: number, perGroup: number, k: number) => (m: PlainModel) => [
  m.weight('w', [O, perGroup, k, k], normals(3, O * perGroup * k * k)),
  m.weight('b', [O], normals(4, O)),
]

describe('a convolution and its gradient', () => {
  it.each([
    ['strided, padded, even', [6, 6], 4, 1, { k: 3, s: 2, p: 1, d: 1 }],
    ['that leaves a rest: gathered by division', [7, 9], 4, 1, { k: 3, s: 2, p: 0, d: 1 }],
    ['of odd sizes, strides of three', [8, 7], 4, 1, { k: 4, s: 3, p: 1, d: 1 }],
    ['with holes, strided', [9, 9], 4, 1, { k: 3, s: 2, p: 2, d: 2 }],
    ['smaller than its stride', [7, 7], 4, 1, { k: 1, s: 2, p: 0, d: 1 }],
    ['in groups', [5, 6], 6, 2, { k: 3, s: 1, p: 1, d: 1 }],
    ['in groups, strided, of odd sizes', [7, 5], 6, 2, { k: 3, s: 2, p: 1, d: 1 }],
    ['depthwise', [5, 5], 4, 4, { k: 3, s: 1, p: 1, d: 1 }],
    ['depthwise, strided', [6, 6], 4, 4, { k: 3, s: 2, p: 1, d: 1 }],
    ['depthwise, strided, of odd sizes', [7, 7], 4, 4, { k: 3, s: 2, p: 1, d: 1 }],
    ['depthwise with two channels out', [5, 5], 8, 4, { k: 3, s: 1, p: 1, d: 1 }],
  ] as const)('%s', (_, spatial, O, group, { k, s, p, d }) => {
    const dims = [B, 4, ...spatial]
    const attributes = { kernel_shape: [k, k], strides: [s, s], pads: [p, p, p, p], dilations: [d, d], group }
    const model = classifier('Conv', dims, O, attributes, kernel(O, 4 / group, k))
    expect(difference(model, dims, O)).toBeLessThan(1e-12)
  })
})

describe('pooling and its gradient', () => {
  const window = { kernel_shape: [3, 3], strides: [2, 2] }
  it.each([
    ['MaxPool', 'without overlap', { kernel_shape: [2, 2], strides: [2, 2] }],
    ['MaxPool', 'overlapping, padded', { ...window, pads: [1, 1, 1, 1] }],
    ['MaxPool', 'rounding up', { ...window, ceil_mode: 1 }],
    ['AveragePool', 'without overlap', { kernel_shape: [2, 2], strides: [2, 2] }],
    ['AveragePool', 'padded, the padding not counted', { ...window, pads: [1, 1, 1, 1] }],
    ['AveragePool', 'padded, the padding counted', { ...window, pads: [1, 1, 1, 1], count_include_pad: 1 }],
  ] as const)('%s %s', (op, _, attributes) => {
    const dims = [B, 3, 6, 6]
    expect(difference(classifier(op, dims, 3, attributes), dims, 3)).toBeLessThan(1e-12)
  })
})

it('BatchNormalization and its gradient', () => {
  const dims = [B, 3, 4, 4]
  const weights = (m: PlainModel) => [
    ...['gamma', 'beta', 'mean'].map((name, i) => m.weight(name, [3], normals(i + 3, 3))),
    m.weight('variance', [3], [0.5, 1, 2]),
  ]
  const model = classifier('BatchNormalization', dims, 3, { epsilon: float(1e-3) }, weights)
  expect(difference(model, dims, 3)).toBeLessThan(1e-6) // epsilon is a float32
})

it('a residual network and its gradient', () => {
  const dims = [B, 3, 16, 16]
  expect(difference(smallResNet({ image: 16, width: 2, classes: 4 }), dims, 4)).toBeLessThan(1e-6)
})
