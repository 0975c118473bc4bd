/** Cases of selections, casts and extrema over inputs. */
import { array64 } from '../../support/float64-executor'
import { PlainModel } from '../../support/plain-model'
import { normals, spaced, uniformSource } from '../../support/random'
import type { Draw, OperatorCase, Values } from './case'
import { broadcastPair, narrowed, oneNode, seedOf, shape, tensor, whole } from './case'

const normal: Values = (seed, n) => normals(seed, n)

/** Inputs whose values are far from each other's, ties left out: drawn from one ladder. */
function extremum(op: string) {
  return (draw: Draw) => {
    const dims = shape(draw, 0, 3)
    const count = whole(draw, 2, 3)
    const shapes = Array.from({ length: count }, (_, i) => (i === 0 ? dims : narrowed(draw, dims)))
    const sizes = shapes.map((s) => s.reduce((p, d) => p * d, 1))
    const ladder = spaced(
      seedOf(draw),
      sizes.reduce((sum, n) => sum + n, 0),
    )
    const inputs = shapes.map((s, i) => array64(s, ladder.splice(0, sizes[i]!).map(Math.fround)))
    return oneNode(op, inputs)
  }
}

export const selectionCases: OperatorCase[] = [
  {
    rule: 'Where',
    make: (draw) => {
      const [a, b] = broadcastPair(draw)
      const mask = narrowed(draw, a.length > b.length ? a : b)
      const next = uniformSource(seedOf(draw))
      const m = new PlainModel()
      m.input('condition', mask, 'bool')
      m.input('a', a)
      m.input('b', b)
      m.node('Where', ['condition', 'a', 'b'], {}, { outputs: ['y'] })
      const n = mask.reduce((p, d) => p * d, 1)
      const condition = array64(
        mask,
        Array.from({ length: n }, () => (next() < 0.5 ? 1 : 0)),
        'bool',
      )
      const feeds = { condition, a: tensor(draw, a, normal), b: tensor(draw, b, normal) }
      return { model: m.model(['y']), output: 'y', feeds, wrt: ['a', 'b'] }
    },
  },
  { rule: 'Cast', make: (draw) => oneNode('Cast', [tensor(draw, shape(draw), normal)], { to: 1 }) },
  {
    rule: 'Cast',
    form: 'there and back',
    make: (draw) => {
      const x = tensor(draw, shape(draw), normal)
      const m = new PlainModel()
      m.input('x', x.dims)
      // float64 rather than float16, so that the result can be compared to 1e-5 on ONNX Runtime as well.
      const doubled = m.node('Cast', [m.node('Mul', ['x', 'x'])], { to: 11 })
      m.node('Cast', [doubled], { to: 1 }, { outputs: ['y'] })
      return { model: m.model(['y']), output: 'y', feeds: { x }, wrt: ['x'] }
    },
  },
  { rule: 'Max', make: extremum('Max') },
  { rule: 'Min', make: extremum('Min') },
]
