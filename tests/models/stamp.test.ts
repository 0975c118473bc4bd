/** The embedded model against what PyTorch gave for it (tools/stamp/reference.py): tokens, pixels, embeddings, zero-shot. */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { resizeAndCrop } from '../../src/data/resample'
import { loadSample } from '../../src/data/samples'
import { readSampleIndex, sampleSource } from '../../src/data/samples-node'
import type { ImageSet } from '../../src/data/task'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { encodeClasses, encodeTexts } from '../../src/models/text'
import type { Engine, Session } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'

const TOLERANCE = 1e-4
const SAMPLES = 'public/samples'

interface Reference {
  logit_scale: number
  vocabulary: number
  texts: { text: string; input_ids: number[]; text_embeds: number[] }[]
  images: {
    path: string
    channel_means: number[]
    first_row_red: number[]
    sum_of_squares: number
    image_embeds: number[]
  }[]
  zero_shot: { id: string; template: string; val: { correct: number; total: number } }[]
}
const reference = JSON.parse(readFileSync('tests/fixtures/stamp/reference.json', 'utf8')) as Reference

const largestDifference = (a: ArrayLike<number>, b: readonly number[]) =>
  Math.max(...b.map((value, i) => Math.abs(value - a[i]!)))

let engine: Engine
let stamp: Clip
let vision: Session
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
  vision = await engine.createSession(stamp.visionBytes)
})
afterAll(() => engine.dispose())

/** float32 [count,3,S,S] of uint8 pixels. */
function normalise(pixels: Uint8Array): Float32Array {
  const plane = stamp.imageSize ** 2
  return Float32Array.from(pixels, (value, i) => {
    const c = Math.floor(i / plane) % 3
    return (value / 255 - stamp.mean[c]!) / stamp.std[c]!
  })
}

async function embed(pixels: Float32Array): Promise<Float32Array> {
  const S = stamp.imageSize
  const feeds = {
    pixel_values: { dtype: 'float32', dims: [pixels.length / (3 * S * S), 3, S, S], data: pixels },
  } as const
  return vision.run(feeds, async (outputs) => Float32Array.from(await outputs.image_embeds!.data()))
}

describe('Stamp', () => {
  it('is read as it was written', () => {
    expect(stamp.logitScale).toBeCloseTo(reference.logit_scale, 6)
    expect(stamp.name).toBe('stamp')
  })

  it.each(reference.texts)('tokenises and embeds "$text"', async ({ text, input_ids, text_embeds }) => {
    const ids = stamp.tokenizer.encode(text)
    // The reference is padded to the whole context.
    const padding = Array.from({ length: input_ids.length - ids.length }, () => ids.at(-1)!)
    expect([...ids, ...padding]).toEqual(input_ids)
    expect(largestDifference(await encodeTexts(engine, stamp, [text]), text_embeds)).toBeLessThan(TOLERANCE)
  })

  it('embeds texts of different lengths together as it does alone', async () => {
    const together = await encodeTexts(
      engine,
      stamp,
      reference.texts.map(({ text }) => text),
    )
    reference.texts.forEach(({ text_embeds }, row) => {
      const alone = together.subarray(row * stamp.projectionDim, (row + 1) * stamp.projectionDim)
      expect(largestDifference(alone, text_embeds)).toBeLessThan(TOLERANCE)
    })
  })

  it.each(reference.images)(
    'sees $path',
    async ({ path, channel_means, first_row_red, sum_of_squares, image_embeds }) => {
      const pixels = normalise(resizeAndCrop(await nodeDecoder.decode(readFileSync(path)), stamp.imageSize))
      const plane = stamp.imageSize ** 2
      const means = [0, 1, 2].map((c) => pixels.subarray(c * plane, (c + 1) * plane).reduce((a, b) => a + b, 0) / plane)
      expect(largestDifference(means, channel_means)).toBeLessThan(TOLERANCE)
      expect(largestDifference(pixels, first_row_red)).toBeLessThan(TOLERANCE)
      expect(pixels.reduce((sum, x) => sum + x * x, 0) / sum_of_squares).toBeCloseTo(1, 5)
      expect(largestDifference(await embed(pixels), image_embeds)).toBeLessThan(TOLERANCE)
    },
  )

  it.each(reference.zero_shot)(
    'is right about as many validation images of "$id" as in PyTorch',
    async ({ id, template, val }) => {
      const manifest = (await readSampleIndex(SAMPLES)).find((sample) => sample.id === id)!
      const whole = await sampleSource(SAMPLES, manifest)
      // All of validation, and one image a class of the others: enough for a task, and quick.
      const source = { ...whole, files: whole.files.filter(({ path }) => /^val\/|\/000\.png$/.test(path)) }
      expect(source.name).toBe(basename(join(SAMPLES, id)))
      const task = await loadSample(manifest, source, { decoder: nodeDecoder, imageSize: stamp.imageSize })
      expect(task.template).toBe(template)
      expect(task.skipped).toEqual([])
      const names = task.classes.map(({ name }) => name)
      const classes = await encodeClasses(engine, stamp, task.template, names)
      expect(task.splits.val.count).toBe(val.total)
      // An image on the border between two classes may fall to either side.
      expect(Math.abs((await countCorrect(task.splits.val, classes, names.length)) - val.correct)).toBeLessThanOrEqual(
        2,
      )
    },
    120_000,
  )
})

async function countCorrect({ pixels, labels }: ImageSet, classes: Float32Array, C: number): Promise<number> {
  const embeddings = await embed(normalise(pixels))
  const D = stamp.projectionDim
  return labels.filter((label, image) => {
    const logits = Array.from({ length: C }, (_, c) => {
      let logit = 0
      for (let d = 0; d < D; d++) logit += embeddings[image * D + d]! * classes[d * C + c]!
      return logit
    })
    return logits.indexOf(Math.max(...logits)) === label
  }).length
}
