/** Image classifiers in half precision: taken as they are, with the gradient of their float32 twins. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Classifier, mappedClassifier } from '../../src/methods/classifier'
import { firstOutputs } from '../../src/methods/label-mapping'
import { loadModel } from '../../src/models/frozen-model'
import type { ImageClassifier } from '../../src/models/image-classifier'
import type { OnnxModel } from '../../src/onnx/model'
import { encodeModel } from '../../src/onnx/write'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'
import { noise } from '../learning/frozen'
import { CONVOLVED, convolutions } from '../runtime/models'
import { inHalfPrecision } from '../support/half-model'
import { filesOf } from './tiny-clip'

const ROWS = 2
const S = CONVOLVED.imageSize

let engine: Engine
beforeAll(async () => {
  engine = await createNodeEngine()
})
afterAll(() => engine.dispose())

async function load(graph: OnnxModel): Promise<ImageClassifier> {
  const preprocessing = { image_mean: [0.5, 0.5, 0.5], image_std: [0.25, 0.25, 0.25], crop_size: S }
  const model = await loadModel(
    filesOf({ 'model.onnx': encodeModel(graph), 'preprocessor_config.json': preprocessing }),
  )
  if (model.kind !== 'classifier') throw new Error('a CLIP')
  return model
}

async function gradientOf(model: ImageClassifier): Promise<Float32Array> {
  const classifier = await Classifier.open(
    engine,
    mappedClassifier(model, firstOutputs(model.outputs, 4)),
    ROWS,
    'pixels',
  )
  const pixels = Float32Array.from({ length: ROWS * 3 * S * S }, (_, i) => 2 * noise(i))
  const batch = { pixels, labels: Uint16Array.of(3, 1), weights: Float32Array.of(0.5, 0.5), count: ROWS }
  const input = classifier.pixels(batch)
  const found = await classifier.lossAndGradient(input, batch, (dInput) => ({ dInput: tf.mul(dInput, 1) }))
  const gradient = (await found.gradient.dInput!.data<'float32'>()).slice()
  tf.dispose([input, found.loss, { ...found.gradient }])
  await classifier.dispose()
  return gradient
}

it.each(['float32', 'float16'] as const)('with %s at its ends', async (ends) => {
  const whole = convolutions(ROWS)
  const model = await load(inHalfPrecision(whole, { ends }))
  expect(model.vision.outline.graph.inputs.map(({ dtype }) => dtype)).toEqual([ends])
  expect(model).toMatchObject({ outputs: CONVOLVED.dimensions, imageSize: S })
  const [half, exact] = [await gradientOf(model), await gradientOf(await load(whole))]
  const norm = (x: Float32Array) => Math.hypot(...x)
  // Rounded weights move a few values over the kinks of a Clip; between float32 and float32 it is 0.
  expect(norm(half.map((v, i) => v - exact[i]!)) / norm(exact)).toBeLessThan(5e-2)
})
