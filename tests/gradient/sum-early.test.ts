/** The gradient of a summand that all rows share: early sums against the sum of the rows' gradients, and against differences. */
import { describe, expect, it } from 'vitest'
import { crossEntropyHead, seedHead } from '../../src/gradient/heads'
import { trainingModel, type TrainingGraphOptions } from '../../src/gradient/training'
import { attribute, type Node, type OnnxModel } from '../../src/onnx/model'
import { clipVision, smallResNet } from '../support/clip-generator'
import { array64, execute, executeAll, type Array64, type Values } from '../support/float64-executor'
import { dot, gradientError, relativeDistance } from '../support/gradient-check'
import { runOnOrt } from '../support/ort'
import { PlainModel } from '../support/plain-model'
import { normals } from '../support/random'

const B = 3
const DELTA = { input: 'x', delta: 'delta' }

function sumOfRows({ dims, data }: Array64): number[] {
  const [rows] = dims as [number]
  const length = data.length / rows
  return Array.from({ length }, (_, i) => {
    let sum = 0
    for (let row = 0; row < rows; row++) sum += data[row * length + i]!
    return sum
  })
}

const normal = (seed: number, dims: readonly number[]) =>
  array64(dims, normals(seed, dims.reduce((product, d) => product * d, 1)).map(Math.fround)) // prettier-ignore

/** Both ways through a model, in float64, ungated. */
function bothWays(model: OnnxModel, output: string, x: Array64, head: TrainingGraphOptions['head'], feeds: Values) {
  const common = { inputs: { x: x.dims }, output, head, gated: false }
  const perRow = trainingModel(model, { ...common, wrt: ['x'] }).model
  const early = trainingModel(model, { ...common, wrt: ['delta'], additive: DELTA }).model
  const delta = normal(99, [1, ...x.dims.slice(1)])
  const rows = x.dims[0]!
  const moved = { ...x, data: x.data.map((v, i) => v + delta.data[i % (x.data.length / rows)]!) }
  return {
    early,
    delta,
    expected: sumOfRows(execute(perRow, { ...feeds, x: moved })['d_x']!),
    found: execute(early, { ...feeds, x, delta })['d_delta']!,
    loss: (at: Array64) => execute(early, { ...feeds, x, delta: at })['loss']!.data[0]!,
  }
}

/** What the backward sums over the rows, behind views of it: the operators, and those that made their second operands. */
function summed({ graph }: OnnxModel): string[] {
  const producer = (value: string) => graph.nodes.find((n) => n.outputs.includes(value))
  const views = new Set(['Reshape', 'Transpose'])
  const sums = graph.nodes.filter((n) => n.op === 'ReduceSum' && n.name.startsWith('grad/') && keeps(n) === 0)
  return sums.map((sum) => {
    let node = producer(sum.inputs[0]!)!
    while (views.has(node.op)) node = producer(node.inputs[0]!)!
    return `${node.op} ${producer(node.inputs[1]!)?.op}`
  })
}

const keeps = (node: Node) => attribute(node, 'keepdims', 'int', 1)

/** Linear in its rows, each alike; what follows is a ReLU, which is not. */
type Linear = (m: PlainModel, x: string) => string

const weights = (m: PlainModel, name: string, dims: readonly number[]) => m.weight(name, dims, normal(7, dims).data)

const X = [B, 4, 6, 6]
const LINEAR: Readonly<Record<string, Linear>> = {
  'Conv, stride 2': (m, x) => m.node('Conv', [x, weights(m, 'W', [5, 4, 3, 3])], { strides: [2, 2], pads: [1, 1, 1, 1], kernel_shape: [3, 3] }), // prettier-ignore
  'Conv, stride 1': (m, x) => m.node('Conv', [x, weights(m, 'W', [5, 4, 3, 3])], { kernel_shape: [3, 3] }),
  'patch embedding': (m, x) => m.node('Conv', [x, weights(m, 'W', [5, 4, 2, 2])], { strides: [2, 2], kernel_shape: [2, 2] }), // prettier-ignore
  'rows merged into a matrix, Gemm': (m, x) =>
    m.node('Gemm', [m.node('Reshape', [x, m.ints([B * 4, 36])]), weights(m, 'W', [36, 5])]),
  'rows merged behind channels': (m, x) => {
    const channelsFirst = m.node('Transpose', [x], { perm: [1, 0, 2, 3] })
    const merged = m.node('Reshape', [channelsFirst, m.ints([4, B * 36])])
    return m.node('Mul', [merged, weights(m, 'W', [4, 1])])
  },
  'MatMul of stacks': (m, x) => m.node('MatMul', [x, weights(m, 'W', [4, 6, 5])]),
  'MatMul from the left': (m, x) => m.node('MatMul', [weights(m, 'W', [5, 6]), x]),
  normalisation: (m, x) =>
    m.node('Div', [m.node('Sub', [x, weights(m, 'mean', [4, 1, 1])]), m.weight('std', [4, 1, 1], [2, 3, 4, 5])]),
  'Concat and Slice': (m, x) =>
    m.node('Concat', [m.node('Slice', [x, m.ints([1]), m.ints([4]), m.ints([2])]), m.node('Neg', [x])], { axis: 2 }),
  Pad: (m, x) => m.node('Pad', [x, m.ints([0, 0, 1, 2, 0, 0, 0, 1])]),
  averages: (m, x) => m.node('ReduceMean', [x], { axes: [2], keepdims: 1 }),
  'global average': (m, x) => m.node('GlobalAveragePool', [x]),
  Expand: (m, x) => m.node('Expand', [m.node('ReduceSum', [x, m.ints([3])]), m.ints([B, 4, 6, 2])]),
}

describe('the sum over rows is taken before what is linear and alike for all of them', () => {
  it.each(Object.entries(LINEAR))('%s', (_, linear) => {
    const m = new PlainModel()
    m.input('x', X)
    m.node('Relu', [linear(m, 'x')], {}, { outputs: ['y'] })
    const model = m.model(['y'])
    const x = normal(1, X)
    const { dims } = executeAll(model, { x }).get('y')!
    const seed = normal(2, dims)
    const { early, delta, expected, found, loss } = bothWays(model, 'y', x, seedHead(), { seed })
    expect(found.dims).toEqual([1, ...X.slice(1)])
    expect(relativeDistance(found.data, expected)).toBeLessThan(1e-13)
    expect(gradientError(loss, delta, found, { seed: 5, h: 1e-5 })).toBeLessThan(1e-8)
    // It is the masked gradient of the ReLU that is summed.
    expect(summed(early)).toEqual(['Mul HardSigmoid'])
  })

  it('one row is its own sum', () => {
    const m = new PlainModel()
    m.input('x', [1, 4])
    m.node('MatMul', ['x', weights(m, 'W', [4, 2])], {}, { outputs: ['y'] })
    const seed = normal(2, [1, 2])
    const { expected, found } = bothWays(m.model(['y']), 'y', normal(1, [1, 4]), seedHead(), { seed })
    expect(Array.from(found.data)).toEqual(expected)
  })

  it('rows that are treated differently are summed last', () => {
    const m = new PlainModel()
    m.input('x', [B, 4])
    m.node('Mul', ['x', weights(m, 'W', [B, 4])], {}, { outputs: ['y'] })
    const seed = normal(2, [B, 4])
    const { expected, found } = bothWays(m.model(['y']), 'y', normal(1, [B, 4]), seedHead(), { seed })
    expect(relativeDistance(found.data, expected)).toBeLessThan(1e-14)
  })

  it('a value with two readers, a sum of both', () => {
    const m = new PlainModel()
    m.input('x', [B, 4])
    const h = m.node('MatMul', ['x', weights(m, 'W', [4, 4])])
    m.node('Relu', [m.node('Add', [h, m.node('MatMul', [h, weights(m, 'V', [4, 4])])])], {}, { outputs: ['y'] })
    const seed = normal(2, [B, 4])
    const { expected, found } = bothWays(m.model(['y']), 'y', normal(1, [B, 4]), seedHead(), { seed })
    expect(relativeDistance(found.data, expected)).toBeLessThan(1e-13)
  })
})

describe('encoders', () => {
  const renamed = ({ graph, ...model }: OnnxModel, from: string): OnnxModel => ({
    ...model,
    graph: {
      ...graph,
      inputs: graph.inputs.map((i) => (i.name === from ? { ...i, name: 'x' } : i)),
      nodes: graph.nodes.map((n) => ({ ...n, inputs: n.inputs.map((i) => (i === from ? 'x' : i)) })),
    },
  })
  const head = crossEntropyHead({ classes: 3 })
  const batch = (D: number) => ({
    class_embeddings: normal(3, [D, 3]),
    targets: array64([B, 3], [1, 0, 0, 0, 0, 1, 0, 0, 0]),
    // The last row pads the batch.
    weights: array64([B], [0.5, 0.5, 0]),
  })
  const tower = renamed(clipVision({ image: 16, patch: 8, width: 16, layers: 2, heads: 2, projection: 4 }), 'pixel_values') // prettier-ignore

  it('a transformer: as the rows one by one, and as differences', () => {
    const { delta, expected, found, loss } = bothWays(tower, 'image_embeds', normal(1, [B, 3, 16, 16]), head, batch(4))
    expect(relativeDistance(found.data, expected)).toBeLessThan(1e-12)
    expect(gradientError(loss, delta, found, { seed: 5 })).toBeLessThan(1e-6)
  })

  it('a transformer on ONNX Runtime in float32, behind the gate', async () => {
    const [x, feeds] = [normal(1, [B, 3, 16, 16]), batch(4)]
    const options = { inputs: { x: x.dims }, output: 'image_embeds', head, wrt: ['delta'], additive: DELTA }
    const { expected, delta } = bothWays(tower, 'image_embeds', x, head, feeds)
    const on = array64([], [1], 'bool')
    const result = await runOnOrt(trainingModel(tower, options).model, { ...feeds, x, delta, do_backward: on })
    expect(relativeDistance(result['d_delta']!.data, expected)).toBeLessThan(1e-5)
  })

  it('a residual network', () => {
    const model = smallResNet({ image: 16, width: 4, classes: 5 })
    const [input, output] = [model.graph.inputs[0]!.name, model.graph.outputs[0]!.name]
    const plain = crossEntropyHead({ classes: 3, normalise: false })
    const { expected, found } = bothWays(renamed(model, input), output, normal(1, [B, 3, 16, 16]), plain, batch(5))
    expect(relativeDistance(found.data, expected)).toBeLessThan(1e-12)
  })

  it('both gradients at once: of the rows and of what they share', () => {
    const [x, feeds] = [normal(1, [B, 3, 16, 16]), batch(4)]
    const options = { inputs: { x: x.dims }, output: 'image_embeds', head, wrt: ['x', 'delta'], additive: DELTA }
    const model = trainingModel(tower, { ...options, gated: false }).model
    const results = execute(model, { ...feeds, x, delta: normal(99, [1, 3, 16, 16]) })
    expect(relativeDistance(results['d_delta']!.data, sumOfRows(results['d_x']!))).toBeLessThan(1e-12)
    expect(dot(results['d_x']!.data, results['d_x']!.data)).toBeGreaterThan(0)
  })
})
