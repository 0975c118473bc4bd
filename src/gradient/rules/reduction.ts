/**
 * Softmax and reductions along axes; n is the number of elements reduced to one, sums are along the same axes.
 *
 *   softmax      dX = Y (g - sum(g Y))
 *   logsoftmax   dX = g - exp(Y) sum(g)
 *   sum          dX = expand(g)
 *   mean         dX = expand(g / n)
 *   max, min     dX = [X = Y] g / count of X = Y         (ties share the gradient)
 *   L2           dX = X g / Y
 */
import { elementCount } from '../../onnx/model'
import { positiveAxis } from '../../onnx/shape'
import { axesOf } from '../../onnx/infer'
import type { Value } from '../../onnx/builder'
import type { Rule, RuleContext, Rules } from '../rule'

/** Axes reduced, and g with those axes kept as 1. */
function kept(c: RuleContext): { axes: readonly number[]; g: Value } {
  const dims = c.dims(c.x(0))
  const given = axesOf(c)
  const noop = c.attr('noop_with_empty_axes', 'int', 0) === 1
  const axes = given?.length ? given.map((a) => positiveAxis(a, dims.length)) : noop ? [] : dims.map((_, i) => i)
  return {
    axes,
    g: c.b.reshape(
      c.g,
      dims.map((d, i) => (axes.includes(i) ? 1 : d)),
    ),
  }
}

const extremum: Rule = (c) => {
  const { b } = c
  const { axes, g } = kept(c)
  const best = b.reshape(c.y(), c.dims(g))
  const hits = b.cast(b.op('Equal', [c.x(0), best]), b.dtype(g))
  return [b.mul(hits, b.div(g, b.reduceSum(hits, axes)))]
}

const softmaxAxis = (c: RuleContext) => positiveAxis(c.attr('axis', 'int', -1), c.dims(c.x(0)).length)

export const reduction: Rules = {
  Softmax: (c) => {
    const { b, g, y } = c
    return [b.mul(y(), b.sub(g, b.reduceSum(b.mul(g, y()), [softmaxAxis(c)])))]
  },

  LogSoftmax: (c) => {
    const { b, g, y } = c
    return [b.sub(g, b.mul(b.op('Exp', [y()]), b.reduceSum(g, [softmaxAxis(c)])))]
  },

  ReduceSum: (c) => [c.b.expand(kept(c).g, c.dims(c.x(0)))],

  ReduceMean: (c) => {
    const { axes, g } = kept(c)
    const dims = c.dims(c.x(0))
    const n = elementCount(axes.map((a) => dims[a]!))
    return [c.b.expand(c.b.mul(g, c.b.scalar(1 / n, g)), dims)]
  },

  ReduceMax: extremum,
  ReduceMin: extremum,

  ReduceL2: (c) => {
    const { g } = kept(c)
    return [c.b.mul(c.x(0), c.b.div(g, c.b.reshape(c.y(), c.dims(g))))]
  },
}
