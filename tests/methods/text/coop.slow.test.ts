/** CoOp on the embedded model: it is zero-shot with words that are not words, its gradient is its slope, it learns. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../../src/data/random'
import { CoOp, type CoOpOptions } from '../../../src/methods/text/coop'
import { COOP_SETTINGS, coopEpochs, coopSettingsSchema } from '../../../src/methods/text/coop-settings'
import { nearestWords } from '../../../src/methods/text/nearest-words'
import type { Batch } from '../../../src/methods/method'
import { loadClip, type Clip } from '../../../src/models/clip'
import { modelFolder } from '../../../src/models/files-node'
import { encodeTexts } from '../../../src/models/text'
import type { Engine } from '../../../src/runtime/engine'
import { createNodeEngine } from '../../../src/runtime/node'
import { tf } from '../../../src/runtime/tfjs'
import { readParameters, writeParameters } from '../../../src/learning/parameters'
import { sgd } from '../../../src/learning/optimiser'

let engine: Engine
let stamp: Clip
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
})
afterAll(() => engine.dispose())

const NAMES = ['red_circle', 'blue star', 'seven', 'drop']
const D = 128

/** Pictures are noise around a direction of their class. */
function batch(count: number, seed = 3): { batch: Batch; features: Float32Array } {
  const random = new Random(seed)
  const labels = Uint16Array.from({ length: count + 1 }, (_, i) => i % NAMES.length)
  const centres = NAMES.map((_, c) => new Random(100 + c).normals(D))
  const features = Float32Array.from(
    { length: count * D },
    (_, i) => 2 * centres[labels[Math.floor(i / D)]!]![i % D]! + random.normal(),
  )
  const weights = new Float32Array(count + 1).fill(1 / count, 0, count)
  return { batch: { pixels: new Float32Array(0), labels, weights, count }, features }
}

const open = (changes: Partial<CoOpOptions['settings']> = {}, more: Partial<CoOpOptions> = {}) =>
  CoOp.open({
    ...{ engine, clip: stamp, names: NAMES, features: () => batch(6).features, random: new Random(1) },
    settings: coopSettingsSchema.parse({ ...COOP_SETTINGS, tokens: 4, ...changes }),
    ...more,
  })

async function lossAt(coop: CoOp, ctx: Float32Array, rows: Batch): Promise<number> {
  coop.setParameters(writeParameters({ ctx: { dims: coop.parameters.ctx!.shape, data: ctx } }))
  const { loss, gradient } = await coop.lossAndGradient(rows)
  const [value] = await loss.data()
  tf.dispose([loss, { ...gradient }])
  return value!
}

describe('CoOp', () => {
  it('of words that are not learned yet is zero-shot with these words', async () => {
    const coop = await open({ init: { kind: 'words', words: 'a picture of' } })
    const logits = await coop.predict(batch(6).batch)
    const text = await encodeTexts(
      engine,
      stamp,
      NAMES.map((name) => `a picture of ${name.replace('_', ' ')}.`),
    )
    const { features } = batch(6)
    for (let b = 0; b < 6; b++) {
      const v = Array.from(features.subarray(b * D, (b + 1) * D))
      for (let c = 0; c < NAMES.length; c++) {
        const t = Array.from(text.subarray(c * D, (c + 1) * D))
        const cosine = v.reduce((sum, x, d) => sum + x * t[d]!, 0) / Math.hypot(...v) / Math.hypot(...t)
        expect(logits[b * NAMES.length + c]).toBeCloseTo(Math.exp(stamp.logitScale) * cosine, 3)
      }
    }
    coop.dispose()
  })

  it.each([
    ['end', false],
    ['middle', true],
    ['front', false],
  ] as const)(
    'with the name at the %s, class-specific %s, has the slope of its loss',
    async (position, classSpecific) => {
      const coop = await open({ position, classSpecific }, { budget: 2e6 })
      const { batch: rows } = batch(6)
      expect(coop.parameterCount).toBe((classSpecific ? NAMES.length : 1) * 4 * 128)
      const start = (await readParameters(coop.parameters)).ctx!.data
      const { loss, gradient, correct } = await coop.lossAndGradient(rows, true)
      const g = await gradient.ctx!.data<'float32'>()
      expect(gradient.ctx!.shape).toEqual(coop.parameters.ctx!.shape)
      const norm = Math.hypot(...g)
      expect(norm).toBeGreaterThan(1e-3)
      const answers = await coop.predict(rows)
      const right = Array.from({ length: 6 }, (_, b) => {
        const row = Array.from(answers.subarray(b * NAMES.length, (b + 1) * NAMES.length))
        return Number(row.indexOf(Math.max(...row)) === rows.labels[b])
      })
      expect(correct).toBe(right.reduce((sum, one) => sum + one, 0))
      const h = 0.003
      const moved = (step: number) => start.map((x, i) => x + (step * g[i]!) / norm)
      const slope = ((await lossAt(coop, moved(h), rows)) - (await lossAt(coop, moved(-h), rows))) / (2 * h)
      expect(Math.abs(slope / norm - 1)).toBeLessThan(0.01)
      tf.dispose([loss, { ...gradient }])
      coop.dispose()
    },
  )

  it('learns, and frees what it held', async () => {
    const before = engine.ledger()
    const coop = await open()
    const { batch: rows } = batch(6)
    const optimiser = sgd({ kind: 'sgd', momentum: 0.9, normaliseGradient: false })
    let state = optimiser.init(coop.parameters)
    const losses: number[] = []
    for (let step = 0; step < 12; step++) {
      const { loss, gradient } = await coop.lossAndGradient(rows)
      losses.push((await loss.data())[0]!)
      const next = optimiser.update(gradient, state, coop.parameters, 0.02)
      coop.setParameters(next.parameters)
      tf.dispose([loss, { ...gradient }, { ...state.slots.velocity! }])
      state = next.state
    }
    expect(losses.at(-1)).toBeLessThan(0.7 * losses[0]!)
    const answers = await coop.predict(rows)
    expect(await coop.predict(rows)).toEqual(answers)
    tf.dispose({ ...state.slots.velocity! })
    coop.dispose()
    await Promise.resolve()
    expect(engine.ledger()).toEqual(before)
  })

  it('serves other classes with the same context, unless it is of these alone', async () => {
    const shared = await open()
    const { ctx } = await readParameters(shared.parameters)
    const others = await open({}, { names: ['heart', 'ring of gold'], context: ctx! })
    expect((await readParameters(others.parameters)).ctx).toEqual(ctx)
    expect((await others.classFeatures()).length).toBe(2 * D)
    const own = await open({ classSpecific: true })
    const { ctx: ofClasses } = await readParameters(own.parameters)
    await expect(open({}, { names: ['heart', 'ring'], context: ofClasses! })).rejects.toThrow('for 4 classes')
    await expect(open({}, { context: { dims: [2, 3], data: new Float32Array(6) } })).rejects.toThrow('128 numbers')
    for (const one of [shared, others, own]) one.dispose()
  })

  it('names the words that its context is nearest to', async () => {
    const coop = await open({ init: { kind: 'words', words: 'a red heart' } })
    const { ctx } = await readParameters(coop.parameters)
    const words = await nearestWords(engine, stamp, ctx!, 3)
    expect(words.map(([first]) => first!.word)).toEqual(['a', 'red', 'heart'])
    expect(words.map(([first]) => first!.distance)).toEqual([0, 0, 0])
    for (const place of words) {
      expect(place).toHaveLength(3)
      expect(place[1]!.distance).toBeGreaterThan(0)
      expect(place[2]!.distance).toBeGreaterThanOrEqual(place[1]!.distance)
    }
    coop.dispose()
  })

  it('takes as many epochs as its authors', () => {
    expect([1, 2, 4, 8, 16].map(coopEpochs)).toEqual([50, 100, 100, 200, 200])
  })
})
