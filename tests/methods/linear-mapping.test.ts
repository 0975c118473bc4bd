/** A learned linear mapping: its loss and gradients against tfjs differentiating the same formula, on logits and on texts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BatchBuilder } from '../../src/learning/batches'
import { LAYER, LinearlyMapped } from '../../src/methods/linear-mapping'
import type { Batch } from '../../src/methods/method'
import type { MappedOutputs } from '../../src/methods/output-mapping'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { createNodeEngine } from '../../src/runtime/node'
import type { Engine } from '../../src/runtime/engine'
import { tensorCount, tf } from '../../src/runtime/tfjs'
import { CLASSES, noise, openTiny, SIZE, tinySet, WIDTH } from '../learning/frozen'

const [ROWS, COUNT, K] = [4, 3, 7]
let engine: Engine
let batch: Batch
beforeAll(async () => {
  engine = await createNodeEngine()
  const format = { imageSize: SIZE, mean: [0.5, 0.45, 0.4], std: [0.25, 0.26, 0.27] }
  ;[batch] = new BatchBuilder(tinySet(COUNT), format, ROWS).inOrder() as Iterable<Batch> as [Batch]
})
afterAll(() => engine.dispose())

const filled = (from: number, length: number) => Float32Array.from({ length }, (_, i) => noise(from + i))

const OUTPUTS: [string, MappedOutputs, boolean][] = [
  ['logits', { count: WIDTH, labels: null, embeddings: null }, false],
  ['texts', { count: K, labels: null, embeddings: filled(300, WIDTH * K) }, true],
]

describe.each(OUTPUTS)('on %s', (_, outputs, normalise) => {
  /** With random values in place of the start, the prompt's too. */
  async function open() {
    const classifier = await openTiny(engine, ROWS, { head: 'open', normalise })
    let i = 0
    const prompt = new VisualPrompt(classifier, 2, () => 0.1 * noise(i++))
    const method = new LinearlyMapped(prompt, outputs, CLASSES)
    return { classifier, prompt, method }
  }

  it('begins as the first outputs', async () => {
    const { classifier, prompt, method } = await open()
    const z = await prompt.encode(batch)
    const D = WIDTH
    const found = await method.predict(batch)
    for (let row = 0; row < COUNT; row++) {
      const f = z.subarray(row * D, (row + 1) * D)
      const unit = normalise ? f.map((value) => value / Math.hypot(...f)) : f
      for (let c = 0; c < CLASSES; c++) {
        const E = outputs.embeddings
        const expected = E ? unit.reduce((sum, value, d) => sum + value * E[d * outputs.count + c]!, 0) : unit[c]!
        expect(found[row * CLASSES + c]).toBeCloseTo(expected, 4)
      }
    }
    expect(method.parameterCount).toBe(prompt.parameterCount + (outputs.count + 1) * CLASSES)
    method.dispose()
    await classifier.dispose()
  })

  it('learns by the gradient that tfjs finds, and leaves no tensor behind', async () => {
    const before = tensorCount()
    const { classifier, method } = await open()
    const weights = filled(500, outputs.count * CLASSES)
    const bias = filled(900, CLASSES)
    method.setParameters({
      ...method.prompt.design.init({
        normal: (
          (i = 50) =>
          () =>
            0.1 * noise(i++)
        )(),
      }),
      [LAYER.weights]: tf.tensor2d(weights, [outputs.count, CLASSES]),
      [LAYER.bias]: tf.tensor1d(bias),
    })
    const z = await method.prompt.encode(batch)
    const found = await method.lossAndGradient(batch, true)
    const [loss, dW, db] = await Promise.all(
      [found.loss, found.gradient[LAYER.weights]!, found.gradient[LAYER.bias]!].map(async (x) => [
        ...(await x.data<'float32'>()),
      ]),
    )
    const expected = tf.tidy(() => {
      const f = tf.tensor2d(z, [COUNT, WIDTH])
      const unit = normalise ? tf.div(f, tf.norm(f, 2, 1, true)) : f
      const outs = outputs.embeddings
        ? tf.matMul(unit as tf.Tensor2D, tf.tensor2d(outputs.embeddings, [WIDTH, outputs.count]))
        : (unit as tf.Tensor2D)
      const targets = tf.oneHot(tf.tensor1d([...batch.labels.subarray(0, COUNT)], 'int32'), CLASSES)
      const crossEntropy = (W: tf.Tensor, b: tf.Tensor) =>
        tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(tf.add(tf.matMul(outs, W as tf.Tensor2D), b))), 1)))
      const both = tf.grads((W: tf.Tensor, b: tf.Tensor) => crossEntropy(W, b))
      const at = [tf.tensor2d(weights, [outputs.count, CLASSES]), tf.tensor1d(bias)]
      const [gradW, gradB] = both(at) as [tf.Tensor, tf.Tensor]
      return [crossEntropy(at[0]!, at[1]!), gradW, gradB].map((x) => [...x.dataSync<'float32'>()])
    })
    const all = [loss!, dW!, db!]
    expected.forEach((values, i) => values.forEach((value, j) => expect(all[i]![j]).toBeCloseTo(value, 4)))
    expect(Math.max(...dW!.map(Math.abs))).toBeGreaterThan(1e-3)

    // And the prompt's: along it the loss falls by its square.
    const gradient = found.gradient as Record<string, tf.Tensor>
    const squared = tf.tidy(() =>
      tf.addN(Object.entries(gradient).map(([, g]) => tf.sum(tf.square(g)))).dataSync<'float32'>(),
    )[0]!
    const r = 1e-3 / Math.sqrt(squared)
    const moved = Object.fromEntries(
      Object.entries(method.parameters).map(([name, p]) => [
        name,
        tf.tidy((): tf.Tensor => tf.sub(p, tf.mul(gradient[name]!, r))),
      ]),
    )
    const there = loss![0]!
    method.setParameters(moved)
    const next = await method.lossAndGradient(batch)
    const here = (await next.loss.data<'float32'>())[0]!
    expect((there - here) / r / squared).toBeCloseTo(1, 1)
    tf.dispose([found.loss, { ...found.gradient }, next.loss, { ...next.gradient }])
    method.dispose()
    await classifier.dispose()
    expect(tensorCount()).toBe(before)
  })
})

it('needs a classifier with an open head', async () => {
  const classifier = await openTiny(engine, ROWS)
  const prompt = new VisualPrompt(classifier, 2, () => 0)
  const method = new LinearlyMapped(prompt, OUTPUTS[0]![1], CLASSES)
  await expect(method.lossAndGradient(batch)).rejects.toThrow('fixed')
  await expect(prompt.encode(batch)).rejects.toThrow('open head')
  method.dispose()
  await classifier.dispose()
})
