/** int8 models: rewritten to weight-only, differentiated exactly, and left so by ONNX Runtime at its full optimisation. */
import { describe, expect, it } from 'vitest'
import { seedHead } from '../../src/gradient/heads'
import type { TrainingGraphOptions } from '../../src/gradient/training'
import { buildTrainingGraph, trainingModel } from '../../src/gradient/training'
import type { OnnxModel } from '../../src/onnx/model'
import { decodeModel } from '../../src/onnx/read'
import { encodeModel } from '../../src/onnx/write'
import { DYNAMO, TORCHSCRIPT, imageSide, visionDialect } from '../support/export-dialects'
import type { Array64 } from '../support/float64-executor'
import { array64, execute } from '../support/float64-executor'
import { dot, gradientError, norm, relativeDistance } from '../support/gradient-check'
import { PlainModel } from '../support/plain-model'
import { quantised } from '../support/quantised-model'
import { normals } from '../support/random'
import { refusal } from '../support/refusal'
import { optimisedOperators, runOnOrt } from '../support/ort'

const S = imageSide(TORCHSCRIPT)
const pixels = array64([2, 3, S, S], normals(5, 6 * S * S).map(Math.fround))
const seed = array64([2, 4], normals(6, 8).map(Math.fround))
const feeds = { pixel_values: pixels, seed, do_backward: array64([], [1], 'bool') }
const options: TrainingGraphOptions = {
  inputs: { pixel_values: [2, 3, S, S] },
  output: 'image_embeds',
  head: seedHead(),
  wrt: ['pixel_values'],
}
const reread = (model: OnnxModel) => decodeModel(encodeModel(model, { weights: 'inline' }))

const FORMS = [
  ['int8 per tensor', { type: 'int8', perChannel: false }],
  ['int8 per channel', { type: 'int8', perChannel: true }],
  ['uint8 per tensor', { type: 'uint8', perChannel: false }],
  ['uint8 per channel, scales one by one', { type: 'uint8', perChannel: true, form: 'factors' }],
  ['int8, fused by ONNX Runtime', { type: 'int8', perChannel: true, form: 'fused' }],
  ['uint8, products of activations too', { type: 'uint8', perChannel: false, activations: true }],
] as const

/** Every form in TorchScript's dialect, and the usual one in others. */
const MODELS = [
  ...FORMS.map(([name, form]) => [name, form, TORCHSCRIPT] as const),
  ['int8 per channel, of the dynamo exporter', FORMS[1][1], DYNAMO],
  ['int8 per channel, packed projections', FORMS[1][1], { ...TORCHSCRIPT, attention: 'mha' }],
] as const

describe.each(MODELS)('%s', (_, form, dialect) => {
  it('has an exact gradient, close to that of the float model', async () => {
    const model = visionDialect(dialect)
    const int8 = reread(quantised(model, form))
    const training = trainingModel(int8, options).model
    expect(training.graph.nodes.filter((n) => /Integer|DynamicQuantize/.test(n.op))).toEqual([])
    const result = execute(training, feeds)
    const off = array64([], [0], 'bool')
    const loss = (x: Array64) => execute(training, { ...feeds, pixel_values: x, do_backward: off })['loss']!.data[0]!
    const gradient = result['d_pixel_values']!
    expect(gradientError(loss, pixels, gradient, { seed: 3, directions: 1, entries: 1 })).toBeLessThan(1e-6)

    const inFloat = execute(trainingModel(model, options).model, feeds)
    const distance = relativeDistance(gradient.data, inFloat['d_pixel_values']!.data)
    expect(distance).toBeLessThan(form.perChannel ? 0.03 : 0.05)
    // Not the float model by mistake.
    expect(distance).toBeGreaterThan(1e-4)

    // What ONNX Runtime makes of the int8 model itself, activations rounded, is near it too.
    const own = (await runOnOrt(int8, feeds))['image_embeds']!
    expect(Math.abs(dot(own.data, seed.data) - result['loss']!.data[0]!)).toBeLessThan(
      0.1 * norm(own.data) * norm(seed.data),
    )

    const found = await runOnOrt(training, feeds)
    expect(Math.abs(found['loss']!.data[0]! - result['loss']!.data[0]!)).toBeLessThan(1e-5)
    expect(relativeDistance(found['d_pixel_values']!.data, gradient.data)).toBeLessThan(1e-5)
  })
})

describe("ONNX Runtime's own int8 operators", () => {
  const [K, N] = [6, 9]
  const w = normals(1, K * N).map((v) => Math.max(-127, Math.min(127, Math.round(40 * v))))
  const bias = normals(2, N).map(Math.fround)
  const zeros = [3, -2, 5, 7, 0, 1, -4, 2, 6]

  /** A model of x [2,3,K] with int8 weights Q [K,N], and scales and zero points of its columns. */
  function model(write: (m: PlainModel) => void): OnnxModel {
    const m = new PlainModel(17)
    m.input('x', [2, 3, K])
    m.weight('Q', [K, N], w, 'int8')
    m.weight('scale', [N], zeros.map((_, i) => Math.fround(0.01 + 0.002 * i))) // prettier-ignore
    m.weight('zero', [N], zeros, 'int8')
    m.weight('tensor_scale', [], [Math.fround(0.02)])
    m.weight('tensor_zero', [], [3], 'int8')
    m.weight('bias', [N], bias)
    write(m)
    return m.model(['y'])
  }
  const ours = { domain: 'com.microsoft', outputs: ['y'] }
  const quantise = (m: PlainModel) => m.node('DynamicQuantizeLinear', ['x'], {}, { outputs: ['xq', 'xs', 'xz'] })

  const OPERATORS: [string, OnnxModel][] = [
    ['DynamicQuantizeMatMul', model((m) => m.node('DynamicQuantizeMatMul', ['x', 'Q', 'scale', 'zero', 'bias'], {}, ours))],
    [
      'MatMulIntegerToFloat',
      model((m) => {
        quantise(m)
        m.node('MatMulIntegerToFloat', ['xq', 'Q', 'xs', 'scale', 'xz', 'zero', 'bias'], {}, ours)
      }),
    ],
    [
      'QAttention',
      model((m) => {
        quantise(m)
        const inputs = ['xq', 'Q', 'bias', 'xs', 'tensor_scale', '', 'xz', 'tensor_zero']
        m.node('QAttention', inputs, { num_heads: 3 }, ours)
      }),
    ],
  ] // prettier-ignore

  it.each(OPERATORS)('%s: nearly what its kernel computes, with an exact gradient', async (_, int8) => {
    const x = array64([2, 3, K], normals(3, 6 * K).map(Math.fround))
    const own = (await runOnOrt(int8, { x }))['y']!
    const weights = array64(own.dims, normals(4, own.data.length).map(Math.fround))
    const of = { inputs: { x: [2, 3, K] }, output: 'y', head: seedHead(), wrt: ['x'], gated: false }
    const training = trainingModel(int8, of).model
    const result = execute(training, { x, seed: weights })
    // The kernel rounds activations to 8 bits.
    const room = 2e-2 * norm(own.data) * norm(weights.data)
    expect(Math.abs(result['loss']!.data[0]! - dot(own.data, weights.data))).toBeLessThan(room)
    const loss = (changed: Array64) => execute(training, { x: changed, seed: weights })['loss']!.data[0]!
    expect(gradientError(loss, x, result['d_x']!, { seed: 5 })).toBeLessThan(1e-6)
  })
})

describe('DequantizeLinear and MatMul', () => {
  it('are fused to a product of rounded activations in a plain model, and not in a training graph', async () => {
    const m = new PlainModel(17)
    m.input('x', [2, 32])
    m.weight('W', [32, 32], normals(1, 1024).map(Math.fround))
    m.node('MatMul', ['x', 'W'], {}, { outputs: ['y'] })
    const int8 = quantised(m.model(['y']), { type: 'int8', perChannel: true })
    const weights = int8.graph.initializers
    const plain = new PlainModel(17)
    plain.input('x', [2, 32])
    for (const [name, t] of weights) plain.tensor(name, t)
    const W = plain.node('DequantizeLinear', ['W_quantized', 'W_scale', 'W_zero_point'], { axis: 1 })
    plain.node('MatMul', ['x', W], {}, { outputs: ['y'] })
    const model = reread(plain.model(['y']))
    // The day this fails, docs/decisions/quantised-models.md can be shortened.
    expect(await optimisedOperators(encodeModel(model, { weights: 'inline' }))).toEqual(['MatMulNBits'])
    const built = buildTrainingGraph(model, { inputs: { x: [2, 32] }, output: 'y', head: seedHead(), wrt: ['x'] })
    const operators = await optimisedOperators(built.model, built.externalData)
    expect(operators.filter((op) => op === 'DequantizeLinear')).toHaveLength(2)
    expect(operators).not.toContain('MatMulNBits')
  })
})

describe('refused in one sentence', () => {
  it('an integer product whose scales are not found', () => {
    const model = quantised(visionDialect(TORCHSCRIPT), { type: 'int8', perChannel: false })
    const broken = {
      ...model,
      graph: { ...model.graph, nodes: model.graph.nodes.map((n) => (n.op === 'Cast' && n.inputs[0]!.includes('quantized') ? { ...n, op: 'Identity', attributes: {} } : n)) },
    } // prettier-ignore
    const error = refusal(() => trainingModel(broken, options))
    expect(error.message).toMatch(/^The quantised product `ConvInteger` \(node `.*`\) is not of a form/)
  })

  it('activations rounded at fixed scales', () => {
    const m = new PlainModel(17)
    m.input('x', [2, 3])
    const [s, z] = [m.scalar(0.1), m.scalar(0, 'uint8')]
    m.node('DequantizeLinear', [m.node('QuantizeLinear', ['x', s, z]), s, z], {}, { outputs: ['y'] })
    const of = { inputs: { x: [2, 3] }, output: 'y', head: seedHead(), wrt: ['x'] }
    expect(refusal(() => trainingModel(m.model(['y']), of)).message).toContain(
      '`DequantizeLinear` (node `y`): quantised activations have no exact gradient',
    )
  })
})
