/** A run on a classifier: a border in the classifier's own units, its outputs standing for the classes of the task. */
import { describe, expect, it } from 'vitest'
import type { Platform } from '../../src/lab/holdings'
import { filesOf } from '../models/tiny-clip'
import { TINY_PREPROCESSING, TINY_SIDE, tinyClassifier, tinyWeight } from '../models/tiny-classifier'
import { only, openLab, platform, RECIPE } from './tiny-lab'

const withClassifier: Platform = { ...platform, modelFiles: () => filesOf(tinyClassifier()) }

/** Logit of output k for a picture of one colour, 0 to 255, whose border adds `shift` to each channel's mean. */
function logit(k: number, rgb: readonly number[], shift: readonly number[]): number {
  const { image_mean: mean, image_std: std } = TINY_PREPROCESSING
  return rgb.reduce((sum, v, c) => sum + ((v / 255 - mean[c]!) / std[c]! + shift[c]!) * tinyWeight(k, c), 0)
}

function answer(outputs: readonly number[], rgb: readonly number[], shift: readonly number[]): number {
  const logits = outputs.map((k) => logit(k, rgb, shift))
  return logits.indexOf(Math.max(...logits))
}

describe('a run on a classifier', () => {
  it.each([
    ['first', undefined, [0, 1, 2], ['ash', 'beech', 'cedar']],
    ['chosen', [4, 2, 0], [4, 2, 0], ['elm', 'cedar', 'ash']],
  ] as const)('by its %s outputs answers as those outputs do', async (kind, chosen, outputs, labels) => {
    const { lab, events } = await openLab(10, withClassifier)
    const given = chosen ? { outputs: chosen } : {}
    const recipe = { ...RECIPE, steps: 12, validateEvery: 6 }
    expect(await lab.handle('start', { recipe, seed: 1, paused: false, ...given })).toMatchObject({ border: 2 })
    await lab.runEnded()
    expect(only(events, 'failed')).toEqual([])
    const { result } = only(events, 'finished')[0]!
    expect(result).toMatchObject({ model: 'tiny', template: null, mapping: { kind, outputs, labels } })

    const losses = only(events, 'steps').flatMap(({ loss }) => loss)
    // The 18 training images are three batches: an epoch against an epoch.
    const epoch = (from: number) => losses.slice(from, from + 3).reduce((sum, loss) => sum + loss, 0)
    expect(losses).toHaveLength(12)
    expect(epoch(9)).toBeLessThan(epoch(0))
    const plane = TINY_SIDE ** 2
    const shift = [0, 1, 2].map((c) => {
      const channel = result.prompt.subarray(c * plane, (c + 1) * plane)
      return channel.reduce((sum, v) => sum + v, 0) / plane
    })
    const pictures = await lab.handle('pictures', { split: 'test', count: 6 })
    const right = (by: readonly number[]) =>
      pictures.filter(({ pixels, label }) => {
        const rgb = [0, 1, 2].map((c) => pixels[c * plane]!)
        return answer(outputs, rgb, by) === label
      }).length
    expect(pictures).toHaveLength(result.zeroShot.total)
    expect(result.zeroShot.correct).toBe(right([0, 0, 0]))
    expect(result.prompted.correct).toBe(right(shift))
    await lab.handle('dispose', {})
  })

  it('opens the graph anew when other outputs are chosen', async () => {
    const { lab, events } = await openLab(10, withClassifier)
    for (const outputs of [
      [0, 1, 2],
      [3, 4, 0],
    ])
      // prettier-ignore
      await lab
        .handle('start', { recipe: { ...RECIPE, steps: 1 }, seed: 1, paused: false, outputs })
        .then(() => lab.runEnded())
    const results = only(events, 'finished').map(({ result }) => result.mapping?.outputs)
    expect(results).toEqual([
      [0, 1, 2],
      [3, 4, 0],
    ])
    const before = only(events, 'zeroShot').map(({ accuracy }) => accuracy.correct)
    expect(before[0]).not.toBe(before[1])
    await lab.handle('dispose', {})
  })

  it('is refused with outputs that cannot stand for the classes, and on a CLIP with any', async () => {
    const { lab } = await openLab(10, withClassifier)
    const start = { recipe: RECIPE, seed: 1, paused: false, outputs: [0, 1] }
    await expect(lab.handle('start', start)).rejects.toThrow('2 outputs are named for 3 classes')
    await lab.handle('dispose', {})
    const stamp = await openLab()
    await expect(stamp.lab.handle('start', start)).rejects.toThrow('"stamp" is a CLIP')
    await stamp.lab.handle('dispose', {})
  })

  it('has its labels told with the model', async () => {
    const { lab } = await openLab(10, withClassifier)
    const model = await lab.handle('loadModel', { id: 'tiny' })
    expect(model).toMatchObject({ kind: 'classifier', labels: ['ash', 'beech', 'cedar', 'dogwood', 'elm'] })
    await lab.handle('dispose', {})
  })
})
