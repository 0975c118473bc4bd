/** The gradient check passes on right gradients of every kind of network, and fails on each that was broken on purpose. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memorySet } from '../../src/data/memory-set'
import { Random } from '../../src/data/random'
import { BatchBuilder } from '../../src/learning/batches'
import { Classifier } from '../../src/methods/classifier'
import { checkGradient } from '../../src/methods/gradient-check'
import type { Batch } from '../../src/methods/method'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import type { OnnxModel } from '../../src/onnx/model'
import type { Engine, Feeds, Outputs } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tensorCount, tf } from '../../src/runtime/tfjs'
import { openTiny, SIZE, tinySet } from '../learning/frozen'
import { clipVision, smallResNet } from '../support/clip-generator'
import { inHalfPrecision } from '../support/half-model'
import { heldGraph } from '../support/held-graph'

const ROWS = 4
const CLASSES = 5
const IMAGE = 32
/** Time is no limit here, so that the verdicts do not depend on the machine. */
const PATIENT = { seconds: 60 }

let engine: Engine
beforeAll(async () => {
  engine = await createNodeEngine()
})
afterAll(() => engine.dispose())

/** How a session can go wrong: by the gradient that it gives, or by what its backward is fed. */
interface Break {
  readonly gradient?: (dDelta: tf.Tensor) => tf.Tensor
  readonly weights?: (weights: Float32Array) => Float32Array
}

/** The engine, with every session broken that way. */
function broken({ gradient, weights }: Break): Engine {
  const changed = (outputs: Outputs) =>
    Object.fromEntries(
      Object.entries(outputs).map(([name, t]) => [name, gradient && name.startsWith('d_') ? gradient(t) : t]),
    )
  const fed = (feeds: Feeds): Feeds => {
    const given = feeds['weights']
    if (!weights || !given || given instanceof tf.Tensor) return feeds
    return { ...feeds, weights: { ...given, data: weights(given.data as Float32Array) } }
  }
  return Object.assign(Object.create(engine) as Engine, {
    createSession: async (...model: Parameters<Engine['createSession']>) => {
      const session = await engine.createSession(...model)
      const run: typeof session.run = (feeds, use, fetches) =>
        session.run(fed(feeds), (outputs) => use(tf.tidy(() => changed(outputs))), fetches)
      return { run, dispose: () => session.dispose() }
    },
  })
}

/** A classifier of noise pictures on a model of the generator, its gradient perhaps broken. */
async function open(model: OnnxModel, output: 'logits' | 'image_embeds', width: number, on: Engine = engine) {
  const random = new Random(5)
  const normalise = output === 'image_embeds'
  const frozen = {
    ...{ vision: await heldGraph(model), input: 'pixel_values', output, normalise },
    ...{ imageSize: IMAGE, classes: CLASSES },
    classEmbeddings: Float32Array.from({ length: width * CLASSES }, () => random.normal() * (normalise ? 12 : 1)),
  }
  const classifier = await Classifier.open(on, frozen, ROWS)
  const pixels = Uint8Array.from({ length: ROWS * 3 * IMAGE * IMAGE }, () => random.below(256))
  const set = memorySet(pixels, new Uint16Array(ROWS), [])
  const format = { imageSize: IMAGE, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }
  const [batch] = new BatchBuilder(set, format, ROWS).inOrder()
  return { classifier, method: new VisualPrompt(classifier, 4, () => 0.1 * random.normal()), batch: batch! }
}

async function verdict({ classifier, method, batch }: Awaited<ReturnType<typeof open>>) {
  const found = await checkGradient(method, batch, PATIENT)
  method.dispose()
  await classifier.dispose()
  return found
}

const VIT = { image: IMAGE, patch: 8, width: 48, layers: 4, heads: 4, projection: 16 }
const vit = () => clipVision(VIT)

describe('a right gradient passes', () => {
  it('of a transformer, to a thousandth', async () => {
    const found = await verdict(await open(vit(), 'image_embeds', 16))
    expect(found).toMatchObject({ pass: true, directions: 5 })
    expect(found.alongGradient).toBeLessThan(1e-3)
    expect(found.worstRelative).toBeLessThan(1e-2)
  })

  it('of a transformer with exact GELU and LayerNormalization', async () => {
    const model = clipVision({ ...VIT, activation: 'gelu', opset: 17 })
    expect(await verdict(await open(model, 'image_embeds', 16))).toMatchObject({ pass: true, directions: 5 })
  })

  it('of a network with kinks', async () => {
    const found = await verdict(await open(smallResNet({ image: IMAGE, width: 8, classes: 40 }), 'logits', 40))
    expect(found).toMatchObject({ pass: true, directions: 5 })
  })

  it('in half precision, where small steps show nothing but rounding', async () => {
    const found = await verdict(await open(inHalfPrecision(vit()), 'image_embeds', 16))
    expect(found.pass).toBe(true)
    expect(found.random).not.toBeNull()
  })
})

describe('a wrong gradient fails', () => {
  const ofGradient: Readonly<Record<string, (d: tf.Tensor) => tf.Tensor>> = {
    'a tenth too long': (d) => tf.mul(d, 1.1),
    'of the wrong sign': (d) => tf.neg(d),
    'with columns in the wrong order': (d) => tf.reverse(d, 3),
    'shifted by one pixel': (d) => tf.concat([tf.slice(d, [0, 0, 0, IMAGE - 1], [-1, -1, -1, 1]), tf.slice(d, [0, 0, 0, 0], [-1, -1, -1, IMAGE - 1])], 3), // prettier-ignore
    'without one colour': (d) => tf.mul(d, tf.tensor([1, 1, 0], [1, 3, 1, 1])),
    'without the upper half': (d) =>
      tf.mul(d, tf.concat([tf.zeros([1, 1, IMAGE / 2, 1]), tf.ones([1, 1, IMAGE / 2, 1])], 2)),
    'that is zero': (d) => tf.zerosLike(d),
    'that is not a number': (d) => tf.mul(d, NaN),
  }
  const BREAKS: Readonly<Record<string, Break>> = {
    ...Object.fromEntries(Object.entries(ofGradient).map(([name, gradient]) => [name, { gradient }])),
    'without one picture': { weights: (weights) => weights.with(2, 0) },
  }

  it.each(Object.entries(BREAKS))('%s', async (_, change) => {
    const found = await verdict(await open(vit(), 'image_embeds', 16, broken(change)))
    expect(found.pass).toBe(false)
  })

  it.each(['a tenth too long', 'without one colour', 'with columns in the wrong order'])(
    'of a network with kinks, %s',
    async (how) => {
      const model = smallResNet({ image: IMAGE, width: 8, classes: 40 })
      expect((await verdict(await open(model, 'logits', 40, broken(BREAKS[how]!)))).pass).toBe(false)
    },
  )
})

describe('the check', () => {
  const tinyBatch = (): Batch => {
    const format = { imageSize: SIZE, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }
    return [...new BatchBuilder(tinySet(8), format, 8).inOrder()][0]!
  }

  it('leaves the parameters as they were, and no tensors', async () => {
    const classifier = await openTiny(engine, 8)
    const random = new Random(1)
    const method = new VisualPrompt(classifier, 2, () => random.normal())
    const values = () => Promise.all(Object.values(method.parameters).map((tensor) => tensor.data()))
    const [before, tensors] = [await values(), tensorCount()]
    const found = await checkGradient(method, tinyBatch(), PATIENT)
    expect(found.pass).toBe(true)
    expect(await values()).toEqual(before)
    expect(tensorCount()).toBe(tensors)
    method.dispose()
    await classifier.dispose()
  })

  it('tries at least the direction of the gradient when time is short', async () => {
    const classifier = await openTiny(engine, 8)
    const method = new VisualPrompt(classifier, 2, () => 0)
    expect(await checkGradient(method, tinyBatch(), { seconds: 0 })).toMatchObject({
      ...{ directions: 1, random: null, pass: true },
    })
    method.dispose()
    await classifier.dispose()
  })
})
