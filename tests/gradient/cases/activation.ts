/** Cases of activations: as operators, as contributed operators and decomposed as exporters write them. */
import { float } from '../../../src/onnx/model'
import type { GradientCase } from '../../support/gradient-check'
import { PlainModel } from '../../support/plain-model'
import { normals, signed, uniformSource } from '../../support/random'
import type { Draw, OperatorCase, Values } from './case'
import { chance, oneNode, oneOf, shape, tensor } from './case'

const normal: Values = (seed, n) => normals(seed, n, 1.5)
const awayFromZero: Values = (seed, n) => signed(seed, n, 0.2, 2)

/** Values of which none lies within 0.05 of a kink. */
function away(from: readonly number[], low: number, high: number): Values {
  return (seed, n) => {
    const next = uniformSource(seed)
    return Array.from({ length: n }, () => {
      for (;;) {
        const v = low + (high - low) * next()
        if (from.every((kink) => Math.abs(v - kink) > 0.05)) return v
      }
    })
  }
}

const unary =
  (op: string, values: Values, attributes = {}, options: Parameters<typeof oneNode>[3] = {}) =>
  (draw: Draw) =>
    // Contributed operators refuse scalars.
    oneNode(op, [tensor(draw, shape(draw, options.domain ? 1 : 0), values)], attributes, options)

/** A decomposed activation of x0; when drawn so, x0 is also used beside it. */
function decomposed(write: (m: PlainModel, x: string, draw: Draw) => string): (draw: Draw) => GradientCase {
  return (draw) => {
    const m = new PlainModel(oneOf(draw, [11, 14, 18]))
    const x = tensor(draw, shape(draw, 1), normal)
    m.input('x0', x.dims)
    const y = write(m, 'x0', draw)
    const output = chance(draw) ? m.node('Add', [y, 'x0']) : y
    return { model: m.model([output]), output, feeds: { x0: x }, wrt: ['x0'] }
  }
}

/** Either order of operands: exporters write both. */
const mul = (m: PlainModel, draw: Draw, a: string, b: string) => m.node('Mul', chance(draw) ? [a, b] : [b, a])

function erfGelu(m: PlainModel, x: string, draw: Draw): string {
  const scaled = chance(draw) ? m.node('Div', [x, m.scalar(Math.SQRT2)]) : m.node('Mul', [x, m.scalar(Math.SQRT1_2)])
  const erf = m.node('Erf', [scaled])
  const one = m.scalar(1)
  const gate = m.node('Add', chance(draw) ? [erf, one] : [one, erf])
  // PyTorch: (x * gate) * 0.5; others: x * (gate * 0.5) or (x * 0.5) * gate.
  const half = m.scalar(0.5)
  const [first, second, third] = oneOf(draw, [
    [x, gate, half],
    [gate, half, x],
    [x, half, gate],
  ])
  return mul(m, draw, mul(m, draw, first!, second!), third!)
}

function tanhGelu(m: PlainModel, x: string, draw: Draw): string {
  const cube = m.node('Pow', [x, m.scalar(3)])
  const sum = m.node('Add', [x, m.node('Mul', [cube, m.scalar(0.044715)])])
  const tanh = m.node('Tanh', [m.node('Mul', [m.scalar(Math.sqrt(2 / Math.PI)), sum])])
  const gate = m.node('Add', [tanh, m.scalar(1)])
  return chance(draw)
    ? mul(m, draw, m.node('Mul', [x, m.scalar(0.5)]), gate)
    : m.node('Mul', [m.node('Mul', [x, gate]), m.scalar(0.5)])
}

function quickGelu(m: PlainModel, x: string, draw: Draw): string {
  const alpha = oneOf(draw, [1.702, 1, 0.7])
  const gate = m.node('Sigmoid', [mul(m, draw, x, m.scalar(alpha))])
  return mul(m, draw, x, gate)
}

const contributed = { domain: 'com.microsoft' }

export const activationCases: OperatorCase[] = [
  { rule: 'Erf', make: unary('Erf', normal) },
  { rule: 'Tanh', make: unary('Tanh', normal) },
  { rule: 'Sigmoid', make: unary('Sigmoid', normal) },
  { rule: 'Relu', make: unary('Relu', awayFromZero) },
  {
    rule: 'Clip',
    make: (draw) => {
      const more = (m: PlainModel) => [m.scalar(-0.5), m.scalar(0.75)]
      return oneNode('Clip', [tensor(draw, shape(draw), away([-0.5, 0.75], -2, 2))], {}, { more })
    },
  },
  {
    rule: 'Clip',
    form: 'with one bound',
    make: (draw) => {
      const lower = chance(draw)
      const more = (m: PlainModel) => (lower ? [m.scalar(0.25)] : ['', m.scalar(0.25)])
      return oneNode('Clip', [tensor(draw, shape(draw), away([0.25], -2, 2))], {}, { more, opset: 12 })
    },
  },
  { rule: 'HardSigmoid', make: unary('HardSigmoid', away([-2.5, 2.5], -4, 4)) },
  {
    rule: 'HardSigmoid',
    form: 'with attributes',
    make: unary('HardSigmoid', away([-3, 3], -5, 5), { alpha: float(1 / 6), beta: float(0.5) }),
  },
  { rule: 'HardSwish', make: unary('HardSwish', away([-3, 3], -5, 5)) },
  { rule: 'Gelu', form: 'erf', make: unary('Gelu', normal, {}, { opset: 20 }) },
  { rule: 'Gelu', form: 'tanh', make: unary('Gelu', normal, { approximate: 'tanh' }, { opset: 20 }) },
  { rule: 'com.microsoft.Gelu', make: unary('Gelu', normal, {}, contributed) },
  { rule: 'com.microsoft.FastGelu', make: unary('FastGelu', normal, {}, contributed) },
  {
    rule: 'com.microsoft.FastGelu',
    form: 'with a bias',
    make: (draw) => {
      const dims = shape(draw, 1)
      const inputs = [tensor(draw, dims, normal), tensor(draw, dims.slice(-1), normal)]
      return oneNode('FastGelu', inputs, {}, contributed)
    },
  },
  { rule: 'com.microsoft.QuickGelu', make: unary('QuickGelu', normal, { alpha: float(1.702) }, contributed) },
  { rule: 'pattern.GeluErf', make: decomposed(erfGelu) },
  { rule: 'pattern.GeluTanh', make: decomposed(tanhGelu) },
  { rule: 'pattern.QuickGelu', make: decomposed(quickGelu) },
]
