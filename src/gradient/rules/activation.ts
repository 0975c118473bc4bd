/**
 * Activations, elementwise.
 *
 *   erf        dX = g 2/sqrt(pi) exp(-X^2)
 *   tanh       dX = g (1 - Y^2)
 *   sigmoid    dX = g Y (1 - Y)
 *   relu       dX = g [Y > 0]
 *   clip       dX = g [Y = X]                         (the gradient of the inside, bounds included)
 *   hardsigmoid(X) = max(0, min(1, aX + b))           dX = g a [0 < Y < 1]
 *   hardswish(X)   = X h(X), h = hardsigmoid_{1/6,1/2} dX = g (h + X/6 [0 < h < 1])
 *   gelu(X)    = X F(X), F the normal distribution    dX = g (F + X f(X)), f(X) = exp(-X^2/2) / sqrt(2 pi)
 *   gelu_tanh(X) = X/2 (1 + t), t = tanh(u), u = sqrt(2/pi) (X + 0.044715 X^3)
 *                                                     dX = g/2 (1 + t + X (1 - t^2) u'),  u' = sqrt(2/pi) (1 + 3*0.044715 X^2)
 *   quickgelu(X) = X s(aX), s = sigmoid               dX = g s (1 + aX (1 - s))
 *
 * GELU variants come as one operator or as a decomposed pattern (patterns.ts); both are recomputed from X, so that no
 * node of the backward reads the inside of a pattern that the runtime fuses.
 */
import { float } from '../../onnx/model'
import { STEEP } from '../../onnx/step'
import type { GraphBuilder, Value } from '../../onnx/builder'
import type { Rule, Rules } from '../rule'

export const activation: Rules = {
  Erf: ({ b, g, x }) => [b.mul(g, b.mul(b.op('Exp', [b.neg(b.mul(x(0), x(0)))]), b.scalar(2 / Math.sqrt(Math.PI), g)))],

  Tanh: ({ b, g, y }) => [b.mul(g, b.sub(b.scalar(1, g), b.mul(y(), y())))],

  Sigmoid: ({ b, g, y }) => [b.mul(g, b.mul(y(), b.sub(b.scalar(1, g), y())))],

  Relu: ({ b, g, y }) => [b.mul(g, isPositive(b, y()))],

  Clip: ({ b, g, x, y }) => [b.masked(g, b.op('Equal', [y(), x(0)]))],

  HardSigmoid: ({ b, g, y, attr }) => {
    const alpha = attr('alpha', 'float', 0.2)
    return [b.masked(b.mul(g, b.scalar(alpha, g)), strictlyInside(b, y()))]
  },

  HardSwish: ({ b, g, x }) => {
    const shifted = b.add(b.mul(x(0), b.scalar(1 / 6, g)), b.scalar(0.5, g))
    const h = b.op('Clip', [shifted, b.scalar(0, g), b.scalar(1, g)])
    const slope = b.masked(b.mul(x(0), b.scalar(1 / 6, g)), strictlyInside(b, h))
    return [b.mul(g, b.add(h, slope))]
  },

  Gelu: (c) => (c.attr('approximate', 'string', 'none') === 'tanh' ? geluTanh(c) : geluErf(c)),
  'com.microsoft.Gelu': (c) => geluErf(c),
  'com.microsoft.FastGelu': (c) => geluTanh(c),
  'com.microsoft.QuickGelu': (c) => quickGelu(c, c.attr('alpha', 'float', 1.702)),
  'pattern.GeluErf': (c) => geluErf(c),
  'pattern.GeluTanh': (c) => geluTanh(c),
  'pattern.QuickGelu': (c) => quickGelu(c, c.attr('alpha', 'float', 1.702)),
}

/**
 * [Y > 0] of a rectifier's output, as a number. In float32 by `HardSigmoid` of so steep a slope that it is a step:
 * comparing and casting takes ONNX Runtime's CPU twice as long. Half precision holds no such slope.
 */
function isPositive(b: GraphBuilder, y: Value): Value {
  return b.dtype(y) === 'float32'
    ? b.op('HardSigmoid', [y], { alpha: float(STEEP), beta: float(0) })
    : b.cast(b.op('Greater', [y, b.scalar(0, y)]), b.dtype(y))
}

function strictlyInside(b: GraphBuilder, y: Value): Value {
  return b.op('And', [b.op('Greater', [y, b.scalar(0, y)]), b.op('Less', [y, b.scalar(1, y)])])
}

const geluErf: Rule = ({ b, g, x }) => {
  const X = x(0)
  const distribution = b.mul(
    b.add(b.op('Erf', [b.mul(X, b.scalar(Math.SQRT1_2, g))]), b.scalar(1, g)),
    b.scalar(0.5, g),
  )
  const density = b.mul(b.op('Exp', [b.mul(b.mul(X, X), b.scalar(-0.5, g))]), b.scalar(1 / Math.sqrt(2 * Math.PI), g))
  return [b.mul(g, b.add(distribution, b.mul(X, density)))]
}

/** Far out the slope is 0 or 1, but in half precision u' would be infinite from 256 on, and 0 times that no number. */
function withinHalf(b: GraphBuilder, X: Value): Value {
  return b.dtype(X) === 'float16' ? b.op('Clip', [X, b.scalar(-100, X), b.scalar(100, X)]) : X
}

/** com.microsoft.FastGelu may add a bias first. */
const geluTanh: Rule = ({ b, g, x, has, dims }) => {
  const X = withinHalf(b, has(1) ? b.add(x(0), x(1)) : x(0))
  const k = Math.sqrt(2 / Math.PI)
  const square = b.mul(X, X)
  const u = b.mul(X, b.add(b.mul(square, b.scalar(0.044715 * k, g)), b.scalar(k, g)))
  const t = b.op('Tanh', [u])
  const slope = b.add(b.mul(square, b.scalar(3 * 0.044715 * k, g)), b.scalar(k, g))
  const one = b.scalar(1, g)
  const inner = b.mul(b.mul(X, b.sub(one, b.mul(t, t))), slope)
  const dX = b.mul(g, b.mul(b.add(b.add(one, t), inner), b.scalar(0.5, g)))
  return [dX, has(1) ? b.sumTo(dX, dims(x(1))) : null]
}

/**
 * With n = -aX and r = sigmoid(n) = 1 - s: dX = g (1 - r)(1 - n r). Written with -a on purpose: with +a ONNX Runtime
 * merges the sigmoid with the forward's and thereby loses its fused QuickGelu.
 */
function quickGelu({ b, g, x }: Parameters<Rule>[0], alpha: number): Value[] {
  const n = b.mul(x(0), b.scalar(-alpha, g))
  const r = b.op('Sigmoid', [n])
  const one = b.scalar(1, g)
  return [b.mul(g, b.mul(b.sub(one, r), b.sub(one, b.mul(n, r))))]
}
