/** Computing only the rows that are read: nothing may change but the work. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeModel } from '../../src/onnx/read'
import type { OnnxModel } from '../../src/onnx/model'
import { elementCount } from '../../src/onnx/model'
import { selectEarly } from '../../src/onnx/select-early'
import { specialise } from '../../src/onnx/specialise'
import type { StaticGraph } from '../../src/onnx/static-graph'
import { makeTensor } from '../../src/onnx/tensor'
import { clipVision } from '../support/clip-generator'
import type { Values } from '../support/float64-executor'
import { array64, execute } from '../support/float64-executor'
import { PlainModel } from '../support/plain-model'
import { normals } from '../support/random'

type Shapes = Readonly<Record<string, readonly number[]>>

/** A static graph as a model again, for the executor. */
function modelOf(graph: StaticGraph, outputs: readonly string[]): OnnxModel {
  const constants = [...graph.constants].map(([name, c]) => [name, makeTensor(c.dtype, c.dims, c.values)] as const)
  return {
    graph: {
      name: 'static',
      nodes: graph.nodes,
      initializers: new Map([...constants, ...graph.initializers]),
      inputs: graph.inputs,
      outputs: outputs.map((name) => ({ name, ...graph.types.get(name)! })),
    },
    opset: graph.opset,
    otherOpsets: graph.otherOpsets,
    files: [],
  }
}

/** Multiply-adds of all matrix products. */
function work(graph: StaticGraph): number {
  const dims = (name: string) => graph.types.get(name)!.dims
  const products = graph.nodes.filter((n) => n.op === 'MatMul' || n.op === 'Gemm')
  return products.reduce((sum, n) => sum + elementCount(dims(n.outputs[0]!)) * dims(n.inputs[0]!).at(-1)!, 0)
}

function compare(model: OnnxModel, shapes: Shapes, output: string) {
  const whole = specialise(model, shapes, [output])
  const early = selectEarly(whole, [output])
  const feeds: Values = Object.fromEntries(
    Object.entries(shapes).map(([name, dims], i) => [name, array64(dims, normals(i + 1, elementCount(dims)))]),
  )
  const [a, b] = [whole, early].map((g) => execute(modelOf(g, [output]), feeds)[output]!)
  expect(b!.dims).toEqual(a!.dims)
  const scale = Math.max(...a!.data.map(Math.abs), Number.MIN_VALUE)
  const error = Math.max(...a!.data.map((v, i) => Math.abs(v - b!.data[i]!))) / scale
  return { whole, early, error }
}

const TOWER = { image: 16, patch: 4, width: 24, layers: 3, heads: 3, projection: 10 }

describe('a CLIP image tower', () => {
  for (const variant of [{}, { opset: 17 }, { activation: 'gelu' as const }, { activation: 'gelu_tanh' as const }]) {
    it(`gives the same embedding with less work: ${JSON.stringify(variant)}`, () => {
      const model = clipVision({ ...TOWER, ...variant })
      const { whole, early, error } = compare(model, { pixel_values: [2, 3, 16, 16] }, 'image_embeds')
      expect(error).toBeLessThan(1e-12)
      // Of the last of three blocks only keys, values and one row of the rest remain.
      expect(work(early) / work(whole)).toBeLessThan(0.8)
    })
  }

  it('of the embedded model has a fifth less to do', () => {
    const model = decodeModel(new Uint8Array(readFileSync('public/models/stamp/onnx/vision_model.onnx')))
    const whole = specialise(model, { pixel_values: [4, 3, 64, 64] }, ['image_embeds'])
    const early = selectEarly(whole, ['image_embeds'])
    expect(work(early) / work(whole)).toBeLessThan(0.82)
    expect(work(early) / work(whole)).toBeGreaterThan(0.75)
  })

  it('keeps values that are wanted as a whole', () => {
    const model = clipVision(TOWER)
    const shapes = { pixel_values: [1, 3, 16, 16] }
    const last = specialise(model, shapes, ['image_embeds']).nodes.findLast((n) => n.op === 'Add')!.outputs[0]!
    const early = selectEarly(specialise(model, shapes, ['image_embeds', last]), ['image_embeds', last])
    expect(early.types.get(last)).toEqual(specialise(model, shapes, [last]).types.get(last))
  })
})

describe('rows', () => {
  const shapes = { x: [2, 5, 6] }
  const single = (build: (m: PlainModel, x: string) => string) => {
    const m = new PlainModel()
    m.node('Identity', [build(m, m.input('x', shapes.x))], {}, { outputs: ['y'] })
    return compare(m.model(['y']), shapes, 'y')
  }
  const row = (m: PlainModel, x: string, axis: number, index: number) =>
    m.node('Gather', [x, m.constant(makeTensor('int64', [], [index]))], { axis })

  let weights = 0
  const weight = (m: PlainModel, dims: readonly number[]) =>
    m.weight(`w${++weights}`, dims, normals(weights, elementCount(dims)))

  it('two readers of different rows get the whole value', () => {
    const { error, early } = single((m, x) => {
      const h = m.node('Exp', [x])
      return m.node('Add', [row(m, h, 1, 0), row(m, h, 1, 3)])
    })
    expect(error).toBe(0)
    expect(early.nodes.filter((n) => n.op === 'Slice')).toEqual([])
  })

  it('two readers of one row share it', () => {
    const { error, early } = single((m, x) => {
      const h = m.node('Exp', [x])
      return m.node('Add', [row(m, m.node('Tanh', [h]), 1, -2), row(m, m.node('Neg', [h]), 1, 3)])
    })
    expect(error).toBe(0)
    expect(early.nodes.filter((n) => n.op === 'Slice').length).toBe(1)
    expect(early.types.get(early.nodes.find((n) => n.op === 'Exp')!.outputs[0]!)!.dims).toEqual([2, 1, 6])
  })

  it('an operator along the axis mixes rows and is left alone', () => {
    for (const op of ['Softmax', 'LogSoftmax']) {
      const { error } = single((m, x) => row(m, m.node(op, [x], { axis: 1 }), 1, 2))
      expect(error).toBe(0)
    }
    expect(single((m, x) => row(m, m.node('ReduceMean', [x], { axes: [1], keepdims: 1 }), 1, 0)).error).toBe(0)
  })

  it('reach through any chain of operators unchanged', () => {
    type Step = (m: PlainModel, x: string, dims: number[]) => [string, number[]]
    const steps: Step[] = [
      (m, x, d) => [m.node('Tanh', [x]), d],
      (m, x, d) => [m.node('Softmax', [x], { axis: d.length - 1 }), d],
      (m, x, d) => [m.node('Softmax', [x], { axis: 0 }), d],
      (m, x, d) => [m.node('Add', [x, weight(m, [d.at(-1)!])]), d],
      (m, x, d) => [
        m.node('Mul', [
          x,
          weight(
            m,
            d.map((n, i) => (i === 0 ? 1 : n)),
          ),
        ]),
        d,
      ],
      (m, x, d) => [m.node('Add', [x, m.node('Sigmoid', [x])]), d],
      (m, x, d) => [m.node('MatMul', [x, weight(m, [d.at(-1)!, 4])]), [...d.slice(0, -1), 4]],
      (m, x, d) => [m.node('Transpose', [x], { perm: d.map((_, i) => (i + 1) % d.length) }), [...d.slice(1), d[0]!]],
      (m, x, d) => [m.node('Reshape', [x, m.ints([...d, 1])]), [...d, 1]],
      (m, x, d) => [m.node('Reshape', [x, m.ints([-1, d.at(-1)!])]), [elementCount(d.slice(0, -1)), d.at(-1)!]],
      (m, x, d) => {
        const turned = m.node('Transpose', [x], {
          perm: d.map((_, i) => (i < d.length - 2 ? i : 2 * d.length - 3 - i)),
        })
        const attention = m.node('Softmax', [m.node('MatMul', [x, turned])], { axis: d.length - 1 })
        return [m.node('MatMul', [attention, x]), d]
      },
      (m, x, d) => [m.node('ReduceMean', [x], { axes: [d.length - 1], keepdims: 1 }), [...d.slice(0, -1), 1]],
    ]
    fc.assert(
      fc.property(
        fc.array(fc.nat(steps.length - 1), { minLength: 1, maxLength: 7 }),
        fc.nat(),
        fc.nat(),
        (chain, a, i) => {
          const { error } = single((m, input) => {
            let [x, dims]: [string, number[]] = [input, [...shapes.x]]
            for (const step of chain) [x, dims] = steps[step]!(m, x, dims)
            const axis = a % dims.length
            return row(m, x, axis, i % dims[axis]!)
          })
          expect(error).toBeLessThan(1e-12)
        },
      ),
      { numRuns: 300 },
    )
  })
})
