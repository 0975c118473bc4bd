/** Dynamic loss scaling: no step is made by a gradient that has overflowed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_LOSS_SCALE } from '../../src/gradient/half'
import { Classifier } from '../../src/methods/classifier'
import { LossScale } from '../../src/methods/loss-scale'
import { GraphBuilder } from '../../src/onnx/builder'
import type { OnnxModel } from '../../src/onnx/model'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'
import { noise } from '../learning/frozen'
import { heldGraph } from '../support/held-graph'

const [ROWS, SIZE, WIDTH, CLASSES] = [2, 4, 5, 3]
const PIXELS = 3 * SIZE * SIZE

let engine: Engine
beforeAll(async () => {
  engine = await createNodeEngine()
})
afterAll(() => engine.dispose())

/** image_embeds = pixels times a matrix whose entries are as large as `gain`: what the backward multiplies with. */
function linear(dtype: 'float16' | 'float32', gain: number): OnnxModel {
  const b = new GraphBuilder()
  const x = b.input('pixel_values', dtype, [ROWS, 3, SIZE, SIZE])
  const values = Array.from({ length: PIXELS * WIDTH }, (_, i) => gain * noise(i))
  const embeds = b.op('MatMul', [b.reshape(x, [ROWS, PIXELS]), b.constant(dtype, [PIXELS, WIDTH], values)], {}, 'image_embeds') // prettier-ignore
  return b.toModel([embeds])
}

/** The gradient of the pixels, and what the scale was after it. */
async function step(dtype: 'float16' | 'float32', gain: number, pixel = 1 / gain) {
  const names = { input: 'pixel_values', output: 'image_embeds', normalise: false }
  const classEmbeddings = Float32Array.from({ length: WIDTH * CLASSES }, (_, i) => noise(500 + i))
  const vision = await heldGraph(linear(dtype, gain))
  const frozen = { vision, ...names, imageSize: SIZE, classes: CLASSES, classEmbeddings }
  const classifier = await Classifier.open(engine, frozen, ROWS)
  const pixels = Float32Array.from({ length: ROWS * PIXELS }, (_, i) => pixel * noise(i + 99))
  const batch = { pixels, labels: Uint16Array.of(0, 2), weights: Float32Array.of(0.5, 0.5), count: ROWS }
  const input = classifier.unprompted(batch)
  try {
    const before = tf.memory().numTensors
    const found = await classifier.lossAndGradient(input, batch, (dInput) => ({ dInput: tf.mul(dInput, 1) }))
    expect(tf.memory().numTensors - before).toBe(2)
    const loss = (await found.loss.data())[0]!
    const gradient = await found.gradient.dInput!.data<'float32'>()
    tf.dispose([found.loss, { ...found.gradient }])
    return { gradient, loss, scale: classifier.lossScale?.value ?? null }
  } finally {
    input.dispose()
    await classifier.dispose()
  }
}

const distance = (a: Float32Array, b: Float32Array): number => {
  const norm = (x: Float32Array) => Math.hypot(...x)
  return norm(a.map((v, i) => v - b[i]!)) / norm(b)
}

describe('a half-precision encoder whose gradient overflows', () => {
  it('has its scale halved until the gradient is finite, and right', async () => {
    const gain = 20_000
    const [half, whole] = [await step('float16', gain), await step('float32', gain)]
    expect(half.scale).toBeLessThan(DEFAULT_LOSS_SCALE)
    expect(half.scale).toBeGreaterThan(DEFAULT_LOSS_SCALE / 2 ** 8)
    expect(distance(half.gradient, whole.gradient)).toBeLessThan(5e-3)
    expect(whole.scale).toBeNull()
  })

  it('keeps its scale where nothing overflows', async () => {
    const [half, whole] = [await step('float16', 1), await step('float32', 1)]
    expect(half.scale).toBe(DEFAULT_LOSS_SCALE)
    expect(distance(half.gradient, whole.gradient)).toBeLessThan(5e-3)
  })

  it('is not rescaled for a forward that overflows: then the loss says so', async () => {
    const { loss, scale } = await step('float16', 200_000, 1)
    expect(loss).toBeNaN()
    expect(scale).toBe(DEFAULT_LOSS_SCALE)
  })
})

describe('the scale', () => {
  it('grows back after many good gradients, to where it began and no further', () => {
    const scale = new LossScale()
    scale.overflowed()
    scale.overflowed()
    const values = new Set<number>()
    for (let n = 0; n < 199; n++) scale.good()
    expect(scale.value).toBe(DEFAULT_LOSS_SCALE / 4)
    for (let n = 0; n < 1000; n++) {
      scale.good()
      values.add(scale.value)
    }
    expect([...values]).toEqual([DEFAULT_LOSS_SCALE / 2, DEFAULT_LOSS_SCALE])
  })

  it('counts good gradients anew after an overflow', () => {
    const scale = new LossScale()
    scale.overflowed()
    for (let n = 0; n < 150; n++) scale.good()
    scale.overflowed()
    for (let n = 0; n < 150; n++) scale.good()
    expect(scale.value).toBe(DEFAULT_LOSS_SCALE / 4)
  })

  it('ends in a sentence where nothing helps', () => {
    const scale = new LossScale()
    expect(() => {
      for (let n = 0; n < 40; n++) scale.overflowed()
    }).toThrow('overflows, however small it is scaled')
  })
})
