/** Test-time prompt tuning on Stamp, picture by picture as an independent implementation in PyTorch does it. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { memorySet } from '../../src/data/memory-set'
import { resizeAndCrop } from '../../src/data/resample'
import { Random } from '../../src/data/random'
import { readParameters } from '../../src/learning/parameters'
import { freshAdamw } from '../../src/learning/fresh'
import { ImageFeatures } from '../../src/methods/features/image-features'
import { CoCoOp } from '../../src/methods/text/cocoop'
import { COCOOP_SETTINGS } from '../../src/methods/text/cocoop-settings'
import { CoOp } from '../../src/methods/text/coop'
import { COOP_SETTINGS } from '../../src/methods/text/coop-settings'
import { TestTimePrompt, type TptOptions } from '../../src/methods/text/tpt'
import { TPT_SETTINGS, tptSettingsSchema, type TptSettings } from '../../src/methods/text/tpt-settings'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { readFixture, sampleOf } from './torch-fixture'

interface Fixture {
  readonly task: string
  readonly words: string
  readonly pictures: readonly {
    readonly path: string
    readonly seed: number
    readonly augmix: boolean
    readonly steps: number
    readonly kept: readonly number[]
    readonly entropies: readonly number[]
    readonly entropyBefore: number
    readonly entropyAfter: number
    readonly before: readonly number[]
    readonly after: readonly number[]
  }[]
}
const fixture = readFixture<Fixture>('tpt')

let engine: Engine
let stamp: Clip
let features: ImageFeatures
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
  const encoder = { vision: stamp.vision, input: 'pixel_values', output: 'image_embeds', imageSize: stamp.imageSize }
  features = new ImageFeatures(engine, encoder, () => [])
})
afterAll(async () => {
  await features.dispose()
  await engine.dispose()
})

async function open(changes: Partial<TptSettings>): Promise<TestTimePrompt> {
  const { classes } = await sampleOf(fixture.task)
  const settings = tptSettingsSchema.parse({ ...TPT_SETTINGS, words: fixture.words, ...changes })
  return TestTimePrompt.open({
    ...{ engine, clip: stamp, names: classes.map(({ name }) => name), settings },
    encode: (batch) => features.encode(batch),
    optimiser: () => freshAdamw(settings),
  })
}

const decoded = (path: string) => nodeDecoder.decode(new Uint8Array(readFileSync(path)))
const farthest = (a: ArrayLike<number>, b: readonly number[]) =>
  Math.max(...b.map((value, i) => Math.abs(value - a[i]!)))

describe('test-time prompt tuning', () => {
  it.each(fixture.pictures)('keeps and answers as PyTorch does: $path', async (picture) => {
    const { path, seed, augmix, steps } = picture
    const method = await open({ augmix, steps })
    const tuned = await method.tune(await decoded(path), { seed })
    expect(farthest(tuned.entropies, picture.entropies)).toBeLessThan(1e-4)
    expect(tuned.kept).toEqual(picture.kept)
    expect(tuned.kept).toHaveLength(6)
    expect(farthest(tuned.before, picture.before)).toBeLessThan(1e-4)
    expect(farthest(tuned.after, picture.after)).toBeLessThan(1e-4)
    expect(tuned.entropyBefore).toBeCloseTo(picture.entropyBefore, 4)
    expect(tuned.entropyAfter).toBeCloseTo(picture.entropyAfter, 4)
    expect(tuned.entropyAfter).toBeLessThan(tuned.entropyBefore)
    expect(farthest(tuned.before, picture.after)).toBeGreaterThan(2e-4)
    method.dispose()
  })

  it('forgets each picture: answers do not depend on what came before, and nothing stays on the device', async () => {
    const method = await open({ views: 12, keep: 0.25 })
    const S = stamp.imageSize
    const [a, b] = fixture.pictures
    const pixels = new Uint8Array(2 * 3 * S * S)
    for (const [i, { path }] of [a!, b!].entries()) {
      pixels.set(resizeAndCrop(await decoded(path), S), i * 3 * S * S)
    }
    const set = memorySet(pixels, Uint16Array.of(0, 1), ['a', 'b'])
    const batchOf = (...indices: number[]) => ({
      ...{ pixels: new Float32Array(0), labels: new Uint16Array(2), weights: new Float32Array(2) },
      ...{ count: indices.length, source: { set, indices: Uint32Array.from(indices), unchanged: true } },
    })
    const alone = await method.predict(batchOf(1))
    const before = engine.ledger()
    const both = await method.predict(batchOf(0, 1))
    expect(engine.ledger()).toEqual(before)
    expect(Array.from(both.subarray(12))).toEqual(Array.from(alone))
    expect(Array.from(both.subarray(0, 12))).not.toEqual(Array.from(alone))
    method.dispose()
  })

  it('begins from what CoOp or CoCoOp has learned', async () => {
    const { classes } = await sampleOf(fixture.task)
    const names = classes.map(({ name }) => name)
    const settings = { ...TPT_SETTINGS, views: 8, keep: 0.25 }
    const common = { engine, clip: stamp, names, random: new Random(4) }
    const coop = await CoOp.open({ ...common, settings: COOP_SETTINGS, features: () => new Float32Array(0) })
    const cocoop = await CoCoOp.open({
      ...common,
      settings: COCOOP_SETTINGS,
      features: (batch) => features.encode(batch),
    })
    const image = await decoded(fixture.pictures[0]!.path)
    const tune = async (first: Partial<TptOptions>) => {
      const method = await TestTimePrompt.open({
        ...{ engine, clip: stamp, names, settings, ...first },
        encode: (batch) => features.encode(batch),
        optimiser: () => freshAdamw(settings),
      })
      const tuned = await method.tune(image)
      method.dispose()
      return tuned
    }
    const { ctx } = await readParameters(coop.parameters)
    const [fromWords, fromCoOp, fromCoCoOp] = [
      await tune({}),
      await tune({ context: ctx! }),
      await tune({ perPicture: cocoop }),
    ]
    for (const one of [fromWords, fromCoOp, fromCoCoOp]) expect(one.entropyAfter).toBeLessThan(one.entropyBefore)
    const pixels = fromCoCoOp.views.slice(0, 3 * stamp.imageSize ** 2)
    const logits = await cocoop.predict({ pixels, count: 1, labels: Uint16Array.of(0), weights: Float32Array.of(1) })
    const sum = logits.reduce((all, value) => all + Math.exp(value), 0)
    logits.forEach((value, c) => expect(fromCoCoOp.before[c]).toBeCloseTo(Math.exp(value) / sum, 4))
    expect(farthest(fromCoOp.before, Array.from(fromWords.before))).toBeGreaterThan(1e-3)
    for (const one of [coop, cocoop]) one.dispose()
  })
})
