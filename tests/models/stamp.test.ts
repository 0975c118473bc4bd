/** The embedded model against what PyTorch gave for it (tools/stamp/reference.py): tokens, pixels, embeddings. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { resizeAndCrop } from '../../src/data/resample'
import { encodeTexts } from '../../src/models/text'
import { openStamp, reference, type OpenStamp } from './open-stamp'

const TOLERANCE = 1e-4

const largestDifference = (a: ArrayLike<number>, b: readonly number[]) =>
  Math.max(...b.map((value, i) => Math.abs(value - a[i]!)))

let open: OpenStamp
beforeAll(async () => {
  open = await openStamp()
})
afterAll(() => open.engine.dispose())

describe('Stamp', () => {
  it('is read as it was written', () => {
    expect(open.stamp.logitScale).toBeCloseTo(reference.logit_scale, 6)
    expect(open.stamp.name).toBe('stamp')
  })

  it.each(reference.texts)('tokenises and embeds "$text"', async ({ text, input_ids, text_embeds }) => {
    const { engine, stamp } = open
    const ids = stamp.tokenizer.encode(text)
    // The reference is padded to the whole context.
    const padding = Array.from({ length: input_ids.length - ids.length }, () => ids.at(-1)!)
    expect([...ids, ...padding]).toEqual(input_ids)
    expect(largestDifference(await encodeTexts(engine, stamp, [text]), text_embeds)).toBeLessThan(TOLERANCE)
  })

  it('embeds texts of different lengths together as it does alone', async () => {
    const { engine, stamp } = open
    const texts = reference.texts.map(({ text }) => text)
    const together = await encodeTexts(engine, stamp, texts)
    reference.texts.forEach(({ text_embeds }, row) => {
      const alone = together.subarray(row * stamp.projectionDim, (row + 1) * stamp.projectionDim)
      expect(largestDifference(alone, text_embeds)).toBeLessThan(TOLERANCE)
    })
  })

  it.each(reference.images)(
    'sees $path',
    async ({ path, channel_means, first_row_red, sum_of_squares, image_embeds }) => {
      const { stamp, normalise, embed } = open
      const pixels = normalise(resizeAndCrop(await nodeDecoder.decode(readFileSync(path)), stamp.imageSize))
      const plane = stamp.imageSize ** 2
      const means = [0, 1, 2].map((c) => pixels.subarray(c * plane, (c + 1) * plane).reduce((a, b) => a + b, 0) / plane)
      expect(largestDifference(means, channel_means)).toBeLessThan(TOLERANCE)
      expect(largestDifference(pixels, first_row_red)).toBeLessThan(TOLERANCE)
      expect(pixels.reduce((sum, x) => sum + x * x, 0) / sum_of_squares).toBeCloseTo(1, 5)
      expect(largestDifference(await embed(pixels), image_embeds)).toBeLessThan(TOLERANCE)
    },
  )
})
