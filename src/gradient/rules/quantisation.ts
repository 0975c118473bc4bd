/**
 * Weight-only quantisation.
 *
 *   DequantizeLinear   Y = s (Q - z)     ds = sumTo(g (Q - z)) = sumTo(g Y / s); Q is integer and has no gradient
 *
 * A quantised weight under a MatMul needs no gradient itself; see rules/matmul.ts for how the backward reads it.
 */
import { positiveAxis } from '../../onnx/shape'
import type { Rules } from '../rule'
import { NotDifferentiable } from '../rule'

export const quantisation: Rules = {
  DequantizeLinear: (c) => {
    const { b, g, x, y, dims } = c
    if (c.wants(0))
      throw new NotDifferentiable(
        'quantised activations have no exact gradient; use a float or weight-only int8 export',
      )
    const scale = dims(x(1))
    if (scale.length > 1) throw new NotDifferentiable('blocked quantisation has no rule for its scale')
    const rank = dims(y()).length
    const axis = rank === 0 ? 0 : positiveAxis(c.attr('axis', 'int', 1), rank)
    const shape = scale.length === 0 ? [] : dims(y()).map((d, i) => (i === axis ? d : 1))
    const s = b.reshape(x(1), shape)
    return [null, b.reshape(b.sumTo(b.mul(g, b.div(y(), s)), shape), scale)]
  },
}
