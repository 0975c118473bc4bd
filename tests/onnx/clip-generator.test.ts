/** The synthetic towers: the same for the same seed, of true size when asked, and runnable with weights beside the graph. */
import { expect, it } from 'vitest'
import { crossEntropyHead } from '../../src/gradient/heads'
import { buildTrainingGraph } from '../../src/gradient/training'
import { encodeModel } from '../../src/onnx/write'
import { VIT_B_32, clipVision, withWeightsBeside } from '../support/clip-generator'
import { array64, execute } from '../support/float64-executor'
import { relativeDistance } from '../support/gradient-check'
import { normals } from '../support/random'
import { runBytesOnOrt } from '../support/ort'

const small = { image: 32, patch: 16, width: 16, layers: 1, heads: 2, projection: 4 }
const bytesOf = (seed: number) => encodeModel(clipVision({ ...small, seed }), { weights: 'inline' })

it('depend on nothing but their options', () => {
  expect(bytesOf(5)).toEqual(bytesOf(5))
  expect(bytesOf(5)).not.toEqual(bytesOf(6))
})

it('run with their weights in a second file', async () => {
  const inline = clipVision(small)
  const beside = withWeightsBeside(inline)
  const bytes = encodeModel(beside)
  expect(bytes.byteLength).toBeLessThan(encodeModel(inline).byteLength - 10_000)
  const feeds = { pixel_values: array64([1, 3, 32, 32], normals(1, 3072).map(Math.fround)) }
  const found = await runBytesOnOrt(bytes, beside.files, feeds)
  expect(relativeDistance(found['image_embeds']!.data, execute(inline, feeds)['image_embeds']!.data)).toBeLessThan(1e-5)
})

it('have the graph of ViT-B/32, whose training graph stays small', () => {
  // One layer: the other eleven are alike, and 88 million weights are for the benchmark.
  const model = withWeightsBeside(clipVision({ ...VIT_B_32, layers: 1 }))
  const inputs = { pixel_values: [8, 3, 224, 224] }
  const head = crossEntropyHead({ classes: 10 })
  const built = buildTrainingGraph(model, { inputs, output: 'image_embeds', wrt: ['pixel_values'], head })
  expect(built.model.byteLength).toBeLessThan(100_000)
  expect(built.externalData.map((f) => f.path)).toEqual(['weights.bin'])
  expect(model.files[0]!.data.byteLength).toBeGreaterThan(4 * 9e6)
})
