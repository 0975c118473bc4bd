/** A training graph with an open head in the fused engine's form: what is encoded, and the gradients of the head's inputs too. */
import { describe, expect, it } from 'vitest'
import { trainingModel } from '../../../src/gradient/training'
import { trainingOptions } from '../../../src/methods/entry'
import type { OnnxModel } from '../../../src/onnx/model'
import { lower } from '../../../src/runtime/fused/lower'
import { planRun } from '../../../src/runtime/fused/plan'
import { clipVision, smallResNet } from '../../support/clip-generator'
import { array64, execute } from '../../support/float64-executor'
import { fromTensor } from '../../support/float64/array'
import { evaluate } from '../../support/fused-evaluator'
import { relativeDistance } from '../../support/gradient-check'
import { normals } from '../../support/random'

const [B, C, D] = [2, 3, 6]

const CASES: [string, OnnxModel, number, { input: string; output: string; normalise: boolean }][] = [
  [
    'a CLIP',
    clipVision({ image: 16, patch: 8, width: 8, layers: 1, heads: 2, projection: D }),
    16,
    { input: 'pixel_values', output: 'image_embeds', normalise: true },
  ],
  [
    'a classifier',
    smallResNet({ image: 8, width: 2, classes: D }),
    8,
    { input: 'pixel_values', output: 'logits', normalise: false },
  ],
]

describe.each(CASES)('%s', (_, model, imageSize, encoder) => {
  const options = trainingOptions({ ...encoder, imageSize, classes: C }, B, 'delta', 'open')
  const { model: built } = trainingModel(model, options)
  const given = (seed: number, dims: number[]) =>
    array64(dims, normals(seed, dims.reduce((p, d) => p * d)).map(Math.fround)) // prettier-ignore
  const feeds = {
    pixel_values: given(1, [B, 3, imageSize, imageSize]),
    delta: given(2, [1, 3, imageSize, imageSize]),
    class_embeddings: given(3, [D, C]),
    class_bias: given(4, [C]),
    targets: array64([B, C], [1, 0, 0, 0, 0, 1]),
    weights: array64([B], [0.5, 0.25]),
  }
  const gradients = ['d_delta', 'd_class_embeddings', 'd_class_bias']

  it('is the same in float64', () => {
    const expected = execute(built, { ...feeds, do_backward: array64([], [1], 'bool') })
    const { program, forward, backward } = lower(built)
    const weights = new Map(
      program.values.flatMap((v) => (v.kind === 'weight' ? [[v.name, fromTensor(v.tensor).data] as const] : [])),
    )
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, data]))
    const all = evaluate(program, inputs, weights)
    expect([...forward.keys()]).toHaveLength(3)
    expect([...backward.keys()]).toEqual(gradients)
    for (const [name, id] of [...forward, ...backward]) {
      expect([name, relativeDistance(all(id), expected[name]!.data) < 1e-9]).toEqual([name, true])
    }
  })

  it('is planned, its gradients in the backward', () => {
    const plan = planRun(built, { software: false, maxBuffers: 10 })
    expect([...plan.gated].sort()).toEqual([...gradients].sort())
    expect([...plan.outputs.keys()]).toEqual(expect.arrayContaining(['logits', 'loss', ...gradients]))
  })
})
