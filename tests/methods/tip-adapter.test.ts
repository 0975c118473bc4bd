/** Tip-Adapter and Tip-Adapter-F against PyTorch (tools/reference/tip_adapter.py), and the search against a plain one. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { argmaxRows } from '../../src/evaluation/accuracy'
import { adamw } from '../../src/learning/optimiser'
import { learningRateAt } from '../../src/learning/schedule'
import { TipAdapter } from '../../src/methods/features/tip-adapter'
import { TipAdapterF } from '../../src/methods/features/tip-adapter-f'
import {
  tipAdapterDefaults,
  tipAdapterFTraining,
  tipAdapterSettingsSchema,
  valuesOf,
} from '../../src/methods/features/tip-adapter-settings'
import { tf } from '../../src/runtime/tfjs'
import { useTfjsWasm } from '../../src/runtime/tfjs-wasm'
import { normals } from '../support/random'
import { batchOf, givenFeatures } from './given-features'

beforeAll(useTfjsWasm)

const torch = JSON.parse(readFileSync('tests/fixtures/probe/tip-adapter.json', 'utf8')) as {
  width: number
  classes: number
  alpha: number
  beta: number
  labels: number[]
  asked: number[]
  train: number[]
  val: number[]
  text: number[]
  logits: number[]
  losses: number[]
  keys: number[]
}
const { width, classes, alpha, beta } = torch
const train = { values: Float32Array.from(torch.train), labels: Uint16Array.from(torch.labels) }
const val = { values: Float32Array.from(torch.val), labels: Uint16Array.from(torch.asked) }
const W = Float32Array.from(torch.text)
const task = () => givenFeatures({ train, val, classes, width })
const still = { alpha, beta, search: null }

const farthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)))

/** Logits of one picture by the equation, in float64. */
function byHand(features: Float32Array, row: number, strengths: { alpha: number; beta: number }): number[] {
  const unitRow = (values: Float32Array, i: number) => {
    const x = values.subarray(i * width, (i + 1) * width)
    return Array.from(x, (value) => value / Math.hypot(...x))
  }
  const f = unitRow(features, row)
  return Array.from({ length: classes }, (_, c) => {
    let logit = f.reduce((sum, x, d) => sum + x * W[d * classes + c]!, 0)
    train.labels.forEach((label, n) => {
      const cosine = unitRow(train.values, n).reduce((sum, x, d) => sum + x * f[d]!, 0)
      if (label === c) logit += strengths.alpha * Math.exp(-strengths.beta * (1 - cosine))
    })
    return logit
  })
}

describe('Tip-Adapter', () => {
  it('answers as PyTorch, is zero-shot at strength 0, and the same after saving', async () => {
    const given = task()
    const method = new TipAdapter(given, W, still)
    await method.fit()
    const logits = await method.predict(batchOf(given.val))
    expect(farthest(logits, torch.logits)).toBeLessThan(1e-5)
    expect([...(await method.predict(batchOf(given.val, [4, 2])))]).toEqual([
      ...logits.subarray(4 * classes, 5 * classes),
      ...logits.subarray(2 * classes, 3 * classes),
    ])
    const bare = await method.predict(batchOf(given.val), 0)
    expect(farthest(bare, val.labels.length === 0 ? [] : zeroShot())).toBeLessThan(1e-5)
    const again = new TipAdapter(given, W, { ...still, alpha: 9 })
    again.load(structuredClone(method.save()))
    expect(await again.predict(batchOf(given.val))).toEqual(logits)
    expect(() => again.load({ ...method.save(), keys: { dims: [1, 1], data: new Float32Array(1) } })).toThrow('keys')
  })

  it('searches alpha and beta on validation, taking the first of the best', async () => {
    // Of the first class there are many pictures, which outvote the near ones unless beta is large; the text is no help.
    const noisy = (seed: number, labels: number[]) => ({
      values: Float32Array.from(normals(seed, labels.length * width), (x, i) =>
        i % width === labels[Math.floor(i / width)] ? x + 2.5 : x,
      ),
      labels: Uint16Array.from(labels),
    })
    const many = noisy(3, [...Array.from({ length: 24 }, () => 0), 1, 1, 1, 2, 2, 2])
    const asked = noisy(
      4,
      Array.from({ length: 60 }, (_, i) => i % classes),
    )
    const text = Float32Array.from(normals(5, W.length))
    const search = { alpha: { first: 0.5, last: 40, steps: 6 }, beta: { first: 0.2, last: 8, steps: 9 } }
    const given = givenFeatures({ train: many, val: asked, classes, width })
    const method = new TipAdapter(given, text, { ...still, search })
    await method.fit()
    let best = { alpha: 0, beta: 0, correct: -1 }
    for (const b of valuesOf(search.beta)) {
      for (const a of valuesOf(search.alpha)) {
        const each = new TipAdapter(given, text, { alpha: a, beta: b, search: null })
        await each.fit()
        const top = argmaxRows(await each.predict(batchOf(given.val)), classes)
        const correct = top.filter((answer, i) => answer === asked.labels[i]).length
        if (correct > best.correct) best = { alpha: a, beta: b, correct }
      }
    }
    expect(method.strengths.alpha).toBeCloseTo(best.alpha, 10)
    expect(method.strengths.beta).toBeCloseTo(best.beta, 10)
    expect(best.alpha).toBeGreaterThan(0.5)
    expect(best.beta).toBeGreaterThan(1)
  })

  it('has the grid of the reference code', () => {
    const { alpha: a, beta: b } = tipAdapterDefaults.search!
    const [alphas, betas] = [valuesOf(a), valuesOf(b)]
    expect([alphas.length, betas.length]).toEqual([20, 200])
    expect([alphas[0], alphas[1], alphas[19]].map((x) => x!.toFixed(4))).toEqual(['0.1000', '0.2450', '2.8550'])
    expect(betas[199]!.toFixed(4)).toBe('6.9655')
    expect(tipAdapterSettingsSchema.parse(tipAdapterDefaults)).toEqual(tipAdapterDefaults)
  })
})

const zeroShot = () => torch.asked.flatMap((_, row) => byHand(val.values, row, { alpha: 0, beta: 1 }))

describe('Tip-Adapter-F', () => {
  it('learns as in PyTorch: losses of 20 steps of AdamW and the keys after them', async () => {
    const given = task()
    const before = tf.memory().numTensors
    const method = await TipAdapterF.open(given, W, still)
    expect(method.parameterCount).toBe(train.values.length)
    expect(farthest(await method.predict(batchOf(given.val)), torch.logits)).toBeLessThan(1e-5)
    const optimiser = adamw(tipAdapterFTraining.optimiser)
    let state = optimiser.init(method.parameters)
    const losses: number[] = []
    for (let step = 0; step < torch.losses.length; step++) {
      const { loss, gradient, correct } = await method.lossAndGradient(batchOf(given.train), step === 0)
      losses.push((await loss.data())[0]!)
      expect(correct === null).toBe(step > 0)
      const rate = learningRateAt({ learningRate: 1e-3, warmupSteps: 0, steps: torch.losses.length }, step)
      const updated = optimiser.update(gradient, state, method.parameters, rate)
      method.setParameters(updated.parameters)
      tf.dispose([loss, { ...gradient }, ...Object.values(state.slots).map((slot) => ({ ...slot }))])
      state = updated.state
    }
    losses.forEach((loss, i) => expect(Math.abs(loss / torch.losses[i]! - 1)).toBeLessThan(1e-5))
    expect(farthest(await method.parameters.keys!.data(), torch.keys)).toBeLessThan(1e-6)
    expect(farthest(torch.keys, train.values)).toBeGreaterThan(0.01)
    method.dispose()
    tf.dispose(Object.values(state.slots).map((slot) => ({ ...slot })))
    expect(tf.memory().numTensors).toBe(before)
  })

  it('weighs rows, leaves out those that pad the batch, and counts the right ones', async () => {
    const given = task()
    const method = await TipAdapterF.open(given, W, still)
    const padded = batchOf(given.train, [0, 5, 7])
    const weights = Float32Array.of(0.5, 0.25, 0.25, 0, 0)
    const labels = Uint16Array.from([...padded.labels, 0, 0])
    const { loss, correct } = await method.lossAndGradient(
      { ...withoutPixels(padded), labels, weights, count: 3 },
      true,
    )
    const rows = [0, 5, 7].map((row) => byHand(train.values, row, { alpha, beta }))
    const crossEntropies = rows.map((z, i) => Math.log(z.reduce((sum, one) => sum + Math.exp(one), 0)) - z[labels[i]!]!)
    const expected = 0.5 * crossEntropies[0]! + 0.25 * crossEntropies[1]! + 0.25 * crossEntropies[2]!
    expect((await loss.data())[0]).toBeCloseTo(expected, 5)
    expect(correct).toBe(rows.filter((z, i) => z.indexOf(Math.max(...z)) === labels[i]).length)
    method.dispose()
  })

  it('uses the strengths that it searched, and takes those that were kept', async () => {
    const given = task()
    const search = { alpha: { first: 0.5, last: 3, steps: 3 }, beta: { first: 0.5, last: 3, steps: 3 } }
    const method = await TipAdapterF.open(given, W, { ...still, search })
    const found = await method.search()
    expect(method.strengths).toEqual(found)
    expect(valuesOf(search.alpha)).toContain(found.alpha)
    method.setStrengths({ alpha, beta })
    expect(farthest(await method.predict(batchOf(given.val)), torch.logits)).toBeLessThan(1e-5)
    method.dispose()
  })
})

/** Spread without asking for the pixels. */
function withoutPixels({ labels, weights, count, source }: ReturnType<typeof batchOf>) {
  return { pixels: new Float32Array(0), labels, weights, count, ...(source && { source }) }
}
