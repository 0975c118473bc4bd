/** The training graph as a whole: names, gates, shared gradients, kinks, and what ONNX Runtime still fuses in it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { crossEntropyHead, seedHead } from '../../src/gradient/heads'
import { buildTrainingGraph, trainingModel } from '../../src/gradient/training'
import { decodeModel } from '../../src/onnx/read'
import { clipVision } from '../support/clip-generator'
import type { Values } from '../support/float64-executor'
import { array64, execute } from '../support/float64-executor'
import { checkInFloat64, gradientError, shapesOf } from '../support/gradient-check'
import { PlainModel } from '../support/plain-model'
import { normals } from '../support/random'
import { runOnOrt } from '../support/ort'

const on = array64([], [1], 'bool')

/** Gradients of sum(y) for a model of one node. */
function gradientsOf(op: string, inputs: Values, attributes = {}, more: (m: PlainModel) => string[] = () => []) {
  const m = new PlainModel()
  const names = Object.entries(inputs).map(([name, x]) => m.input(name, x.dims))
  m.node(op, [...names, ...more(m)], attributes, { outputs: ['y'] })
  const model = m.model(['y'])
  const seed = array64(
    execute(model, inputs)['y']!.dims,
    execute(model, inputs)['y']!.data.map(() => 1),
  )
  const options = { inputs: shapesOf(inputs), output: 'y', head: seedHead(), wrt: names, gated: false }
  const result = execute(trainingModel(model, options).model, { ...inputs, seed })
  return names.map((name) => Array.from(result[`d_${name}`]!.data))
}

describe('at kinks and ties', () => {
  const line = (...values: number[]) => array64([1, values.length], values)

  it('equal maxima share the gradient', () => {
    expect(gradientsOf('ReduceMax', { x: line(1, 3, 3) }, { keepdims: 0 })).toEqual([[0, 0.5, 0.5]])
    expect(gradientsOf('ReduceMin', { x: line(1, 1, 3, 1) }, { keepdims: 0 })[0]!.map((v) => v.toFixed(3))).toEqual([
      '0.333',
      '0.333',
      '0.000',
      '0.333',
    ])
    expect(gradientsOf('Max', { a: line(1, 2), b: line(1, 3) })).toEqual([[0.5, 0], [0.5, 1]]) // prettier-ignore
    const pooled = { x: array64([1, 1, 4], [2, 2, 0, 1]) }
    expect(gradientsOf('MaxPool', pooled, { kernel_shape: [2], strides: [2] })).toEqual([[0.5, 0.5, 0, 1]])
  })

  it('the flat side has none, and bounds count as inside', () => {
    expect(gradientsOf('Relu', { x: line(-1, 0, 2) })).toEqual([[0, 0, 1]])
    expect(gradientsOf('Abs', { x: line(-1, 0, 2) })).toEqual([[-1, 0, 1]])
    const bounds = (m: PlainModel) => [m.scalar(-1), m.scalar(1)]
    expect(gradientsOf('Clip', { x: line(-2, -1, 0, 1, 2) }, {}, bounds)).toEqual([[0, 1, 1, 1, 0]])
  })
})

describe('behind the gate', () => {
  it('inputs that share one gradient all get it', async () => {
    const m = new PlainModel()
    m.input('a', [2])
    m.input('b', [2])
    m.node('Add', ['a', 'b'], {}, { outputs: ['y'] })
    const options = { inputs: { a: [2], b: [2] }, output: 'y', head: seedHead(), wrt: ['a', 'b'] }
    const feeds = { a: array64([2], [1, 2]), b: array64([2], [3, 4]), seed: array64([2], [5, -6]), do_backward: on }
    const result = await runOnOrt(trainingModel(m.model(['y']), options).model, feeds)
    expect(Array.from(result['d_a']!.data)).toEqual([5, -6])
    expect(Array.from(result['d_b']!.data)).toEqual([5, -6])
  })

  it('no fusion of the forward is lost to the backward', async () => {
    const layers = 2
    const model = clipVision({ image: 16, patch: 8, width: 16, layers, heads: 2, projection: 4 })
    const inputs = { pixel_values: [2, 3, 16, 16] }
    const head = crossEntropyHead({ classes: 3 })
    const built = buildTrainingGraph(model, { inputs, output: 'image_embeds', wrt: ['pixel_values'], head })
    const folder = mkdtempSync(join(tmpdir(), 'passepartout-'))
    try {
      const optimizedModelFilePath = join(folder, 'optimised.onnx')
      const options = {
        optimizedModelFilePath,
        graphOptimizationLevel: 'extended' as const,
        logSeverityLevel: 3 as const,
      }
      await (await ort.InferenceSession.create(built.model, options)).release()
      const { nodes } = decodeModel(new Uint8Array(readFileSync(optimizedModelFilePath))).graph
      const count = (op: string) => nodes.filter((n) => n.op === op).length
      expect(count('QuickGelu')).toBe(layers)
      // Residual additions may be fused in as well.
      expect(count('LayerNormalization') + count('SkipLayerNormalization')).toBe(2 * layers + 2)
      expect(count('Sigmoid') + count('Pow')).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('patterns whose inner values are used elsewhere', () => {
  it('are differentiated node by node', () => {
    const m = new PlainModel(14)
    m.input('x', [2, 5])
    const d = m.node('Sub', ['x', m.node('ReduceMean', ['x'], { axes: [-1] })])
    const variance = m.node('ReduceMean', [m.node('Pow', [d, m.scalar(2)])], { axes: [-1] })
    const core = m.node('Div', [d, m.node('Sqrt', [m.node('Add', [variance, m.scalar(1e-5)])])])
    const gate = m.node('Sigmoid', [m.node('Mul', [core, m.scalar(1.702)])])
    const y = m.node('Add', [m.node('Mul', [core, gate]), m.node('Mul', [d, gate])])
    const x = array64([2, 5], normals(1, 10).map(Math.fround))
    expect(checkInFloat64({ model: m.model([y]), output: y, feeds: { x }, wrt: ['x'] }, 3)).toBeLessThan(1e-6)
  })
})

describe('names', () => {
  const linear = (input: string) => {
    const m = new PlainModel()
    m.input(input, [2, 3])
    m.weight('W', [3, 4], normals(1, 12))
    const loss = m.node('MatMul', [input, 'W'], {}, { outputs: ['loss'] })
    m.node('Relu', [loss], {}, { outputs: ['logits'] })
    return m.model(['logits'])
  }
  const options = (input: string) => ({
    inputs: { [input]: [2, 3] },
    output: 'logits',
    head: crossEntropyHead({ classes: 2, normalise: false }),
    wrt: [input],
  })
  const head = {
    class_embeddings: array64([4, 2], normals(2, 8).map(Math.fround)),
    targets: array64([2, 2], [1, 0, 0.25, 0.75]),
    weights: array64([2], [1, 1]),
    do_backward: on,
  }

  it('of the encoder give way to those of the head', async () => {
    const feeds = { x: array64([2, 3], normals(3, 6).map(Math.fround)), ...head }
    const { model } = trainingModel(linear('x'), options('x'))
    const result = await runOnOrt(model, feeds)
    expect(result['logits']!.dims).toEqual([2, 2])
    expect(result['loss']!.dims).toEqual([])
    expect(result['loss']!.data[0]).toBeCloseTo(execute(model, feeds)['loss']!.data[0]!, 5)
  })

  it('of inputs stay, and a clash is an error', () => {
    expect(() => trainingModel(linear('targets'), options('targets'))).toThrow("the model's input `targets`")
  })
})

describe('what can be asked for', () => {
  it('the gradient of the class embeddings', () => {
    const [B, D, C] = [3, 4, 2]
    const m = new PlainModel()
    m.input('x', [B, D])
    m.node('Tanh', ['x'], {}, { outputs: ['y'] })
    const wrt = ['class_embeddings']
    const { model } = trainingModel(m.model(['y']), {
      inputs: { x: [B, D] },
      output: 'y',
      head: crossEntropyHead({ classes: C }),
      wrt,
    })
    const feeds = {
      x: array64([B, D], normals(1, B * D)),
      class_embeddings: array64([D, C], normals(2, D * C)),
      targets: array64([B, C], [1, 0, 0, 1, 0.5, 0.5]),
      weights: array64([B], [0.5, 1, 0.25]),
      do_backward: on,
    }
    const loss = (x: typeof feeds.x) => execute(model, { ...feeds, class_embeddings: x })['loss']!.data[0]!
    const gradient = execute(model, feeds)['d_class_embeddings']!
    expect(gradientError(loss, feeds.class_embeddings, gradient, { seed: 1 })).toBeLessThan(1e-8)
  })

  it('nothing that the loss does not depend on', () => {
    const m = new PlainModel()
    m.input('x', [2])
    m.input('z', [2])
    m.node('Neg', ['x'], {}, { outputs: ['y'] })
    const options = { inputs: { x: [2], z: [2] }, output: 'y', head: seedHead(), wrt: ['z'] }
    expect(() => trainingModel(m.model(['y']), options)).toThrow('the loss does not depend on `z`')
  })
})
