/** A graph that adds a prompt itself, in the fused engine's form: the same numbers. */
import { expect, it } from 'vitest'
import { trainingModel } from '../../../src/gradient/training'
import { trainingOptions } from '../../../src/methods/entry'
import { lower } from '../../../src/runtime/fused/lower'
import { clipVision, type VisionOptions } from '../../support/clip-generator'
import { array64, execute, type Values } from '../../support/float64-executor'
import { fromTensor } from '../../support/float64/array'
import { evaluate } from '../../support/fused-evaluator'
import { relativeDistance } from '../../support/gradient-check'
import { normals } from '../../support/random'

const [B, C, S] = [3, 4, 16]
const TOWER: VisionOptions = { image: S, patch: 8, width: 8, layers: 1, heads: 2, projection: 6 }
const TOWERS: readonly (readonly [string, VisionOptions])[] = [
  ['patches', TOWER],
  ['a convolution stem', { ...TOWER, stem: [4, 6], patch: 2 }],
]

function training(tower: VisionOptions) {
  const names = { input: 'pixel_values', output: 'image_embeds', normalise: true }
  return trainingModel(clipVision(tower), trainingOptions({ ...names, imageSize: S, classes: C }, B, 'delta')).model
}

const values = (seed: number, dims: readonly number[]) =>
  array64(dims, normals(seed, dims.reduce((p, d) => p * d, 1)).map(Math.fround)) // prettier-ignore

it.each(TOWERS)('%s', (_, tower) => {
  const model = training(tower)
  const feeds: Values = {
    pixel_values: values(1, [B, 3, S, S]),
    delta: values(4, [1, 3, S, S]),
    class_embeddings: values(2, [TOWER.projection, C]),
    targets: array64([B, C], [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]),
    weights: array64([B], [0.5, 0.5, 0]),
  }
  const expected = execute(model, { ...feeds, do_backward: array64([], [1], 'bool') })
  const { program, forward, backward } = lower(model)
  const weights = new Map(
    program.values.flatMap((v) => (v.kind === 'weight' ? [[v.name, fromTensor(v.tensor).data] as const] : [])),
  )
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, data]))
  const all = evaluate(program, inputs, weights)
  expect([...backward.keys()]).toEqual(['d_delta'])
  for (const [name, id] of [...forward, ...backward]) {
    expect(relativeDistance(all(id), expected[name]!.data), name).toBeLessThan(1e-9)
  }
})
