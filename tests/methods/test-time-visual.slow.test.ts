/** A border tuned for each picture by itself on Stamp, as PyTorch does it (tools/reference/test_time_visual.py). */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { freshAdamw } from '../../src/learning/fresh'
import { clipClassifier } from '../../src/methods/classifier'
import { TestTimeVisualPrompt } from '../../src/methods/test-time-visual'
import {
  TEST_TIME_VISUAL_SETTINGS,
  testTimeVisualSettingsSchema,
  type TestTimeVisualSettings,
} from '../../src/methods/test-time-visual-settings'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { encodeClasses } from '../../src/models/text'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { firstOfEach, readFixture, sampleOf } from './torch-fixture'

interface Fixture extends Pick<TestTimeVisualSettings, 'borderFraction' | 'learningRate' | 'views' | 'keep'> {
  readonly task: string
  readonly pictures: readonly {
    readonly path: string
    readonly seed: number
    readonly augmix: boolean
    readonly steps: number
    readonly kept: readonly number[]
    readonly entropyBefore: number
    readonly entropyAfter: number
    readonly before: readonly number[]
    readonly after: readonly number[]
  }[]
}
const fixture = readFixture<Fixture>('test-time-visual')
const { borderFraction, learningRate, views, keep } = fixture

let engine: Engine
let stamp: Clip
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
})
afterAll(() => engine.dispose())

async function open(changes: Partial<TestTimeVisualSettings>): Promise<TestTimeVisualPrompt> {
  const { classes, template } = await sampleOf(fixture.task)
  const names = classes.map(({ name }) => name)
  const frozen = clipClassifier(stamp, names.length, await encodeClasses(engine, stamp, template, names))
  const settings = testTimeVisualSettingsSchema.parse({ ...TEST_TIME_VISUAL_SETTINGS, borderFraction, ...changes })
  const optimiser = () => freshAdamw(settings)
  return TestTimeVisualPrompt.open({ engine, frozen, format: stamp, settings, optimiser })
}

const farthest = (a: ArrayLike<number>, b: readonly number[]) =>
  Math.max(...b.map((value, i) => Math.abs(value - a[i]!)))

describe('a test-time visual prompt', () => {
  it.each(fixture.pictures)('keeps and answers as PyTorch does: $path', async (picture) => {
    const { path, seed, augmix, steps } = picture
    const method = await open({ augmix, steps, learningRate, views, keep })
    const image = await nodeDecoder.decode(new Uint8Array(readFileSync(path)))
    const tuned = await method.tune(image, { seed })
    expect(tuned.kept).toEqual(picture.kept)
    expect(farthest(tuned.before, picture.before)).toBeLessThan(1e-4)
    expect(farthest(tuned.after, picture.after)).toBeLessThan(1e-4)
    expect(tuned.entropyBefore).toBeCloseTo(picture.entropyBefore, 4)
    expect(tuned.entropyAfter).toBeCloseTo(picture.entropyAfter, 4)
    expect(tuned.entropyAfter).toBeLessThan(tuned.entropyBefore)
    expect(farthest(tuned.before, picture.after)).toBeGreaterThan(2e-4)
    method.dispose()
  })

  it('forgets each picture, and leaves nothing on the device', async () => {
    const set = await firstOfEach(fixture.task, 'val', 1, stamp.imageSize)
    const method = await open({ views: 8, keep: 0.3 })
    const batchOf = (...indices: number[]) => ({
      ...{ pixels: new Float32Array(0), labels: new Uint16Array(2), weights: new Float32Array(2) },
      ...{ count: indices.length, source: { set, indices: Uint32Array.from(indices), unchanged: true } },
    })
    const alone = await method.predict(batchOf(1))
    const before = engine.ledger()
    const both = await method.predict(batchOf(0, 1))
    expect(engine.ledger()).toEqual(before)
    const { length } = (await sampleOf(fixture.task)).classes
    expect(Array.from(both.subarray(length))).toEqual(Array.from(alone))
    method.dispose()
  })
})
