/** A border that the graph adds itself against the same border laid on the pixels before it: one loss, one gradient, one learning. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { memorySet } from '../../src/data/memory-set'
import { Random } from '../../src/data/random'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import { Loop } from '../../src/learning/loop'
import { readParameters } from '../../src/learning/parameters'
import { quick } from '../../src/learning/recipes'
import { Classifier } from '../../src/methods/classifier'
import type { Entry } from '../../src/methods/entry'
import type { Batch } from '../../src/methods/method'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { ZeroShot } from '../../src/methods/zero-shot'
import type { OnnxModel } from '../../src/onnx/model'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tensorCount, tf } from '../../src/runtime/tfjs'
import { createWasmEngine } from '../../src/runtime/wasm'
import { clipVision, smallResNet } from '../support/clip-generator'
import { heldGraph } from '../support/held-graph'
import { relativeDistance } from '../support/training-case'

// Two runtimes are compiled and loaded here: seconds alone, much more on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const [ROWS, CLASSES, IMAGE, PICTURES] = [4, 5, 32, 10]

const engines: Engine[] = []
beforeAll(async () => {
  engines.push(await createNodeEngine(), await createWasmEngine())
})
afterAll(async () => {
  for (const engine of engines) await engine.dispose()
})

const MODELS: Readonly<Record<string, () => { model: OnnxModel; output: 'logits' | 'image_embeds'; width: number }>> = {
  'a transformer': () => ({
    model: clipVision({ image: IMAGE, patch: 8, width: 32, layers: 2, heads: 2, projection: 16 }),
    output: 'image_embeds',
    width: 16,
  }),
  'a network of strided convolutions': () => ({
    model: smallResNet({ image: IMAGE, width: 8, classes: 40 }),
    output: 'logits',
    width: 40,
  }),
}

async function open(kind: string, entry: Entry, engine: Engine) {
  const { model, output, width } = MODELS[kind]!()
  const random = new Random(5)
  const normalise = output === 'image_embeds'
  const frozen = {
    ...{ vision: await heldGraph(model), input: 'pixel_values', output, normalise },
    ...{ imageSize: IMAGE, classes: CLASSES },
    classEmbeddings: Float32Array.from({ length: width * CLASSES }, () => random.normal() * (normalise ? 12 : 1)),
  }
  const classifier = await Classifier.open(engine, frozen, ROWS, entry)
  return { classifier, method: new VisualPrompt(classifier, 4, () => 0.1 * random.normal()) }
}

function builder(): BatchBuilder {
  const random = new Random(7)
  const pixels = Uint8Array.from({ length: PICTURES * 3 * IMAGE * IMAGE }, () => random.below(256))
  const labels = Uint16Array.from({ length: PICTURES }, (_, i) => i % CLASSES)
  const format = { imageSize: IMAGE, mean: [0.5, 0.4, 0.3], std: [0.25, 0.3, 0.2] }
  return new BatchBuilder(memorySet(pixels, labels, []), format, ROWS)
}

const flat = (set: Awaited<ReturnType<typeof readParameters>>) => Object.values(set).flatMap(({ data }) => [...data])

/** Logits bare, bordered and half bordered; loss and gradient of each micro-batch, the last with padding rows. */
async function answers(kind: string, entry: Entry, engine: Engine) {
  const { classifier, method } = await open(kind, entry, engine)
  const bare = new ZeroShot(classifier)
  const tensors = tensorCount()
  const found = { logits: [] as number[], losses: [] as number[], gradients: [] as number[] }
  for (const batch of builder().inOrder() as Iterable<Batch>) {
    const logits = [await bare.predict(batch), await method.predict(batch), await method.predict(batch, 0.5)]
    found.logits.push(...logits.flatMap((each) => [...each]))
    const { loss, gradient } = await method.lossAndGradient(batch)
    found.losses.push(...(await loss.data()))
    found.gradients.push(...flat(await readParameters(gradient)))
    tf.dispose([loss, { ...gradient }])
  }
  expect(tensorCount()).toBe(tensors)
  method.dispose()
  await classifier.dispose()
  return found
}

/** The border after some steps of two and a half micro-batches. */
async function learned(kind: string, entry: Entry, engine: Engine): Promise<number[]> {
  const { classifier, method } = await open(kind, entry, engine)
  const batches = new TrainingBatches(builder(), { batchSize: PICTURES, maxShift: 2, seed: 3 })
  const loop = new Loop({ method, batches, recipe: { ...quick, steps: 6 }, readEvery: 6 })
  while (!loop.done) await loop.advance()
  const found = flat(await readParameters(method.parameters))
  loop.dispose()
  method.dispose()
  await classifier.dispose()
  return found
}

describe.each(Object.keys(MODELS))('%s', (kind) => {
  it.each([0, 1])('answers alike by both ways in, engine %i', async (at) => {
    const engine = engines[at]!
    const [delta, pixels] = [await answers(kind, 'delta', engine), await answers(kind, 'pixels', engine)]
    expect(relativeDistance(delta.logits, pixels.logits)).toBeLessThan(1e-5)
    expect(relativeDistance(delta.losses, pixels.losses)).toBeLessThan(1e-5)
    expect(relativeDistance(delta.gradients, pixels.gradients)).toBeLessThan(1e-5)
  })

  it('learns alike by both ways in, and bit for bit the same again', async () => {
    const [engine] = engines as [Engine]
    const [once, again] = [await learned(kind, 'delta', engine), await learned(kind, 'delta', engine)]
    expect(again).toEqual(once)
    expect(relativeDistance(once, await learned(kind, 'pixels', engine))).toBeLessThan(1e-2)
  })
})
