/** Cases of softmax and reductions: axes as attribute or input, kept or dropped, given or not. */
import { normals, signed, spaced } from '../../support/random'
import type { PlainModel } from '../../support/plain-model'
import type { Draw, OperatorCase, Values } from './case'
import { chance, eitherSign, oneNode, shape, subset, tensor, whole } from './case'

const normal: Values = (seed, n) => normals(seed, n)
const awayFromZero: Values = (seed, n) => signed(seed, n, 0.3, 2)

/** In which opset the axes of a reduction became an input. */
const AXES_INPUT = { ReduceSum: 13, ReduceMean: 18, ReduceMax: 18, ReduceMin: 18, ReduceL2: 18 } as const

function reduction(op: keyof typeof AXES_INPUT, values: Values, opset: number) {
  return (draw: Draw) => {
    const dims = shape(draw, 1)
    const axes = subset(draw, dims.length).map((a) => eitherSign(draw, a, dims.length))
    const keepdims = whole(draw, 0, 1)
    const x = tensor(draw, dims, values)
    if (opset < AXES_INPUT[op]) return oneNode(op, [x], { axes, keepdims }, { opset })
    return oneNode(op, [x], { keepdims }, { opset, more: (m: PlainModel) => [m.ints(axes)] })
  }
}

const overAll = (op: string, values: Values) => (draw: Draw) =>
  oneNode(op, [tensor(draw, shape(draw, 1), values)], { keepdims: whole(draw, 0, 1) })

function softmax(op: string, opset: number) {
  return (draw: Draw) => {
    const dims = shape(draw, 1)
    const axis = eitherSign(draw, whole(draw, 0, dims.length - 1), dims.length)
    const x = tensor(draw, dims, normal)
    const byDefault = chance(draw) && (opset >= 13 || dims.length > 1)
    return oneNode(op, [x], byDefault ? {} : { axis }, { opset })
  }
}

const operators = [
  ['ReduceSum', normal],
  ['ReduceMean', normal],
  ['ReduceMax', spaced],
  ['ReduceMin', spaced],
  ['ReduceL2', awayFromZero],
] as const

export const reductionCases: OperatorCase[] = [
  ...(['Softmax', 'LogSoftmax'] as const).flatMap((op) =>
    [11, 12, 13, 17, 20].map((opset) => ({ rule: op, form: `opset ${opset}`, make: softmax(op, opset) })),
  ),
  ...operators.flatMap(([op, values]) => [
    ...[11, 13, 17, 18, 20].map((opset) => ({ rule: op, form: `opset ${opset}`, make: reduction(op, values, opset) })),
    { rule: op, form: 'over all axes', make: overAll(op, values) },
  ]),
  {
    rule: 'ReduceMean',
    form: 'over no axes',
    make: (draw) =>
      oneNode(
        'ReduceMean',
        [tensor(draw, shape(draw, 1), normal)],
        { noop_with_empty_axes: 1 },
        {
          opset: 18,
          more: (m) => [m.ints([])],
        },
      ),
  },
]
