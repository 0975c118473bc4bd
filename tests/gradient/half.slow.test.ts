/**
 * Half precision: float32 at both ends, the scale of the backward, and normalisations. Values are those of an executor that
 * rounds what every node computes to its element type, as a GPU does: on the CPU, ONNX Runtime computes in float32 between
 * casts and hides underflow.
 */
import { describe, expect, it } from 'vitest'
import { crossEntropyHead, seedHead } from '../../src/gradient/heads'
import type { TrainingGraphOptions } from '../../src/gradient/training'
import { trainingModel } from '../../src/gradient/training'
import type { OnnxModel } from '../../src/onnx/model'
import { DTYPES } from '../../src/onnx/model'
import { decodeModel } from '../../src/onnx/read'
import { fromHalf, toHalf } from '../../src/onnx/tensor'
import { encodeModel } from '../../src/onnx/write'
import { clipVision } from '../support/clip-generator'
import { DYNAMO, TORCHSCRIPT, visionDialect } from '../support/export-dialects'
import { nearestHalf } from '../support/float64/array'
import type { Array64, Values } from '../support/float64-executor'
import { array64, execute } from '../support/float64-executor'
import { dot, norm, relativeDistance } from '../support/gradient-check'
import type { HalfOptions } from '../support/half-model'
import { inHalfPrecision } from '../support/half-model'
import { PlainModel } from '../support/plain-model'
import { normals } from '../support/random'
import { runOnOrt } from '../support/ort'

const reread = (model: OnnxModel) => decodeModel(encodeModel(model, { weights: 'inline' }))
const on = array64([], [1], 'bool')
const cosine = (a: Array64, b: Array64) => dot(a.data, b.data) / (norm(a.data) * norm(b.data))

const [B, C, D] = [2, 4, 8]

/** A tower of two blocks with its loss: class embeddings as a trained CLIP has them, of norm 100. */
function tower(activation: 'quick_gelu' | 'gelu' | 'gelu_tanh' = 'quick_gelu', opset = 14) {
  const model = clipVision({ image: 16, patch: 8, width: 32, layers: 2, heads: 4, projection: D, activation, opset })
  const classes = Array.from({ length: D * C }, (_, i) => normals(i + 3, 1)[0]! * (100 / Math.sqrt(D)))
  const feeds = (weight: number): Values => ({
    pixel_values: array64([B, 3, 16, 16], normals(1, B * 768).map(Math.fround)),
    class_embeddings: array64([D, C], classes.map(Math.fround)),
    targets: array64([B, C], [1, 0, 0, 0, 0, 0, 1, 0]),
    weights: array64([B], [weight, weight]),
    do_backward: on,
  })
  return { model, feeds }
}

const OPTIONS: TrainingGraphOptions = {
  inputs: { pixel_values: [B, 3, 16, 16] },
  output: 'image_embeds',
  wrt: ['pixel_values'],
  head: crossEntropyHead({ classes: C }),
}

function gradient(model: OnnxModel, feeds: Values, lossScale?: number | 'input'): Array64 {
  const options = lossScale === undefined ? OPTIONS : { ...OPTIONS, lossScale }
  return execute(trainingModel(model, options).model, feeds, 'as declared')['d_pixel_values']!
}

it('the executor rounds as the program packs', () => {
  const values = normals(1, 400).flatMap((v, i) => [v, v * 2 ** ((i % 44) - 28)])
  for (const v of [...values, 65519, 65520, 2 ** -25, 3 * 2 ** -26, 0]) expect(nearestHalf(v)).toBe(fromHalf(toHalf(v)))
})

describe('a tower in half precision', () => {
  const ENDS: [string, HalfOptions][] = [
    ['casts inside', {}],
    ['casts inside, out of order', { unordered: true }],
    ['half at both ends', { ends: 'float16' }],
  ]

  it.each(ENDS)('takes and gives float32, and is nearly the float32 tower: %s', async (_, ends) => {
    const { model, feeds } = tower()
    const half = reread(inHalfPrecision(model, ends))
    const training = trainingModel(half, OPTIONS).model
    expect(training.graph.inputs.map((i) => i.dtype)).toEqual(['float32', 'float32', 'float32', 'float32', 'bool'])
    const expected = gradient(model, feeds(0.5))
    const found = gradient(half, feeds(0.5))
    expect(found.dtype).toBe('float32')
    expect(relativeDistance(found.data, expected.data)).toBeLessThan(1e-2)
    expect(cosine(found, expected)).toBeGreaterThan(0.9999)
    const onCpu = await runOnOrt(training, feeds(0.5))
    expect(onCpu['d_pixel_values']!.dtype).toBe('float32')
    expect(relativeDistance(onCpu['d_pixel_values']!.data, expected.data)).toBeLessThan(1e-2)
  })

  it.each(['gelu', 'gelu_tanh'] as const)('with %s too', (activation) => {
    const { model, feeds } = tower(activation, 17)
    const expected = gradient(model, feeds(0.5))
    const found = gradient(inHalfPrecision(model), feeds(0.5))
    expect(relativeDistance(found.data, expected.data)).toBeLessThan(1e-2)
  })

  it.each([
    ['TorchScript', TORCHSCRIPT],
    ['packed projections', { ...TORCHSCRIPT, attention: 'mha' }],
    ['dynamo', DYNAMO],
  ] as const)('in the dialect of %s', (_, dialect) => {
    const model = visionDialect(dialect)
    const inputs = { pixel_values: [2, 3, 6, 6] }
    const feeds = {
      pixel_values: array64([2, 3, 6, 6], normals(1, 216).map(Math.fround)),
      seed: array64([2, 4], normals(2, 8).map(Math.fround)),
    }
    const options = { inputs, output: 'image_embeds', head: seedHead(), wrt: ['pixel_values'], gated: false }
    const run = (m: OnnxModel) => execute(trainingModel(m, options).model, feeds, 'as declared')['d_pixel_values']!
    const [expected, found] = [run(model), run(reread(inHalfPrecision(model, { ends: 'float16' })))]
    expect(relativeDistance(found.data, expected.data)).toBeLessThan(2e-2)
  })
})

describe('the scale of the backward', () => {
  const { model, feeds } = tower()
  const half = inHalfPrecision(model)
  const expected = gradient(model, feeds(0.5))

  it('leaves the gradient alone over sixteen powers of two', () => {
    for (const exponent of [-6, 0, 4, 10]) {
      expect(relativeDistance(gradient(half, feeds(0.5), 2 ** exponent).data, expected.data)).toBeLessThan(1e-2)
    }
  })

  it('too small, loses it below the smallest half-precision number; too large, makes it infinite', () => {
    expect(relativeDistance(gradient(half, feeds(0.5), 2 ** -20).data, expected.data)).toBeGreaterThan(0.2)
    expect(gradient(half, feeds(0.5), 2 ** 20).data.every(Number.isFinite)).toBe(false)
  })

  it('follows the loss: rows of tiny weight have as good a gradient', () => {
    const tiny = gradient(half, feeds(2 ** -31))
    const scaled = tiny.data.map((v) => v * 2 ** 30)
    expect(relativeDistance(scaled, expected.data)).toBeLessThan(1e-2)
  })

  it('of rows without weight is zero, not a division by zero', () => {
    expect(Array.from(gradient(half, feeds(0)).data.map(Math.abs)).every((v) => v === 0)).toBe(true)
  })

  it('can be fed: halved from overflow until the gradient is finite, it is right', () => {
    const training = trainingModel(half, { ...OPTIONS, lossScale: 'input' }).model
    expect(training.graph.inputs.find((i) => i.name === 'loss_scale')).toEqual({
      name: 'loss_scale',
      dtype: 'float32',
      dims: [],
    })
    const at = (scale: number) =>
      execute(training, { ...feeds(0.5), loss_scale: array64([], [scale]) }, 'as declared')['d_pixel_values']!
    let scale = 2 ** 20
    while (!at(scale).data.every(Number.isFinite)) scale /= 2
    expect(scale).toBeLessThan(2 ** 20)
    expect(relativeDistance(at(scale).data, expected.data)).toBeLessThan(1e-2)
  })

  it('is not there in a float32 tower', () => {
    const plain = trainingModel(model, { ...OPTIONS, lossScale: 'input' }).model
    expect(plain.graph.inputs.map((i) => i.name)).not.toContain('loss_scale')
  })
})

describe('decomposed LayerNormalization in half precision', () => {
  /** x 300 and its normalisation, as exporters write it in half precision; `wide` casts in the middle, as PyTorch does. */
  function normed(opset: number, wide: 'float32' | 'float64' | null): OnnxModel {
    const m = new PlainModel(opset)
    m.input('x', [2, 8], 'float16')
    const large = m.node('Mul', ['x', m.scalar(300, 'float16')])
    const mean = (of: string) =>
      opset >= 18 ? m.node('ReduceMean', [of, m.ints([-1])]) : m.node('ReduceMean', [of], { axes: [-1] })
    const centred = m.node('Sub', [large, mean(large)])
    const d = wide ? m.node('Cast', [centred], { to: DTYPES[wide] }) : centred
    const type = wide ?? 'float16'
    const variance = mean(m.node('Pow', [d, m.scalar(2, type)]))
    const std = m.node('Sqrt', [m.node('Add', [variance, m.scalar(1e-5, type)])])
    const core = m.node('Div', [d, std])
    const back = wide ? m.node('Cast', [core], { to: DTYPES.float16 }) : core
    const [gamma, beta] = [
      m.weight('gamma', [8], normals(3, 8), 'float16'),
      m.weight('beta', [8], normals(4, 8), 'float16'),
    ]
    m.node('Add', [m.node('Mul', [back, gamma]), beta], {}, { outputs: ['y'] })
    return m.model(['y'], 'float16')
  }
  const options = { inputs: { x: [2, 8] }, output: 'y', head: seedHead(), wrt: ['x'], gated: false }
  const x = array64([2, 8], normals(1, 16).map(nearestHalf))
  const seed = array64([2, 8], normals(2, 16).map(Math.fround))

  it.each([
    [11, null],
    [14, null],
    [18, null],
    [14, 'float32'],
    [14, 'float64'],
  ] as const)('is the operator, whose statistics do not overflow: opset %i, cast to %s', (opset, wide) => {
    const model = normed(opset, wide)
    const training = trainingModel(model, options).model
    const operators = training.graph.nodes.map((n) => n.op)
    expect(operators.filter((op) => op === 'Pow' || op === 'Sqrt')).toEqual([])
    expect(training.graph.initializers.size).toBeGreaterThan(0)
    const right = execute(training, { x, seed })
    const rounded = execute(training, { x, seed }, 'as declared')
    expect(relativeDistance(rounded['d_x']!.data, right['d_x']!.data)).toBeLessThan(1e-2)
    const half = { ...x, dtype: 'float16' as const }
    const own = execute(model, { x: half }, 'as declared')['y']!
    const truth = execute(model, { x: half })['y']!
    // What it would have been: squares beyond 65504 are infinite, and the output is beta alone.
    if (wide === null) expect(relativeDistance(own.data, truth.data)).toBeGreaterThan(0.3)
    expect(Math.abs(right['loss']!.data[0]! - dot(truth.data, seed.data))).toBeLessThan(1e-4 * norm(truth.data))
  })

  it('is left to the runtime in float32', () => {
    const { model } = tower()
    const training = trainingModel(model, OPTIONS).model
    expect(training.graph.nodes.filter((n) => n.op === 'LayerNormalization')).toEqual([])
  })
})

it('the slope of the tanh GELU is a number however far out', () => {
  const m = new PlainModel(20)
  m.input('x', [6], 'float16')
  m.node('Gelu', ['x'], { approximate: 'tanh' }, { outputs: ['y'] })
  const options = { inputs: { x: [6] }, output: 'y', head: seedHead(), wrt: ['x'], gated: false }
  const training = trainingModel(m.model(['y'], 'float16'), options).model
  const feeds = { x: array64([6], [-6e4, -300, -120, 120, 300, 6e4]), seed: array64([6], [1, 1, 1, 1, 1, 1]) }
  expect(Array.from(execute(training, feeds, 'as declared')['d_x']!.data, Math.abs)).toEqual([0, 0, 0, 1, 1, 1])
})
