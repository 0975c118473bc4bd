/** Pictures changed by chance: each operation gives Pillow's very bytes, and chance has torchvision's distributions. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { augmix, OPERATIONS } from '../../src/data/augment/augmix'
import { interleaved, mirrored, randomBox, randomCropFlip, resizedBox } from '../../src/data/augment/crop-flip'
import * as ops from '../../src/data/augment/pillow-ops'
import type { RgbImage } from '../../src/data/decode'
import { Random } from '../../src/data/random'

interface Fixture {
  readonly cases: readonly {
    readonly picture: 'noise' | 'slope' | 'flat'
    readonly side: number
    readonly op: keyof typeof ops
    readonly value: number
    readonly sha256: string
  }[]
  readonly boxes: readonly {
    readonly box: readonly [number, number, number, number]
    readonly sha256: string
    readonly mirrored: string
  }[]
}
const fixture = JSON.parse(readFileSync('tests/fixtures/pillow-ops.json', 'utf8')) as Fixture

const FORMULA = {
  noise: (i: number) => Math.floor(((i * 2654435761) % 4294967296) / 8192) % 256,
  slope: (i: number, side: number) => (40 + Math.floor(i / (side * 3)) * 2 + (i % 3) * 9) % 256,
  flat: () => 77,
}
const picture = (name: keyof typeof FORMULA, side: number): RgbImage => ({
  ...{ width: side, height: side },
  data: Uint8Array.from({ length: side * side * 3 }, (_, i) => FORMULA[name](i, side)),
})
const planes = ({ width, data }: RgbImage) =>
  data.map((_, i) => data[(i % (width * width)) * 3 + Math.floor(i / (width * width))]!)
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe("Pillow's operations", () => {
  it.each([...new Set(fixture.cases.map(({ op }) => op))])('%s gives the same bytes', (op) => {
    const cases = fixture.cases.filter((one) => one.op === op)
    expect(cases.length).toBeGreaterThanOrEqual(6)
    const apply: (image: Uint8Array, value: number) => Uint8Array = ops[op]
    const found = cases.map((one) => ({
      ...one,
      sha256: sha(apply(planes(picture(one.picture, one.side)), one.value)),
    }))
    expect(found).toEqual(cases)
  })

  it('resize a part of a picture, and mirror it', () => {
    const image = picture('noise', 45)
    const found = fixture.boxes.map(({ box }) => {
      const [left, top, width, height] = box
      const part = resizedBox(image, { left, top, width, height }, 32)
      return { box, sha256: sha(part), mirrored: sha(mirrored(part)) }
    })
    expect(found).toEqual(fixture.boxes)
    expect(interleaved(planes(image))).toEqual(image)
  })
})

describe('chance', () => {
  it('takes parts of 8 to 100 % of the area, a third to a third longer than high', () => {
    const random = new Random(3)
    const boxes = Array.from({ length: 4000 }, () => randomBox({ width: 400, height: 300 }, random))
    const shares = boxes.map(({ width, height }) => (width * height) / 120_000)
    for (const { left, top, width, height } of boxes) {
      expect(left >= 0 && top >= 0 && left + width <= 400 && top + height <= 300).toBe(true)
      expect(width / height).toBeGreaterThan(0.73)
      expect(width / height).toBeLessThan(1.36)
    }
    expect(Math.min(...shares)).toBeGreaterThan(0.078)
    expect(Math.max(...shares)).toBeGreaterThan(0.95)
    // Where nothing fits, the middle of the longest that does.
    expect(randomBox({ width: 1000, height: 1 }, random)).toEqual({ left: 499, top: 0, width: 1, height: 1 })
  })

  it('gives the same views for the same seed, some of them mirrored', () => {
    const image = picture('noise', 45)
    const views = (seed: number) => {
      const random = new Random(seed)
      return Array.from({ length: 20 }, () => sha(randomCropFlip(image, 16, random)))
    }
    expect(views(1)).toEqual(views(1))
    expect(new Set([...views(1), ...views(2)]).size).toBe(40)
  })

  it('mixes chains that stay near the picture at severity 1', () => {
    const image = planes(picture('slope', 32))
    const normalise = (pixels: Uint8Array) => Float32Array.from(pixels, (value) => value / 255)
    for (const operation of OPERATIONS) {
      const random = new Random(4)
      const once = operation(image, 1, random)
      expect(once).not.toBe(image)
      expect(once).toHaveLength(image.length)
    }
    const mixed = augmix(image, normalise, new Random(5))
    expect(mixed).toEqual(augmix(image, normalise, new Random(5)))
    expect(mixed.every((value) => value >= 0 && value <= 1)).toBe(true)
    expect(Array.from(mixed)).not.toEqual(Array.from(normalise(image)))
    // The weights add up to 1.
    const ones = augmix(image, (pixels) => new Float32Array(pixels.length).fill(1), new Random(6))
    for (const value of ones) expect(value).toBeCloseTo(1, 5)
  })
})
