/** Cases of elementwise arithmetic, with broadcasts either way. */
import { normals, signed, uniforms } from '../../support/random'
import type { Draw, OperatorCase, Values } from './case'
import { broadcastPair, chance, oneNode, oneOf, shape, tensor, whole } from './case'

const normal: Values = (seed, n) => normals(seed, n)
export const awayFromZero: Values = (seed, n) => signed(seed, n, 0.3, 2)
export const positive: Values = (seed, n) => uniforms(seed, n, 0.3, 2)

const binary = (op: string, left: Values, right: Values) => (draw: Draw) => {
  const [a, b] = broadcastPair(draw)
  return oneNode(op, [tensor(draw, a, left), tensor(draw, b, right)])
}

const unary = (op: string, values: Values) => (draw: Draw) => oneNode(op, [tensor(draw, shape(draw), values)])

export const arithmeticCases: OperatorCase[] = [
  { rule: 'Add', make: binary('Add', normal, normal) },
  {
    rule: 'Add',
    form: 'of a value and itself',
    make: (draw) => {
      const c = oneNode('Add', [tensor(draw, shape(draw), normal)], {}, { more: () => ['x0'] })
      return c
    },
  },
  { rule: 'Sub', make: binary('Sub', normal, normal) },
  { rule: 'Mul', make: binary('Mul', normal, normal) },
  {
    rule: 'Mul',
    form: 'of a value and itself',
    make: (draw) => oneNode('Mul', [tensor(draw, shape(draw), normal)], {}, { more: () => ['x0'] }),
  },
  { rule: 'Div', make: binary('Div', normal, awayFromZero) },
  { rule: 'Pow', make: binary('Pow', positive, normal) },
  {
    rule: 'Pow',
    form: 'to a constant whole power, any base',
    make: (draw) => {
      const exponent = whole(draw, 1, 4)
      const dtype = oneOf(draw, ['float32', 'int64'] as const)
      const more = (m: { scalar(v: number, d: 'float32' | 'int64'): string }) => [m.scalar(exponent, dtype)]
      return oneNode('Pow', [tensor(draw, shape(draw), normal)], {}, { more })
    },
  },
  { rule: 'Neg', make: unary('Neg', normal) },
  { rule: 'Abs', make: unary('Abs', awayFromZero) },
  { rule: 'Sqrt', make: unary('Sqrt', positive) },
  { rule: 'Exp', make: unary('Exp', normal) },
  { rule: 'Log', make: unary('Log', positive) },
  {
    rule: 'Reciprocal',
    make: (draw) => oneNode('Reciprocal', [tensor(draw, shape(draw), chance(draw) ? positive : awayFromZero)]),
  },
]
