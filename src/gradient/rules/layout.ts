/**
 * Operators that only move elements: the gradient moves them back.
 *
 *   Reshape, Flatten, Squeeze, Unsqueeze   dX = reshape(g)
 *   Transpose(perm)                        dX = transpose(g, perm^-1)
 *   Expand                                 dX = sumTo(g)
 *   Concat                                 dX_i = slice_i(g)
 *   Split                                  dX = concat(g_i), zeros where an output is unused
 *   Pad (constant)                         dX = the inside of g
 *   Identity                               dX = g
 */
import { int } from '../../onnx/model'
import { padsOf, permutationOf, splitSizes } from '../../onnx/infer'
import { positiveAxis } from '../../onnx/shape'
import type { Rule, Rules } from '../rule'
import { NotDifferentiable } from '../rule'

const reshapeBack: Rule = ({ b, g, x, dims }) => [b.reshape(g, dims(x(0)))]

export const layout: Rules = {
  Identity: ({ g }) => [g],
  Reshape: reshapeBack,
  Flatten: reshapeBack,
  Squeeze: reshapeBack,
  Unsqueeze: reshapeBack,

  Transpose: ({ b, g, node, dims }) => {
    const perm = permutationOf(node, dims(g).length)
    const inverse = new Array<number>(perm.length)
    perm.forEach((p, i) => (inverse[p] = i))
    return [b.transpose(g, inverse)]
  },

  Expand: ({ b, g, x, dims }) => [b.sumTo(g, dims(x(0)))],

  Concat: (c) => {
    const { b, g, node, x, dims, wants } = c
    const axis = positiveAxis(c.attr('axis', 'int', 0), dims(g).length)
    let start = 0
    return node.inputs.map((_, i) => {
      const end = start + dims(x(i))[axis]!
      const part = wants(i) ? b.slice(g, axis, start, end) : null
      start = end
      return part
    })
  },

  Split: (c) => {
    const { b, node, x, dims, has, constant } = c
    // Not `...c`: that would read `g`, which the first output need not have.
    const { axis } = splitSizes({ node, has, constant, type: () => ({ dims: dims(x(0)), dtype: b.dtype(x(0)) }) })
    const parts = node.outputs.map((y, i) => c.gradientOf(i) ?? b.zeros(b.dtype(y), dims(y)))
    return [parts.length === 1 ? parts[0]! : b.op('Concat', parts, { axis: int(axis) })]
  },

  Pad: (c) => {
    const { b, g, x, dims } = c
    const mode = c.attr('mode', 'string', 'constant')
    if (mode !== 'constant') throw new NotDifferentiable(`padding of kind "${mode}" has no rule yet`)
    const inside = dims(x(0))
    const pads = padsOf({ ...c, type: () => ({ dims: inside, dtype: b.dtype(x(0)) }) })
    if (pads.some((p) => p < 0)) throw new NotDifferentiable('negative padding has no rule yet')
    const axes = inside.map((_, i) => i)
    const starts = axes.map((i) => pads[i]!)
    if (pads.every((p) => p === 0)) return [g]
    return [b.op('Slice', [g, b.indices(starts), b.indices(axes.map((i) => starts[i]! + inside[i]!)), b.indices(axes)])]
  },
}
