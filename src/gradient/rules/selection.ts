/**
 * Selections and casts.
 *
 *   Y = where(C, A, B)   dA = sumTo(where(C, g, 0))   dB = sumTo(where(C, 0, g))
 *   Y = cast(X)          dX = cast(g) to X's type, for floating types
 *   Y = max(A, B, ...)   dA = sumTo(g [A = Y]) / number of inputs that reach the maximum
 *   Y = min(A, B, ...)   likewise
 */
import { isFloat } from '../../onnx/model'
import type { Rule, Rules } from '../rule'
import { NotDifferentiable } from '../rule'

const extremum: Rule = ({ b, g, x, y, node, wants, dims }) => {
  const hits = node.inputs.map((_, i) => b.cast(b.op('Equal', [x(i), y()]), b.dtype(g)))
  const share = b.div(
    g,
    hits.reduce((sum, hit) => b.add(sum, hit)),
  )
  return hits.map((hit, i) => (wants(i) ? b.sumTo(b.mul(share, hit), dims(x(i))) : null))
}

export const selection: Rules = {
  Where: ({ b, g, x, wants, dims }) => {
    const zero = b.scalar(0, g)
    return [
      null,
      wants(1) ? b.sumTo(b.where(x(0), g, zero), dims(x(1))) : null,
      wants(2) ? b.sumTo(b.where(x(0), zero, g), dims(x(2))) : null,
    ]
  },

  Cast: ({ b, g, x }) => {
    const to = b.dtype(x(0))
    if (!isFloat(to)) throw new NotDifferentiable('its input is not of a floating type')
    return [b.cast(g, to)]
  },

  Max: extremum,
  Min: extremum,
}
