/**
 * Elementwise arithmetic with broadcasting.
 *
 *   Y = A + B    dA = sumTo(g)            dB = sumTo(g)
 *   Y = A - B    dA = sumTo(g)            dB = -sumTo(g)
 *   Y = A * B    dA = sumTo(g B)          dB = sumTo(g A)
 *   Y = A / B    dA = sumTo(g / B)        dB = -sumTo(g Y / B)
 *   Y = A ^ E    dA = sumTo(g E A^(E-1))  dE = sumTo(g Y ln A)
 *   Y = -A       dA = -g
 *   Y = |A|      dA = g sign(A)
 *   Y = sqrt A   dA = g / (2 Y)
 *   Y = exp A    dA = g Y
 *   Y = ln A     dA = g / A
 *   Y = 1 / A    dA = -g Y^2
 */
import type { Rules } from '../rule'

export const arithmetic: Rules = {
  Add: ({ b, g, x, wants, dims }) => [0, 1].map((i) => (wants(i) ? b.sumTo(g, dims(x(i))) : null)),

  Sub: ({ b, g, x, wants, dims }) => [
    wants(0) ? b.sumTo(g, dims(x(0))) : null,
    wants(1) ? b.neg(b.sumTo(g, dims(x(1)))) : null,
  ],

  Mul: ({ b, g, x, wants, dims }) => [0, 1].map((i) => (wants(i) ? b.sumTo(b.mul(g, x(1 - i)), dims(x(i))) : null)),

  Div: ({ b, g, x, y, wants, dims }) => [
    wants(0) ? b.sumTo(b.div(g, x(1)), dims(x(0))) : null,
    wants(1) ? b.neg(b.sumTo(b.div(b.mul(g, y()), x(1)), dims(x(1)))) : null,
  ],

  Pow: ({ b, g, x, y, wants, dims }) => {
    const exponent = b.constantOf(x(1))?.values
    const base = () => {
      // Squares are everywhere (variances) and 0^0 hides in A^(E-1) otherwise.
      if (exponent?.length === 1 && exponent[0] === 2) return b.mul(g, b.mul(x(0), b.scalar(2, x(0))))
      const e = b.cast(x(1), b.dtype(x(0)))
      return b.mul(g, b.mul(e, b.op('Pow', [x(0), b.sub(e, b.scalar(1, e))])))
    }
    return [
      wants(0) ? b.sumTo(base(), dims(x(0))) : null,
      wants(1) ? b.sumTo(b.mul(g, b.mul(y(), b.op('Log', [x(0)]))), dims(x(1))) : null,
    ]
  },

  Neg: ({ b, g }) => [b.neg(g)],

  Abs: ({ b, g, x }) => [b.mul(g, b.op('Sign', [x(0)]))],

  Sqrt: ({ b, g, y }) => [b.div(b.mul(g, b.scalar(0.5, g)), y())],

  Exp: ({ b, g, y }) => [b.mul(g, y())],

  Log: ({ b, g, x }) => [b.div(g, x(0))],

  Reciprocal: ({ b, g, y }) => [b.neg(b.mul(g, b.mul(y(), y())))],
}
