/** Marks against closed forms, and drawn prompts against numpy, scipy and PyTorch (tools/reference/drawings.py). */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { resizeAndCrop } from '../../src/data/resample'
import { Classifier, clipClassifier } from '../../src/methods/classifier'
import { DrawnPrompt } from '../../src/methods/drawn-prompt'
import { COLOUR_BLOCK, drawnSettingsSchema, RED_CIRCLE, type DrawnSettings } from '../../src/methods/drawn-settings'
import type { Batch } from '../../src/methods/method'
import { ZeroShot } from '../../src/methods/zero-shot'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { encodeClasses } from '../../src/models/text'
import { blurred, coverageOf } from '../../src/prompts/mark'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { readFixture, sampleOf } from './torch-fixture'

const sum = (values: Float32Array) => values.reduce((all, one) => all + one, 0)

describe('a mark', () => {
  it('covers the area that geometry gives it', () => {
    const [S, line] = [60, 6]
    const box = [0.1, 0.2, 0.9, 0.8] as const
    const [a, b] = [24, 18]
    const circle = coverageOf({ shape: 'circle', box, lineFraction: line / S }, S)
    expect(sum(circle.inside) / (Math.PI * a * b)).toBeCloseTo(1, 3)
    expect(sum(circle.painted) / (Math.PI * (a * b - (a - line) * (b - line)))).toBeCloseTo(1, 2)
    const frame = coverageOf({ shape: 'box', box, lineFraction: line / S }, S)
    expect(sum(frame.painted)).toBeCloseTo(48 * 36 - 36 * 24, 3)
    expect(sum(coverageOf({ shape: 'block', box, lineFraction: line / S }, S).painted)).toBeCloseTo(48 * 36, 3)
  })

  it('blurs to the same light', () => {
    const S = 32
    const dot = new Float32Array(3 * S * S)
    dot[16 * S + 16] = 1
    const soft = blurred(dot, 2)
    expect(sum(soft)).toBeCloseTo(1, 5)
    // A line through the middle is the Gaussian of one dimension times that of the other's middle.
    expect(soft[16 * S + 18]! / soft[16 * S + 16]!).toBeCloseTo(Math.exp(-0.5), 5)
  })
})

interface Fixture {
  readonly task: string
  readonly path: string
  readonly runs: readonly {
    readonly settings: DrawnSettings
    readonly every97th: readonly (readonly number[])[]
    readonly logits: readonly number[]
  }[]
}

describe('a drawn prompt', () => {
  const fixture = readFixture<Fixture>('drawings')
  let engine: Engine
  let stamp: Clip
  let classifier: Classifier
  let picture: Float32Array
  let batch: Batch
  beforeAll(async () => {
    engine = await createNodeEngine()
    stamp = await loadClip(modelFolder('public/models/stamp'))
    const { template, classes } = await sampleOf(fixture.task)
    const names = classes.map(({ name }) => name)
    const embedded = await encodeClasses(engine, stamp, template, names)
    classifier = await Classifier.open(engine, clipClassifier(stamp, names.length, embedded), 2)
    const { imageSize: S, mean, std } = stamp
    const image = await nodeDecoder.decode(new Uint8Array(readFileSync(fixture.path)))
    picture = Float32Array.from(resizeAndCrop(image, S), (value) => value / 255)
    const pixels = new Float32Array(2 * 3 * S * S)
    pixels.set(picture.map((value, i) => (value - mean[Math.floor(i / S ** 2)]!) / std[Math.floor(i / S ** 2)]!))
    batch = { pixels, labels: new Uint16Array(2), weights: new Float32Array(2), count: 1 }
  })
  afterAll(async () => {
    await classifier.dispose()
    await engine.dispose()
  })

  it.each(fixture.runs)('is drawn and answered as elsewhere: $settings.mark, $settings.outside', async (run) => {
    const settings = drawnSettingsSchema.parse(run.settings)
    const method = new DrawnPrompt(new ZeroShot(classifier), settings, stamp)
    settings.outside.forEach((kind, i) => {
      const found = method.draw(picture, kind).filter((_, at) => at % 97 === 0)
      const farthest = Math.max(...found.map((value, at) => Math.abs(value - run.every97th[i]![at]!)))
      expect(farthest).toBeLessThan(1e-5)
    })
    const logits = await method.predict(batch)
    run.logits.forEach((expected, c) => expect(Math.abs(logits[c]! - expected)).toBeLessThan(1e-3))
    const bare = await new ZeroShot(classifier).predict(batch)
    expect(Math.max(...bare.map((value, c) => Math.abs(value - run.logits[c]!)))).toBeGreaterThan(0.1)
  })

  it('at no strength is the picture itself, and its marks are legal settings', async () => {
    expect(drawnSettingsSchema.parse(RED_CIRCLE)).toEqual(RED_CIRCLE)
    const method = new DrawnPrompt(new ZeroShot(classifier), COLOUR_BLOCK, stamp)
    const bare = await new ZeroShot(classifier).predict(batch)
    const none = await method.predict(batch, 0)
    none.forEach((value, c) => expect(value).toBeCloseTo(bare[c]!, 3))
  })
})
