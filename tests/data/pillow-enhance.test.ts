/** Pillow's ImageEnhance byte for byte, TrivialAugment, and batches that are augmented by it. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as enhance from '../../src/data/augment/pillow-enhance'
import { TRIVIAL_OPERATIONS, trivialAugment } from '../../src/data/augment/trivial'
import { memorySet } from '../../src/data/memory-set'
import { Random } from '../../src/data/random'
import { AugmentedBatches } from '../../src/learning/augmented-batches'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'

interface Fixture {
  readonly cases: readonly {
    readonly picture: 'noise' | 'slope' | 'flat'
    readonly side: number
    readonly op: keyof typeof enhance
    readonly value: number
    readonly sha256: string
  }[]
}
const fixture = JSON.parse(readFileSync('tests/fixtures/pillow-enhance.json', 'utf8')) as Fixture

const FORMULA = {
  noise: (i: number) => Math.floor(((i * 2654435761) % 4294967296) / 8192) % 256,
  slope: (i: number, side: number) => (40 + Math.floor(i / (side * 3)) * 2 + (i % 3) * 9) % 256,
  flat: () => 77,
}
/** uint8 planes [3,S,S] */
const planes = (name: keyof typeof FORMULA, side: number) =>
  Uint8Array.from({ length: 3 * side * side }, (_, i) =>
    FORMULA[name]((i % side ** 2) * 3 + Math.floor(i / side ** 2), side),
  )

describe("Pillow's enhancements", () => {
  it('are its very bytes', () => {
    expect(fixture.cases.length).toBeGreaterThan(100)
    for (const { picture, side, op, value, sha256 } of fixture.cases) {
      const made = createHash('sha256')
        .update(enhance[op](planes(picture, side), value))
        .digest('hex')
      expect(made, `${op} ${value} of ${picture} ${side}`).toBe(sha256)
    }
  })
})

describe('TrivialAugment', () => {
  it('draws every operation, and leaves the picture that it was given', () => {
    const image = planes('noise', 16)
    const before = image.slice()
    const random = new Random(1)
    const made = new Set(
      Array.from({ length: 600 }, () => createHash('sha256').update(trivialAugment(image, random)).digest('hex')),
    )
    expect(made.size).toBeGreaterThan(150)
    expect(image).toEqual(before)
    for (const operation of TRIVIAL_OPERATIONS) expect(operation(image, 0.4, random)).toHaveLength(image.length)
  })
})

describe('augmented batches', () => {
  const side = 8
  const format = { imageSize: side, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.25] }
  const images = Uint8Array.from({ length: 5 * 3 * side ** 2 }, (_, i) => (i * 7919) % 256)
  const set = memorySet(images, Uint16Array.of(0, 1, 0, 1, 1), ['a', 'b', 'c', 'd', 'e'])
  const plain = () => new TrainingBatches(new BatchBuilder(set, format, 2), { batchSize: 4, maxShift: 0, seed: 3 })

  it('are the pictures as they are where nothing is to be done', () => {
    const [a, b] = [plain(), new AugmentedBatches(plain(), format, { flip: false, trivial: false, seed: 1 })]
    for (let step = 0; step < 3; step++) {
      const [expected, found] = [a.next(), b.next()]
      expect(found.map(({ labels }) => labels)).toEqual(expected.map(({ labels }) => labels))
      found.forEach(({ pixels, source }, i) => {
        pixels.forEach((value, at) => expect(value).toBeCloseTo(expected[i]!.pixels[at]!, 5))
        expect(source!.unchanged).toBe(false)
      })
    }
  })

  it('go on from a saved state with the same changes', () => {
    const about = { flip: true, trivial: true, seed: 1 }
    const first = new AugmentedBatches(plain(), format, about)
    first.next()
    const state = first.getState()
    const resumed = new AugmentedBatches(plain(), format, about)
    resumed.setState(state)
    for (let step = 0; step < 3; step++) {
      expect(resumed.next().map(({ pixels }) => pixels)).toEqual(first.next().map(({ pixels }) => pixels))
    }
    const other = new AugmentedBatches(plain(), format, { ...about, seed: 2 })
    other.setState(state)
    const again = new AugmentedBatches(plain(), format, about)
    again.setState(state)
    const some = (batches: AugmentedBatches) =>
      Array.from({ length: 4 }, () => batches.next().map(({ pixels }) => pixels))
    expect(some(other)).not.toEqual(some(again))
  })
})
