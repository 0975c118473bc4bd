/** A picture that belongs to no task, tuned for in the lab: what the method answers, told of on the way, ended by whatever else begins. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanClassName } from '../../src/models/class-names'
import type { RgbImage } from '../../src/data/decode'
import { resizeAndCrop } from '../../src/data/resample'
import type { Platform } from '../../src/lab/holdings'
import type { LabEvent } from '../../src/lab/protocol'
import type { Lab } from '../../src/lab/session'
import { wordsBefore } from '../../src/lab/tuning'
import { freshAdamw } from '../../src/learning/fresh'
import { clipClassifier } from '../../src/methods/classifier'
import { ImageFeatures } from '../../src/methods/features/image-features'
import { TestTimePrompt } from '../../src/methods/text/tpt'
import { TPT_SETTINGS } from '../../src/methods/text/tpt-settings'
import { modelFolder } from '../../src/models/files-node'
import { loadModel } from '../../src/models/frozen-model'
import { createNodeEngine } from '../../src/runtime/node'
import { tensorCount } from '../../src/runtime/tfjs'
import { uniforms } from '../support/random'
import { only, openLab, platform, RECIPE } from './tiny-lab'

const [WIDTH, HEIGHT] = [90, 70]
const PICTURE: RgbImage = {
  ...{ width: WIDTH, height: HEIGHT },
  data: Uint8Array.from(uniforms(5, 3 * WIDTH * HEIGHT, 0, 256)),
}
const FILE = new Blob(['the picture'])
const NAMES = ['blue', 'green', 'red'].map(cleanClassName)

const withPicture: Platform = {
  ...platform,
  decoder: {
    ...platform.decoder,
    decode: async (bytes) => (bytes.length > 3 ? PICTURE : platform.decoder.decode(bytes)),
  },
}

let lab: Lab
let events: LabEvent[]
beforeAll(async () => {
  ;({ lab, events } = await openLab(10, withPicture))
})
afterAll(async () => {
  await lab.handle('dispose', {})
})
const tune = (mirror = false) => lab.handle('tunePicture', { picture: FILE, mirror, augmix: false })

describe('a picture', { timeout: 120_000 }, () => {
  it('is tuned for as by the method itself, and forgotten', async () => {
    const answer = await tune()
    const engine = await createNodeEngine()
    const clip = await loadModel(modelFolder('public/models/stamp'))
    if (clip.kind !== 'clip') throw new Error('a CLIP')
    const settings = { ...TPT_SETTINGS, words: 'This is a photo of a' }
    const features = new ImageFeatures(engine, clipClassifier(clip, 3, new Float32Array()), () => [])
    const method = await TestTimePrompt.open({
      ...{ engine, clip, names: NAMES, settings, optimiser: () => freshAdamw(settings) },
      encode: (batch) => features.encode(batch),
    })
    const tuned = await method.tune(PICTURE)
    method.dispose()
    await features.dispose()
    await engine.dispose()

    expect(answer.sentence).toBe('This is a photo of a {}.')
    expect(answer.kept).toEqual(tuned.kept)
    expect(answer.kept).toHaveLength(6)
    answer.views.forEach(({ entropy }, v) => expect(entropy).toBeCloseTo(tuned.entropies[v]!, 5))
    expect(answer.entropyBefore).toBeCloseTo(tuned.entropyBefore, 5)
    expect(answer.entropyAfter).toBeCloseTo(tuned.entropyAfter, 5)
    expect(answer.entropyAfter).not.toBeCloseTo(answer.entropyBefore, 5)
    for (const side of ['before', 'after'] as const) {
      answer[side].forEach((p, c) => expect(p).toBeCloseTo(tuned[side][c]!, 5))
    }
    expect(answer.views).toHaveLength(64)
    // Stamp's pictures are small enough to be sent as they are.
    expect(answer.views[0]!.pixels).toEqual(resizeAndCrop(PICTURE, clip.imageSize, clip.resize))
    expect(await tune()).toMatchObject({ before: answer.before, after: answer.after, kept: answer.kept })
  })

  it('is mirrored before its views are made', async () => {
    const { views } = await tune(true)
    const { views: plain } = await tune()
    const S = Math.sqrt(plain[0]!.pixels.length / 3)
    const turned = plain[0]!.pixels.map((_, i) => plain[0]!.pixels[i - (i % S) + (S - 1 - (i % S))]!)
    const apart = views[0]!.pixels.map((value, i) => Math.abs(value - turned[i]!))
    expect(Math.max(...apart)).toBeLessThanOrEqual(1)
  })

  it('is told of on the way', async () => {
    events.length = 0
    await tune()
    const told = only(events, 'tuning')
    expect([...new Set(told.map(({ stage }) => stage))]).toEqual(['opening', 'views', 'encoding', 'steps'])
    expect(told.filter(({ stage }) => stage === 'views').at(-1)).toMatchObject({ done: 64, total: 64 })
  })

  it('is let go when somebody ends it, or begins something else', async () => {
    const cancelled = tune()
    cancelled.catch(() => undefined)
    await lab.handle('cancelTuning', {})
    // It may not have begun then: a second word does it.
    const again = setInterval(() => void lab.handle('cancelTuning', {}), 5)
    await expect(cancelled).rejects.toThrow('The tuning was ended before it was done.')
    clearInterval(again)

    const interrupted = tune()
    interrupted.catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await lab.handle('start', { recipe: RECIPE, seed: 1, paused: false })
    await expect(interrupted).rejects.toThrow('The tuning was ended before it was done.')
    await expect(tune()).rejects.toThrow('A run is at work, and nothing is tuned beside it.')
    await lab.runEnded()
    expect((await tune()).views).toHaveLength(64)
  })

  it('without a picture in it is refused, and nothing stays on the engine', async () => {
    const tensors = tensorCount()
    const alone = await openLab()
    const refused = alone.lab.handle('tunePicture', { picture: new Blob(['no']), mirror: false, augmix: false })
    await expect(refused).rejects.toThrow('This picture does not decode')
    await alone.lab.handle('tunePicture', { picture: new Blob([Uint8Array.of(1, 2, 3)]), mirror: false, augmix: false })
    expect(await alone.lab.handle('dispose', {})).toMatchObject({ sessions: 0 })
    expect(tensorCount()).toBe(tensors)
  })
})

it('the words of a template are those before the class name, where nothing stands behind it', () => {
  expect(['a photo of a {}', 'A photo of {} .', '{} texture', '{}'].map(wordsBefore)).toEqual([
    'a photo of a',
    'A photo of',
    null,
    null,
  ])
})
