/**
 * Normalisations.
 *
 *   LayerNormalization over the last axes (axis..): Y = X^ gamma + beta, X^ = (X - mean X) r, r = 1 / sqrt(var X + eps)
 *     with h = g gamma:  dX = (h - mean h - X^ mean(h X^)) r      dgamma = sumTo(g X^)      dbeta = sumTo(g)
 *   pattern.LayerNormCore is the decomposed form without gamma and beta (they stay Mul and Add): gamma = 1, beta = 0.
 *   BatchNormalization (inference): Y = (X - m) gamma / sqrt(v + eps) + beta      dX = g gamma / sqrt(v + eps)
 *   pattern.L2Normalise: Y = X / n, n = |X| along the last axis         dX = (g - Y sum(g Y)) / n
 *
 * X^ and r are recomputed in the backward by a LayerNormalization of its own, so that the forward's stays fused.
 */
import type { Value } from '../../onnx/builder'
import { float, int } from '../../onnx/model'
import { positiveAxis } from '../../onnx/shape'
import { tensorValues } from '../../onnx/tensor'
import type { RuleContext, Rules } from '../rule'
import { NotDifferentiable } from '../rule'

/** X^ and 1/sqrt(var + eps), recomputed from X; both in X's type. */
function standardise(c: RuleContext, axis: number, epsilon: number): { xHat: Value; inverseStd: Value } {
  const { b } = c
  const X = c.x(0)
  const shape = c.dims(X).slice(axis)
  const n = shape.reduce((p, d) => p * d, 1)
  const one = b.constant(b.dtype(X), shape, new Array<number>(n).fill(1))
  const [xHat, , inverseStd] = b.multi('LayerNormalization', [X, one], 3, { axis: int(axis), epsilon: float(epsilon) })
  // The statistics are float32 whatever X is, except for float64.
  return { xHat: xHat!, inverseStd: b.cast(inverseStd!, b.dtype(X)) }
}

function layerNormInput(c: RuleContext, h: Value, axes: readonly number[], xHat: Value, inverseStd: Value): Value {
  const { b } = c
  const projected = b.mul(xHat, b.reduceMean(b.mul(h, xHat), axes))
  return b.mul(b.sub(b.sub(h, b.reduceMean(h, axes)), projected), inverseStd)
}

const from = (axis: number, rank: number) => Array.from({ length: rank - axis }, (_, i) => axis + i)

export const normalisation: Rules = {
  LayerNormalization: (c) => {
    const { b, g, x } = c
    const rank = c.dims(x(0)).length
    const axis = positiveAxis(c.attr('axis', 'int', -1), rank)
    const { xHat, inverseStd } = standardise(c, axis, c.attr('epsilon', 'float', 1e-5))
    return [
      c.wants(0) ? layerNormInput(c, b.mul(g, x(1)), from(axis, rank), xHat, inverseStd) : null,
      c.wants(1) ? b.sumTo(b.mul(g, xHat), c.dims(x(1))) : null,
      c.has(2) && c.wants(2) ? b.sumTo(g, c.dims(x(2))) : null,
    ]
  },

  'pattern.LayerNormCore': (c) => {
    const rank = c.dims(c.x(0)).length
    const { xHat, inverseStd } = standardise(c, rank - 1, c.attr('epsilon', 'float', 1e-5))
    return [layerNormInput(c, c.g, [rank - 1], xHat, inverseStd)]
  },

  BatchNormalization: (c) => {
    const { b, g } = c
    if ([1, 2, 3, 4].some((i) => c.wants(i))) throw new NotDifferentiable('only its input can have a gradient')
    const [gamma, variance] = [c.initializer(c.x(1)), c.initializer(c.x(4))]
    if (!gamma || !variance) throw new NotDifferentiable('its statistics are not stored in the model')
    const v = tensorValues(variance)
    const epsilon = c.attr('epsilon', 'float', 1e-5)
    const scale = tensorValues(gamma).map((s, i) => s / Math.sqrt(v[i]! + epsilon))
    const spatial = c
      .dims(c.x(0))
      .slice(2)
      .map(() => 1)
    return [b.mul(g, b.constant(b.dtype(g), [scale.length, ...spatial], scale))]
  },

  'pattern.L2Normalise': (c) => {
    const { b, g, y } = c
    const last = c.dims(y()).length - 1
    const tangent = b.sub(g, b.mul(y(), b.reduceSum(b.mul(g, y()), [last])))
    return [b.div(tangent, c.x(1))]
  },
}
