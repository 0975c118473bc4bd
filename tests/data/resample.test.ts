import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { RgbImage } from '../../src/data/decode'
import { nodeDecoder } from '../../src/data/decode-node'
import { BatchBuilder } from '../../src/learning/batches'
import { Random } from '../../src/data/random'
import { memorySet } from '../../src/data/memory-set'
import { resizeAndCrop } from '../../src/data/resample'
import type { ResizeRule } from '../../src/models/resize-rule'
import { referencePath, withoutReference } from './reference'

function noise(width: number, height: number, low = 0, levels = 256): RgbImage {
  const random = new Random(width * 1000 + height)
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => low + random.below(levels)) }
}

/** Value of channel c at (x, y) of an interleaved image. */
const at = ({ width, data }: RgbImage, c: number, x: number, y: number) => data[(y * width + x) * 3 + c]!

/**
 * The same in floating point and without a middle image: cubic a = -0.5, widened when shrinking, cut at the edges.
 * Written from the definition, not from the implementation under test.
 */
function definition(
  image: RgbImage,
  size: number,
  [left, top]: readonly number[],
  c: number,
  x: number,
  y: number,
): number {
  const { width, height } = image
  const shorter = Math.min(width, height)
  const [outWidth, outHeight] = [Math.floor((size * width) / shorter), Math.floor((size * height) / shorter)]
  const axis = (input: number, output: number, i: number) => {
    const scale = input / output
    const stretch = Math.max(1, scale)
    const center = (i + 0.5) * scale
    const weights = Array.from({ length: input }, (_, k) => {
      const t = Math.abs(k + 0.5 - center) / stretch
      return t < 1 ? 1.5 * t ** 3 - 2.5 * t ** 2 + 1 : t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0
    })
    const sum = weights.reduce((a, b) => a + b, 0)
    return weights.map((w) => w / sum)
  }
  const across = axis(width, outWidth, x + left!)
  const down = axis(height, outHeight, y + top!)
  let value = 0
  down.forEach((v, row) => across.forEach((h, column) => (value += v * h * at(image, c, column, row))))
  return Math.min(255, Math.max(0, value))
}

describe('resizeAndCrop', () => {
  it('leaves the pixels of an S x S image as they are', () => {
    const image = noise(16, 16)
    const planes = resizeAndCrop(image, 16)
    for (let c = 0; c < 3; c++) {
      for (let i = 0; i < 256; i++) expect(planes[c * 256 + i]).toBe(at(image, c, i % 16, i >> 4))
    }
  })

  it('cuts the middle out of an image whose shorter side is S', () => {
    const image = noise(20, 8)
    const planes = resizeAndCrop(image, 8)
    for (let i = 0; i < 64; i++) expect(planes[i]).toBe(at(image, 0, 6 + (i % 8), i >> 3))
  })

  it('halves an odd margin towards the even side, as Python rounds', () => {
    // Margins of 1 and 3 pixels: 0.5 rounds to 0, 1.5 to 2.
    for (const [width, left] of [
      [9, 0],
      [11, 2],
    ] as const) {
      const image = noise(width, 8)
      expect(resizeAndCrop(image, 8)[0]).toBe(at(image, 0, left, 0))
    }
  })

  it.each([
    [40, 32, 16, [2, 0]],
    [33, 47, 12, [0, 2]],
    [7, 9, 20, [0, 2]],
    [100, 60, 8, [2, 0]],
  ])('of %i x %i to %i agrees with the definition to a rounding', (width, height, size, corner) => {
    // Of low contrast, so that the first pass does not clip what it overshoots.
    const image = noise(width, height, 80, 96)
    const planes = resizeAndCrop(image, size)
    let largest = 0
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          largest = Math.max(
            largest,
            Math.abs(planes[(c * size + y) * size + x]! - definition(image, size, corner, c, x, y)),
          )
        }
      }
    }
    // Half a level for each of two roundings, the first of them amplified by the cubic's negative lobes.
    expect(largest).toBeLessThan(1.2)
  })

  it('keeps a plain colour plain', () => {
    const image = {
      width: 37,
      height: 23,
      data: Uint8Array.from({ length: 37 * 23 * 3 }, (_, i) => [10, 200, 255][i % 3]!),
    }
    const planes = resizeAndCrop(image, 9)
    planes.forEach((value, i) => expect(value).toBe([10, 200, 255][Math.floor(i / 81)]!))
  })
})

interface PillowCase extends ResizeRule {
  readonly width: number
  readonly height: number
  readonly size: number
  readonly sha256: string
}
const pillow = JSON.parse(readFileSync('tests/fixtures/pillow-resize.json', 'utf8')) as { cases: PillowCase[] }

/** As tools/reference/pillow_resize.py makes it. */
function formula(width: number, height: number): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 13)
  return { width, height, data }
}

describe('every resize rule', () => {
  it.each(pillow.cases)(
    "gives Pillow's bytes: $width x $height, $filter, $fit to $side, middle $size",
    ({ width, height, size, sha256, ...rule }) => {
      const planes = resizeAndCrop(formula(width, height), size, rule)
      expect(createHash('sha256').update(planes).digest('hex')).toBe(sha256)
    },
  )
})

describe.skipIf(withoutReference(1, "openai/CLIP's preprocessing"))("against openai/CLIP's own preprocessing", () => {
  it('gives its very pixels, normalised', async () => {
    const image = await nodeDecoder.decode(readFileSync(referencePath('reference/franz-kafka.jpg')))
    const planes = resizeAndCrop(image, 224)
    const npy = readFileSync(referencePath('reference/franz-kafka_expected_preprocessed_clip224.npy'))
    const start = 10 + npy.readUInt16LE(8)
    const format = {
      imageSize: 224,
      mean: [0.48145466, 0.4578275, 0.40821073],
      std: [0.26862954, 0.26130258, 0.27577711],
    }
    const set = memorySet(planes, Uint16Array.of(0), ['it'])
    const [batch] = new BatchBuilder(set, format, 1).inOrder()
    const expected = Float32Array.from({ length: planes.length }, (_, i) => npy.readFloatLE(start + 4 * i))
    const largest = batch!.pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0)
    // One level of 255 would be 0.0142 at least.
    expect(largest).toBeLessThan(1e-5)
  })
})
