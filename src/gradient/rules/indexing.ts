/**
 * Operators that pick elements: the gradient is added up where they were picked from.
 *
 *   Slice, Gather (indices known)   dX = pad(g) for one run of neighbours, else g one-hot along the axis
 *   Gather (axis 0, indices fed)    dX = scatter-add of g
 *   GatherND                        dX = scatter-add of g
 */
import { string } from '../../onnx/model'
import type { Value } from '../../onnx/builder'
import { sliceAxes } from '../../onnx/infer'
import { positiveAxis } from '../../onnx/shape'
import type { RuleContext, Rules } from '../rule'
import { NotDifferentiable } from '../rule'

/** Larger one-hot matrices would cost more memory than the gradient is worth. */
const LARGEST_ONE_HOT = 1 << 24

export const indexing: Rules = {
  Slice: (c) => {
    const { b, x, dims } = c
    const input = dims(x(0))
    const axes = sliceAxes({ ...c, type: () => ({ dims: input, dtype: b.dtype(x(0)) }) })
    const dX = axes.reduce((g, s) => {
      const picked = Array.from({ length: s.length }, (_, i) => s.start + i * s.step)
      return addBack(c, g, s.axis, picked, input[s.axis]!)
    }, c.g)
    return [dX]
  },

  Gather: (c) => {
    const { b, g, x, dims } = c
    const data = dims(x(0))
    const axis = positiveAxis(c.attr('axis', 'int', 0), data.length)
    const indices = b.constantOf(x(1))
    if (indices) {
      const flat = [...data.slice(0, axis), indices.values.length, ...data.slice(axis + 1)]
      const picked = indices.values.map((i) => (i < 0 ? i + data[axis]! : i))
      return [addBack(c, b.reshape(g, flat), axis, picked, data[axis]!)]
    }
    if (axis !== 0) throw new NotDifferentiable('gathering with fed indices is only supported along the first axis')
    const rows = b.op('Unsqueeze', [x(1), b.indices([-1])])
    return [scatterAdd(c, rows)]
  },

  GatherND: (c) => {
    if (c.attr('batch_dims', 'int', 0) !== 0) throw new NotDifferentiable('batch_dims other than 0 have no rule yet')
    return [scatterAdd(c, c.x(1))]
  },
}

function scatterAdd(c: RuleContext, indices: Value): Value {
  const { b, g, x, dims } = c
  return b.op('ScatterND', [b.zeros(b.dtype(g), dims(x(0))), indices, g], { reduction: string('add') })
}

/** Adjoint of picking `picked` along `axis` out of `size`: zeros elsewhere, repeated picks added. */
function addBack(c: RuleContext, g: Value, axis: number, picked: readonly number[], size: number): Value {
  const { b } = c
  const dims = b.dims(g)
  const first = picked[0] ?? 0
  if (picked.every((p, i) => p === first + i)) {
    const zeros = dims.map(() => 0)
    const before = zeros.with(axis, first)
    const after = zeros.with(axis, size - first - picked.length)
    return b.padZeros(g, before, after)
  }
  if (picked.length * size > LARGEST_ONE_HOT) throw new NotDifferentiable('so many scattered indices have no rule yet')
  const oneHot = new Array<number>(picked.length * size).fill(0)
  picked.forEach((p, i) => (oneHot[i * size + p] = 1))
  const matrix = b.constant(b.dtype(g), [picked.length, size], oneHot)
  const toLast = dims
    .map((_, i) => i)
    .filter((i) => i !== axis)
    .concat(axis)
  const back = new Array<number>(dims.length)
  toLast.forEach((from, to) => (back[from] = to))
  return b.transpose(b.op('MatMul', [b.transpose(g, toLast), matrix]), back)
}
