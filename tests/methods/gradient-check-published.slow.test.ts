/** The gradient check on published weights and real pictures: networks of ReLU6 and MaxPool, whose kinks must not fail it. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { Random } from '../../src/data/random'
import { memorySet } from '../../src/data/memory-set'
import { resizeAndCrop } from '../../src/data/resample'
import { zipSource } from '../../src/data/source-zip'
import { BatchBuilder } from '../../src/learning/batches'
import { Classifier, mappedClassifier } from '../../src/methods/classifier'
import { checkGradient } from '../../src/methods/gradient-check'
import { firstOutputs } from '../../src/methods/label-mapping'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { loadModel } from '../../src/models/frozen-model'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { referencePath, withoutReference } from '../data/reference'
import { REFERENCE_CLASSIFIERS, referenceFiles } from '../support/reference-classifiers'

const PICTURES = 4
const CLASSES = 10

let engine: Engine
beforeAll(async () => {
  engine = await createNodeEngine()
})
afterAll(() => engine.dispose())

/** The first pictures of the five kinds of flowers, as the model wants them. */
async function flowers(model: Parameters<typeof mappedClassifier>[0]): Promise<Uint8Array> {
  const source = await zipSource('flowers', readFileSync(referencePath('images/flowers5_128px.zip')))
  const chosen = source.files.filter((_, i) => i % Math.ceil(source.files.length / PICTURES) === 0)
  const pixels = new Uint8Array(PICTURES * 3 * model.imageSize ** 2)
  for (const [i, file] of chosen.entries()) {
    const image = await nodeDecoder.decode(await file.bytes())
    pixels.set(resizeAndCrop(image, model.imageSize, model.resize), (i * pixels.length) / PICTURES)
  }
  return pixels
}

describe.skipIf(withoutReference(3, 'the gradient check on published weights'))('published weights', () => {
  it.each(REFERENCE_CLASSIFIERS.map(({ id }) => id))(
    '%s passes',
    async (id) => {
      const model = await loadModel(referenceFiles(id, {}))
      if (model.kind !== 'classifier') throw new Error(`${id} is a CLIP`)
      const frozen = mappedClassifier(model, firstOutputs(model.outputs, CLASSES))
      const classifier = await Classifier.open(engine, frozen, PICTURES)
      const set = memorySet(await flowers(model), new Uint16Array(PICTURES), [])
      const [batch] = new BatchBuilder(set, model, PICTURES).inOrder()
      const random = new Random(1)
      const method = new VisualPrompt(classifier, Math.round((model.imageSize * 30) / 224), () => 0.1 * random.normal())
      const found = await checkGradient(method, batch!, { seconds: 60 })
      method.dispose()
      await classifier.dispose()
      expect(found).toMatchObject({ pass: true, directions: 5 })
      expect(found.alongGradient).toBeLessThan(0.025)
      expect(found.random).toBeLessThan(0.1)
    },
    120_000,
  )
})
