/** ONNX training graphs in the fused engine's form: same losses, logits and gradients in float64. */
import { describe, expect, it } from 'vitest'
import { crossEntropyHead } from '../../../src/gradient/heads'
import { trainingModel } from '../../../src/gradient/training'
import type { OnnxModel } from '../../../src/onnx/model'
import { lower } from '../../../src/runtime/fused/lower'
import { Unsupported } from '../../../src/runtime/fused/unsupported'
import { clipText, clipVision, type VisionOptions } from '../../support/clip-generator'
import { array64, execute, type Values } from '../../support/float64-executor'
import { fromTensor } from '../../support/float64/array'
import { evaluate } from '../../support/fused-evaluator'
import { relativeDistance, shapesOf } from '../../support/gradient-check'
import { PlainModel } from '../../support/plain-model'
import { normals } from '../../support/random'

const TOWER: VisionOptions = { image: 16, patch: 8, width: 8, layers: 1, heads: 2, projection: 6 }
const [B, C] = [2, 3]

const values = (seed: number, dims: number[], scale = 1) =>
  array64(
    dims,
    normals(
      seed,
      dims.reduce((p, d) => p * d, 1),
      scale,
    ).map(Math.fround),
  )

function training(model: OnnxModel, options: { output: string; inputs: Values }): OnnxModel {
  const { output, inputs } = options
  const head = crossEntropyHead({ classes: C })
  return trainingModel(model, { inputs: shapesOf(inputs), output, wrt: ['pixel_values'], head }).model
}

/** Largest relative difference of any output. */
function difference(model: OnnxModel, feeds: Values): number {
  const expected = execute(model, { ...feeds, do_backward: array64([], [1], 'bool') })
  const { program, forward, backward } = lower(model)
  const weights = new Map(
    program.values.flatMap((v) => (v.kind === 'weight' ? [[v.name, fromTensor(v.tensor).data] as const] : [])),
  )
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, data]))
  const all = evaluate(program, inputs, weights)
  expect([...forward.keys()]).toEqual(['logits', 'loss'])
  expect([...backward.keys()]).toEqual(['d_pixel_values'])
  return Math.max(...[...forward, ...backward].map(([name, id]) => relativeDistance(all(id), expected[name]!.data)))
}

const feeds = (S: number, D: number): Values => ({
  pixel_values: values(1, [B, 3, S, S]),
  class_embeddings: values(2, [D, C], 2),
  targets: array64([B, C], [1, 0, 0, 0.25, 0.5, 0.25]),
  weights: array64([B], [0.5, 0.25]),
})

describe('a training graph', () => {
  it.each([
    ['CLIP as exported at opset 14', {}],
    ['LayerNormalization and erf', { opset: 17, activation: 'gelu' }],
    ['tanh', { activation: 'gelu_tanh' }],
    ['a convolution stem', { stem: [4, 6], patch: 2, image: 16 }],
  ] satisfies [string, Partial<VisionOptions>][])('computes the same with %s', (_, options) => {
    const tower = { ...TOWER, ...options }
    const given = feeds(tower.image, tower.projection)
    const model = training(clipVision(tower), {
      output: 'image_embeds',
      inputs: { pixel_values: given['pixel_values']! },
    })
    expect(difference(model, given)).toBeLessThan(1e-9)
  })

  it('computes the same with a strided, padded convolution under a rectifier', () => {
    const model = clipVision({ ...TOWER, stem: [3], patch: 4 })
    const given = feeds(TOWER.image, TOWER.projection)
    const built = training(model, { output: 'image_embeds', inputs: { pixel_values: given['pixel_values']! } })
    expect(built.graph.nodes.some(({ op }) => op === 'Conv')).toBe(true)
    expect(difference(built, given)).toBeLessThan(1e-9)
  })
})

describe('what it does not know', () => {
  it('is named: an operator', () => {
    const m = new PlainModel()
    m.input('pixel_values', [B, C])
    m.node('CumSum', ['pixel_values', m.scalar(1, 'int64')], {}, { outputs: ['y'] })
    expect(() => lower(m.model(['y']))).toThrow(Unsupported)
    expect(() => lower(m.model(['y']))).toThrow(/CumSum/)
  })

  it('is named: integers', () => {
    const model = clipText({ vocabulary: 20, context: 8, width: 8, layers: 1, heads: 2, projection: 6 })
    expect(() => lower(model)).toThrow(/input input_ids of int64/)
  })
})
