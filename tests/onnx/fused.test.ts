/**
 * Fused operators taken apart: the parts compute what ONNX Runtime's own kernel of the whole computes, and have the gradient
 * of it; forms that are not known are refused with operator, node and remedy.
 */
import { describe, expect, it } from 'vitest'
import { seedHead } from '../../src/gradient/heads'
import { trainingModel } from '../../src/gradient/training'
import { float } from '../../src/onnx/model'
import type { PlainAttributes } from '../support/plain-model'
import { PlainModel } from '../support/plain-model'
import type { Array64, Values } from '../support/float64-executor'
import { array64, execute } from '../support/float64-executor'
import { dot, gradientError, norm, shapesOf } from '../support/gradient-check'
import { normals } from '../support/random'
import { refusal } from '../support/refusal'
import { runOnOrt } from '../support/ort'

const [B, S, H, d] = [2, 3, 2, 4]
const D = H * d

interface Form {
  readonly name: string
  readonly op: string
  /** '' is ai.onnx. */
  readonly domain?: string
  readonly opset?: number
  /** Shapes of the inputs; null where one is absent. */
  readonly inputs: readonly (readonly number[] | null)[]
  /** Inputs that are stored weights; all others are fed and differentiated. */
  readonly stored?: readonly number[]
  readonly attributes?: PlainAttributes
  /** Which outputs are read; their sum is differentiated. */
  readonly outputs?: readonly number[]
}

const heads = { num_heads: H }
const FORMS: Form[] = [
  { name: 'one product for queries, keys and values', op: 'Attention', inputs: [[B, S, 5], [5, 3 * D], [3 * D]], stored: [1, 2], attributes: heads },
  { name: 'widths of their own, a scale and a bias of the scores', op: 'Attention', inputs: [[B, S, 5], [5, 2 * D + 6], [2 * D + 6], null, null, [B, H, S, S]], stored: [1, 2], attributes: { ...heads, qkv_hidden_sizes: [D, D, 6], scale: float(0.3) } },
  { name: 'no look ahead', op: 'Attention', inputs: [[B, S, 5], [5, 3 * D], [3 * D]], stored: [1, 2], attributes: { ...heads, unidirectional: 1 } },
  { name: 'queries, keys and values apart', op: 'MultiHeadAttention', inputs: [[B, S, D], [B, 5, D], [B, 5, D]], attributes: heads },
  { name: 'with a bias', op: 'MultiHeadAttention', inputs: [[B, S, D], [B, 5, D], [B, 5, 6], [2 * D + 6]], stored: [3], attributes: heads },
  { name: 'keys and values by heads', op: 'MultiHeadAttention', inputs: [[B, S, D], [B, H, 5, d], [B, H, 5, d]], attributes: heads },
  { name: 'of opset 23, by heads', op: 'Attention', domain: '', opset: 23, inputs: [[B, H, S, d], [B, H, 5, d], [B, H, 5, 3]] },
  { name: 'of opset 23, joined, no look ahead', op: 'Attention', domain: '', opset: 23, inputs: [[B, S, D], [B, S, D], [B, S, D]], attributes: { q_num_heads: H, kv_num_heads: H, is_causal: 1, scale: float(0.4) } },
  { name: 'with bias, sum read too', op: 'SkipLayerNormalization', inputs: [[B, S, D], [B, S, D], [D], [D], [D]], stored: [2, 3, 4], attributes: { epsilon: float(1e-3) }, outputs: [0, 3] },
  { name: 'plain', op: 'SkipLayerNormalization', inputs: [[B, S, D], [B, S, D], [D], [D]], stored: [2, 3] },
  { name: 'simplified', op: 'SkipSimplifiedLayerNormalization', inputs: [[B, S, D], [B, S, D], [D]], stored: [2], outputs: [0, 3] },
  { name: 'alone', op: 'SimplifiedLayerNormalization', domain: '', inputs: [[B, S, D], [D]], stored: [1], attributes: { axis: -1, epsilon: float(1e-3) } },
  { name: 'with the erf', op: 'BiasGelu', inputs: [[B, S, D], [D]] },
  { name: 'both transposed and scaled', op: 'FusedMatMul', inputs: [[B, 4, S], [B, D, 4]], attributes: { transA: 1, transB: 1, alpha: float(0.5) } },
  { name: 'as it is', op: 'FusedMatMul', inputs: [[B, S, 4], [4, D]] },
] // prettier-ignore

const nameOf = (f: Form) => `${(f.domain ?? 'com.microsoft') === '' ? '' : 'com.microsoft.'}${f.op}, ${f.name}`

function build(f: Form) {
  const m = new PlainModel(f.opset ?? 17)
  const feeds: Record<string, Array64> = {}
  const inputs = f.inputs.map((dims, i) => {
    if (dims === null) return ''
    const values = normals(i + 1, dims.reduce((p, n) => p * n, 1)).map(Math.fround) // prettier-ignore
    if (f.stored?.includes(i)) return m.weight(`w${i}`, dims, values)
    feeds[`x${i}`] = array64(dims, values)
    return m.input(`x${i}`, dims)
  })
  const read = f.outputs ?? [0]
  const outputs = Array.from({ length: Math.max(...read) + 1 }, (_, i) => (read.includes(i) ? `out${i}` : ''))
  m.node(f.op, inputs, f.attributes ?? {}, { outputs, domain: f.domain ?? 'com.microsoft' })
  const y = read.slice(1).reduce((sum, i) => m.node('Add', [sum, `out${i}`]), 'out0')
  m.node('Identity', [y], {}, { outputs: ['y'] })
  return { model: m.model(['y']), feeds: feeds as Values }
}

describe.each(FORMS.map((f) => [nameOf(f), f] as const))('%s', (_, form) => {
  it('is what ONNX Runtime computes, with the gradient of it', async () => {
    const { model, feeds } = build(form)
    const wrt = Object.keys(feeds)
    const options = { inputs: shapesOf(feeds), output: 'y', head: seedHead(), wrt, gated: false }
    const training = trainingModel(model, options).model
    expect(training.graph.nodes.some((n) => n.op === form.op)).toBe(false)
    const whole = (await runOnOrt(model, feeds))['y']!
    const seed = array64(whole.dims, normals(9, whole.data.length).map(Math.fround))
    const result = execute(training, { ...feeds, seed })
    const expected = dot(whole.data, seed.data)
    expect(Math.abs(result['loss']!.data[0]! - expected)).toBeLessThan(1e-5 * norm(whole.data) * norm(seed.data))
    for (const name of wrt) {
      const loss = (x: Array64) => execute(training, { ...feeds, seed, [name]: x })['loss']!.data[0]!
      expect(gradientError(loss, feeds[name]!, result[`d_${name}`]!, { seed: 3 })).toBeLessThan(1e-6)
    }
  })
})

describe('packed keys and values, which ONNX Runtime takes on other devices only,', () => {
  /** Part i of n of a packed tensor [B,L,H,n,d], as [B,L,H*d]. */
  const part = (x: Array64, i: number, n: number) => {
    const L = x.dims[1]!
    const data = Array.from({ length: B * L * D }, (_, at) => {
      const [row, head, k] = [Math.floor(at / D), Math.floor((at % D) / d), at % d]
      return x.data[((row * H + head) * n + i) * d + k]!
    })
    return array64([B, L, D], data)
  }
  const ALONE = [[B, S, H, 3, d]]
  const BESIDE = [[B, S, D], [B, 5, H, 2, d]] // prettier-ignore

  it.each([
    ['with the queries', ALONE, (x: Array64[]) => [0, 1, 2].map((i) => part(x[0]!, i, 3))],
    ['beside them', BESIDE, (x: Array64[]) => [x[0]!, part(x[1]!, 0, 2), part(x[1]!, 1, 2)]],
  ] as const)('%s are what they are apart', async (_, shapes, unpack) => {
    const packed = build({ name: '', op: 'MultiHeadAttention', inputs: shapes, attributes: heads })
    const wrt = Object.keys(packed.feeds)
    const options = { inputs: shapesOf(packed.feeds), output: 'y', head: seedHead(), wrt, gated: false }
    const training = trainingModel(packed.model, options).model
    const three = unpack(Object.values(packed.feeds))
    const inputs = three.map((x) => x.dims)
    const apart = build({ name: '', op: 'MultiHeadAttention', inputs, attributes: heads }).model
    const whole = (await runOnOrt(apart, { x0: three[0]!, x1: three[1]!, x2: three[2]! }))['y']!
    const seed = array64(whole.dims, normals(9, whole.data.length).map(Math.fround))
    const result = execute(training, { ...packed.feeds, seed })
    expect(Math.abs(result['loss']!.data[0]! - dot(whole.data, seed.data))).toBeLessThan(1e-4)
    for (const name of wrt) {
      const loss = (x: Array64) => execute(training, { ...packed.feeds, seed, [name]: x })['loss']!.data[0]!
      expect(gradientError(loss, packed.feeds[name]!, result[`d_${name}`]!, { seed: 3 })).toBeLessThan(1e-6)
    }
  })
})

describe('refused with operator, node and remedy', () => {
  const attempt = (f: Omit<Form, 'name'>) => {
    const { model, feeds } = build({ name: '', ...f })
    const options = { inputs: shapesOf(feeds), output: 'y', head: seedHead(), wrt: ['x0'] }
    return refusal(() => trainingModel(model, options))
  }
  const packed = [[B, S, 5], [5, 3 * D], [3 * D]] // prettier-ignore

  it('a padding mask', () => {
    const error = attempt({ op: 'Attention', inputs: [...packed, [B, S]], stored: [1, 2], attributes: heads })
    expect(error.message).toBe(
      'The fused operator `com.microsoft.Attention` (node `out0`) is used with a padding mask, which Passepartout cannot take apart.',
    )
    expect(error.remedy).toBe('Export the model without the optimisations of ONNX Runtime or optimum.')
  })

  it('rotary positions, grouped heads, softened scores', () => {
    expect(attempt({ op: 'Attention', inputs: packed, stored: [1, 2], attributes: { ...heads, do_rotary: 1 } }).message).toContain('`do_rotary`') // prettier-ignore
    const three = [[B, H, S, d], [B, 1, S, d], [B, 1, S, d]] // prettier-ignore
    expect(attempt({ op: 'Attention', domain: '', opset: 23, inputs: three }).message).toContain('fewer heads of keys')
    const equal = [[B, H, S, d], [B, H, S, d], [B, H, S, d]] // prettier-ignore
    const softcap = { softcap: float(3) }
    expect(attempt({ op: 'Attention', domain: '', opset: 23, inputs: equal, attributes: softcap }).message).toContain('`softcap`') // prettier-ignore
  })

  it('weights in blocks of 4 bits, fixed scales of activations, the layout of one processor', () => {
    const of = (op: string, domain = 'com.microsoft') => attempt({ op, domain, inputs: [[B, S, D]] })
    expect(of('MatMulNBits').message).toBe(
      'The operator `com.microsoft.MatMulNBits` (node `out0`) keeps its weights in blocks of 4 bits, which a gradient cannot be taken through.',
    )
    expect(of('MatMulNBits').remedy).toBe(
      'Choose the float32, float16 or dynamically quantised int8 variant of the model.',
    )
    expect(of('QLinearConv', '').message).toContain('rounds activations to 8 bits at fixed scales')
    expect(of('QLinearAdd').message).toContain('`com.microsoft.QLinearAdd`')
    expect(of('Conv', 'com.microsoft.nchwc').remedy).toContain('"extended" at most')
    expect(of('PackedAttention').message).toContain('which Passepartout does not know')
  })
})
