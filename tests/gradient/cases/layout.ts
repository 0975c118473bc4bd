/** Cases of operators that move or pick elements, in their forms of each opset. */
import { array64 } from '../../support/float64-executor'
import type { GradientCase } from '../../support/gradient-check'
import { PlainModel } from '../../support/plain-model'
import { normals, shuffled } from '../../support/random'
import type { Draw, OperatorCase, Values } from './case'
import { chance, eitherSign, narrowed, oneNode, oneOf, seedOf, shape, subset, tensor, whole } from './case'

const normal: Values = (seed, n) => normals(seed, n)

/** A random way to write the same number of elements. */
function regrouped(draw: Draw, dims: readonly number[]): number[] {
  const merged: number[] = []
  for (const d of dims) {
    if (merged.length > 0 && chance(draw)) merged.push(merged.pop()! * d)
    else merged.push(d)
  }
  if (chance(draw)) merged.splice(whole(draw, 0, merged.length), 0, 1)
  return merged
}

function reshape(draw: Draw): GradientCase {
  const dims = shape(draw, 1)
  const target: number[] = regrouped(draw, dims)
  if (target.length > 0 && chance(draw)) target[whole(draw, 0, target.length - 1)] = -1
  else if (target[0] === dims[0]) target[0] = 0
  return oneNode('Reshape', [tensor(draw, dims, normal)], {}, { more: (m) => [m.ints(target)] })
}

/** Axes as attribute before opset 13, as input from then on. */
function axesForm(op: 'Squeeze' | 'Unsqueeze', opset: number) {
  return (draw: Draw): GradientCase => {
    const long = shape(draw, 1)
    const axes = subset(draw, long.length)
    const ones = long.map((d, i) => (axes.includes(i) ? 1 : d))
    const short = long.filter((_, i) => !axes.includes(i))
    const x = tensor(draw, op === 'Squeeze' ? ones : short, normal)
    const given = axes.map((a) => eitherSign(draw, a, long.length))
    if (opset < 13) return oneNode(op, [x], { axes: given }, { opset })
    return oneNode(op, [x], {}, { opset, more: (m) => [m.ints(given)] })
  }
}

function transpose(draw: Draw): GradientCase {
  const dims = shape(draw, 1)
  const perm = shuffled(
    seedOf(draw),
    dims.map((_, i) => i),
  )
  return oneNode('Transpose', [tensor(draw, dims, normal)], chance(draw) ? { perm } : {})
}

function concat(draw: Draw): GradientCase {
  const dims = shape(draw, 1)
  const axis = whole(draw, 0, dims.length - 1)
  const parts = Array.from({ length: whole(draw, 1, 3) }, () => dims.with(axis, whole(draw, 1, 3)))
  return oneNode(
    'Concat',
    parts.map((p) => tensor(draw, p, normal)),
    { axis: eitherSign(draw, axis, dims.length) },
  )
}

/** Some outputs may go unused; the others are added up. */
function split(opset: number) {
  return (draw: Draw): GradientCase => {
    const parts = whole(draw, 2, 3)
    const dims = shape(draw, 1)
    const axis = whole(draw, 0, dims.length - 1)
    const even = chance(draw)
    const width = whole(draw, 1, 2)
    const sizes = Array.from({ length: parts }, () => (even ? width : whole(draw, 1, 3)))
    const x = tensor(
      draw,
      dims.with(
        axis,
        sizes.reduce((a, b) => a + b, 0),
      ),
      normal,
    )
    const m = new PlainModel(opset)
    m.input('x', x.dims)
    const outputs = sizes.map((_, i) => `part${i}`)
    const attributes: Record<string, number | number[]> = { axis: eitherSign(draw, axis, dims.length) }
    const inputs = ['x']
    if (!even && opset < 13) attributes['split'] = sizes
    else if (!even) inputs.push(m.ints(sizes))
    else if (opset >= 18) attributes['num_outputs'] = parts
    m.node('Split', inputs, attributes, { outputs })
    const used = subset(draw, parts)
    const squares = used.map((i) => m.node('Mul', [outputs[i]!, outputs[i]!]))
    const y = m.node('Concat', squares, { axis })
    return { model: m.model([y]), output: y, feeds: { x }, wrt: ['x'] }
  }
}

function pad(draw: Draw): GradientCase {
  const dims = shape(draw, 1, 3)
  const pads = Array.from({ length: 2 * dims.length }, () => whole(draw, 0, 2))
  const value = chance(draw)
  const more = (m: PlainModel) => [m.ints(pads), ...(value ? [m.scalar(0.5)] : [])]
  return oneNode('Pad', [tensor(draw, dims, normal)], { mode: 'constant' }, { more })
}

/** Opset 18: pads of named axes only. */
function padAxes(draw: Draw): GradientCase {
  const dims = shape(draw, 1, 3)
  const axes = subset(draw, dims.length)
  const pads = Array.from({ length: 2 * axes.length }, () => whole(draw, 0, 2))
  const given = axes.map((a) => eitherSign(draw, a, dims.length))
  const more = (m: PlainModel) => [m.ints(pads), '', m.ints(given)]
  return oneNode('Pad', [tensor(draw, dims, normal)], {}, { opset: 18, more })
}

const ENDS = [-1, 2, 3, 1000, Number.MAX_SAFE_INTEGER]

function slice(draw: Draw): GradientCase {
  const dims = shape(draw, 1, 3, 5)
  const axes = subset(draw, dims.length)
  const backwards = axes.map(() => chance(draw) && chance(draw))
  const starts = axes.map((_, i) => (backwards[i] ? oneOf(draw, [-1, 4, 1000]) : oneOf(draw, [0, 1, -2, -4])))
  const ends = axes.map((_, i) => (backwards[i] ? oneOf(draw, [0, -1000, -3]) : oneOf(draw, ENDS)))
  const steps = axes.map((_, i) => (backwards[i] ? -1 : 1) * whole(draw, 1, 3))
  const given = axes.map((a) => eitherSign(draw, a, dims.length))
  const withSteps = steps.some((s) => s !== 1)
  const more = (m: PlainModel) => [m.ints(starts), m.ints(ends), m.ints(given), ...(withSteps ? [m.ints(steps)] : [])]
  return oneNode('Slice', [tensor(draw, dims, normal)], {}, { more })
}

/** Known indices: a scalar, a run of neighbours or any list, repeats and negative ones included. */
function gatherKnown(draw: Draw): GradientCase {
  const dims = shape(draw, 1, 3, 5)
  const axis = whole(draw, 0, dims.length - 1)
  const n = dims[axis]!
  const kind = oneOf(draw, ['scalar', 'run', 'list', 'matrix'])
  const start = whole(draw, 0, n - 1)
  const attributes = { axis: eitherSign(draw, axis, dims.length) }
  const index = () => whole(draw, -n, n - 1)
  const lists: Record<string, () => { dims: number[]; values: number[] }> = {
    scalar: () => ({ dims: [], values: [index()] }),
    run: () => ({ dims: [n - start], values: Array.from({ length: n - start }, (_, i) => start + i) }),
    list: () => ({ dims: [3], values: [index(), index(), index()] }),
    matrix: () => ({ dims: [2, 2], values: [index(), index(), index(), index()] }),
  }
  const { dims: shapeOfIndices, values } = lists[kind]!()
  const more = (m: PlainModel) => [m.weight('indices', shapeOfIndices, values, 'int64')]
  return oneNode('Gather', [tensor(draw, dims, normal)], attributes, { more })
}

/** Indices that are an input of the graph, as token ids are. */
function gatherFed(draw: Draw): GradientCase {
  const dims = shape(draw, 1, 3, 5)
  const at = shape(draw, 0, 2, 3)
  const m = new PlainModel(oneOf(draw, [11, 13, 17]))
  m.input('x', dims)
  m.input('indices', at, 'int64')
  m.node('Gather', ['x', 'indices'], { axis: 0 }, { outputs: ['y'] })
  const count = at.reduce((p, d) => p * d, 1)
  const values = Array.from({ length: count }, () => whole(draw, -dims[0]!, dims[0]! - 1))
  const feeds = { x: tensor(draw, dims, normal), indices: array64(at, values, 'int64') }
  return { model: m.model(['y']), output: 'y', feeds, wrt: ['x'] }
}

function gatherND(draw: Draw): GradientCase {
  const dims = shape(draw, 1, 4, 4)
  const depth = whole(draw, 1, dims.length)
  const rows = shape(draw, 1, 2, 3)
  const count = rows.reduce((p, d) => p * d, 1)
  const values = Array.from({ length: count * depth }, (_, i) => {
    const n = dims[i % depth]!
    return whole(draw, -n, n - 1)
  })
  const fed = chance(draw)
  const m = new PlainModel(oneOf(draw, [11, 13, 17]))
  const x = tensor(draw, dims, normal)
  m.input('x', dims)
  if (fed) m.input('indices', [...rows, depth], 'int64')
  else m.weight('indices', [...rows, depth], values, 'int64')
  m.node('GatherND', ['x', 'indices'], {}, { outputs: ['y'] })
  const indices = array64([...rows, depth], values, 'int64')
  return { model: m.model(['y']), output: 'y', feeds: fed ? { x, indices } : { x }, wrt: ['x'] }
}

const plain =
  (op: string, options: { opset?: number } = {}) =>
  (draw: Draw) =>
    oneNode(op, [tensor(draw, shape(draw), normal)], {}, options)

export const layoutCases: OperatorCase[] = [
  { rule: 'Identity', make: plain('Identity') },
  { rule: 'Identity', form: 'as Dropout, opset 11', make: plain('Dropout', { opset: 11 }) },
  { rule: 'Identity', form: 'as Dropout, opset 17', make: plain('Dropout') },
  { rule: 'Reshape', make: reshape },
  {
    rule: 'Flatten',
    make: (draw) => {
      const dims = shape(draw, 1)
      return oneNode('Flatten', [tensor(draw, dims, normal)], { axis: whole(draw, -dims.length, dims.length) })
    },
  },
  ...(['Squeeze', 'Unsqueeze'] as const).flatMap((op) =>
    [11, 13, 18].map((opset) => ({ rule: op, form: `opset ${opset}`, make: axesForm(op, opset) })),
  ),
  {
    rule: 'Squeeze',
    form: 'of all axes of one',
    make: (draw) => oneNode('Squeeze', [tensor(draw, [1, ...shape(draw, 0, 3), 1], normal)]),
  },
  { rule: 'Transpose', make: transpose },
  {
    rule: 'Expand',
    make: (draw) => {
      const dims = shape(draw, 1)
      const x = tensor(draw, narrowed(draw, dims), normal)
      return oneNode('Expand', [x], {}, { more: (m) => [m.ints(dims)] })
    },
  },
  { rule: 'Concat', make: concat },
  {
    rule: 'Concat',
    form: 'of a value with itself',
    make: (draw) => oneNode('Concat', [tensor(draw, shape(draw, 1), normal)], { axis: 0 }, { more: () => ['x0'] }),
  },
  ...[11, 13, 18].map((opset) => ({ rule: 'Split', form: `opset ${opset}`, make: split(opset) })),
  { rule: 'Pad', make: pad },
  { rule: 'Pad', form: 'of named axes', make: padAxes },
  { rule: 'Slice', make: slice },
  { rule: 'Gather', form: 'indices known', make: gatherKnown },
  { rule: 'Gather', form: 'indices fed', make: gatherFed },
  { rule: 'GatherND', make: gatherND },
]
