/** Every design learns through the classifier's entries: the gradient is the slope of the loss, and chance can be saved. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BatchBuilder } from '../../src/learning/batches'
import type { Classifier } from '../../src/methods/classifier'
import type { Entry } from '../../src/methods/entry'
import { checkGradient } from '../../src/methods/gradient-check'
import type { Batch } from '../../src/methods/method'
import { PromptPlaces } from '../../src/methods/prompt-places'
import { entryOf, VisualPrompt } from '../../src/methods/visual-prompt'
import { PUBLISHED_DESIGNS, type DesignSettings } from '../../src/prompts/design-settings'
import { openDesign } from '../../src/prompts/pixel-prompt'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tensorCount, tf } from '../../src/runtime/tfjs'
import { noise, openTiny, SIZE, tinySet } from '../learning/frozen'

const ROWS = 4
const UNITS = { mean: [0.5, 0.45, 0.4], std: [0.25, 0.26, 0.27] }
const opened = new Map<Entry, Classifier>()
let engine: Engine
let batch: Batch
beforeAll(async () => {
  engine = await createNodeEngine()
  for (const entry of ['delta', 'pixels'] as const) opened.set(entry, await openTiny(engine, ROWS, { entry }))
  const format = { imageSize: SIZE, ...UNITS }
  ;[batch] = new BatchBuilder(tinySet(ROWS), format, ROWS).inOrder() as Iterable<Batch> as [Batch]
})
afterAll(async () => {
  for (const classifier of opened.values()) await classifier.dispose()
  await engine.dispose()
})

const someNoise = () => {
  let i = 0
  return () => 0.1 * noise(i++)
}
const started = { init: { kind: 'normal', deviation: 1 } } as const

function promptOf(settings: DesignSettings, entry?: Entry, places: PromptPlaces | null = null): VisualPrompt {
  const design = openDesign(settings, SIZE, UNITS)
  return new VisualPrompt(opened.get(entry ?? entryOf(design))!, design, { normal: someNoise() }, places)
}

const random: DesignSettings = { ...PUBLISHED_DESIGNS['vp-random-patch'], sizeFraction: 0.25 }

describe('a visual prompt', () => {
  it.each<[string, DesignSettings, Entry]>([
    ['padding', { ...PUBLISHED_DESIGNS.vp, ...started }, 'delta'],
    ['padding before normalisation', { ...PUBLISHED_DESIGNS.vp, ...started, space: 'before' }, 'delta'],
    ['padding of legal pixels', { ...PUBLISHED_DESIGNS.vp, ...started, clamp: 'legal' }, 'pixels'],
    ['a fixed patch', PUBLISHED_DESIGNS['vp-fixed-patch'], 'delta'],
    ['a random patch, in the middle', random, 'delta'],
    ['all pixels', { kind: 'full', space: 'after', clamp: 'none', ...started }, 'delta'],
    ['a frame', PUBLISHED_DESIGNS.evp, 'pixels'],
    ['a frame of sigmoids', PUBLISHED_DESIGNS.attrvr, 'pixels'],
    ['low rank', PUBLISHED_DESIGNS['lor-vp'], 'delta'],
  ])('%s learns by the slope of its loss', async (_, settings, entry) => {
    const prompt = promptOf(settings)
    expect(entryOf(prompt.design)).toBe(entry)
    const found = await checkGradient(prompt, batch, { seconds: 60, directions: 4 })
    prompt.dispose()
    expect(found).toMatchObject({ pass: true })
  })

  it('that is a sum answers and learns the same through either entry', async () => {
    for (const settings of [PUBLISHED_DESIGNS.vp, PUBLISHED_DESIGNS['lor-vp'], random]) {
      const [one, other] = [promptOf(settings, 'delta', new PromptPlaces(3)), promptOf(settings, 'pixels', new PromptPlaces(3))] // prettier-ignore
      const [a, b] = [await one.predict(batch), await other.predict(batch)]
      a.forEach((value, i) => expect(b[i]).toBeCloseTo(value, 4))
      const [x, y] = [await one.lossAndGradient(batch), await other.lossAndGradient(batch)]
      for (const name of Object.keys(one.parameters)) {
        expect(tf.tidy(() => tf.max(tf.abs(tf.sub(x.gradient[name]!, y.gradient[name]!))).dataSync<'float32'>()[0])).toBeLessThan(1e-4) // prettier-ignore
      }
      tf.dispose([x.loss, y.loss, { ...x.gradient }, { ...y.gradient }])
      one.dispose()
      other.dispose()
    }
  })

  it('that is more than a sum needs a classifier open to pixels', () => {
    expect(() => promptOf(PUBLISHED_DESIGNS.evp, 'delta')).toThrow('open the classifier for pixels')
  })

  it('leaves no tensor behind', async () => {
    const before = tensorCount()
    for (const settings of [PUBLISHED_DESIGNS.vp, PUBLISHED_DESIGNS.evp, PUBLISHED_DESIGNS['lor-vp']]) {
      const prompt = promptOf(settings)
      await prompt.predict(batch)
      const { loss, gradient } = await prompt.lossAndGradient(batch)
      const border = await prompt.border()
      expect(border).toHaveLength(3 * SIZE * SIZE)
      tf.dispose([loss, { ...gradient }])
      prompt.dispose()
    }
    expect(tensorCount()).toBe(before)
  })
})

describe('a random patch', () => {
  it('lies elsewhere each time, and where it lay once its state is put back', async () => {
    const places = new PromptPlaces(8)
    const prompt = promptOf({ ...random, ...started }, 'delta', places)
    // Large enough to be seen in the logits.
    prompt.setParameters({ patch: tf.fill([1, 3, 2, 2], 3) })
    const state = places.getState()
    const first = [await prompt.predict(batch), await prompt.predict(batch)]
    expect([...first[0]!]).not.toEqual([...first[1]!])
    places.setState(state)
    expect([...(await prompt.predict(batch))]).toEqual([...first[0]!])
    prompt.dispose()
  })

  it('is drawn apart for learning and for predicting', async () => {
    const places = new PromptPlaces(8)
    const prompt = promptOf(random, 'delta', places)
    const { learning } = places.getState()
    await prompt.predict(batch)
    expect(places.getState().learning).toEqual(learning)
    const { predicting } = places.getState()
    const { loss, gradient } = await prompt.lossAndGradient(batch)
    expect(places.getState().predicting).toEqual(predicting)
    expect(places.getState().learning).not.toEqual(learning)
    tf.dispose([loss, { ...gradient }])
    prompt.dispose()
  })
})

it('a classifier answers by other class embeddings once it is given them', async () => {
  const classifier = await openTiny(engine, ROWS)
  const bare = classifier.unprompted(batch)
  const before = await classifier.logits(bare, batch)
  const { classEmbeddings, classes } = classifier.frozen
  expect(() => classifier.setClassEmbeddings(classEmbeddings.slice(1))).toThrow('values for embeddings')
  classifier.setClassEmbeddings(
    Float32Array.from(classEmbeddings, (_, i) => classEmbeddings[i - (i % classes) + (((i % classes) + 1) % classes)]!),
  )
  const after = await classifier.logits(bare, batch)
  after.forEach((value, i) => {
    const c = i % classes
    expect(value).toBeCloseTo(before[i - c + ((c + 1) % classes)]!, 5)
  })
  bare.dispose()
  await classifier.dispose()
})
