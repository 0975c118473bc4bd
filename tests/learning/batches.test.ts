/** Batches: normalisation, padding rows, shifts with repeated edges, epochs, and the same stream again from a saved state. */
import { describe, expect, it } from 'vitest'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import { memorySet } from '../../src/data/memory-set'
import type { ImageSet } from '../../src/data/task'
import type { Batch } from '../../src/methods/method'

const S = 4
const FORMAT = { imageSize: S, mean: [0.5, 0.4, 0.3], std: [0.25, 0.5, 1] }

/** Image i holds 10 i + x + y in every channel. */
function images(count: number): ImageSet {
  const pixels = new Uint8Array(count * 3 * S * S)
  for (let i = 0; i < pixels.length; i++) {
    const [image, x, y] = [Math.floor(i / (3 * S * S)), i % S, Math.floor(i / S) % S]
    pixels[i] = 10 * image + x + y
  }
  return memorySet(
    pixels,
    Uint16Array.from({ length: count }, (_, i) => i % 3),
    [],
  )
}

/** The uint8 value behind a normalised one. */
function raw(batch: Batch, row: number, c: number, y: number, x: number): number {
  const value = batch.pixels[((row * 3 + c) * S + y) * S + x]!
  return Math.round((value * FORMAT.std[c]! + FORMAT.mean[c]!) * 255)
}

/** Which image stands in a row, seen from its unshifted middle. */
const imageIn = (batch: Batch, row: number) => Math.floor(raw(batch, row, 0, 1, 1) / 10)

describe('batch builder', () => {
  const builder = new BatchBuilder(images(5), FORMAT, 4)

  it('normalises each channel by its own mean and deviation', () => {
    const batch = builder.build([{ index: 2, dx: 0, dy: 0 }], 1)
    expect(batch.pixels[0]).toBeCloseTo((20 / 255 - 0.5) / 0.25, 6)
    expect(batch.pixels[S * S]).toBeCloseTo((20 / 255 - 0.4) / 0.5, 6)
    expect(batch.pixels[2 * S * S]).toBeCloseTo((20 / 255 - 0.3) / 1, 6)
  })

  it('fills the last batch with rows of no weight', () => {
    const [first, last, ...more] = [...builder.inOrder()]
    expect(more).toEqual([])
    expect([first!.count, last!.count]).toEqual([4, 1])
    expect([...last!.weights]).toEqual([Math.fround(1 / 5), 0, 0, 0])
    expect(last!.pixels.length).toBe(first!.pixels.length)
    expect([...first!.labels]).toEqual([0, 1, 2, 0])
  })

  it.each([
    [1, -2],
    [-2, 1],
    [S, -S],
    [-S - 1, S + 1],
  ])('moves a picture by %i and %i, and repeats its edge', (dx, dy) => {
    const batch = builder.build([{ index: 1, dx, dy }], 1)
    const inside = (at: number) => Math.min(S - 1, Math.max(0, at))
    for (let y = 0; y < S; y++)
      for (let x = 0; x < S; x++) expect(raw(batch, 0, 1, y, x)).toBe(10 + inside(x - dx) + inside(y - dy))
  })
})

describe('training batches', () => {
  const make = (count: number, batchSize: number, rows: number, maxShift = 0, seed = 7) =>
    new TrainingBatches(new BatchBuilder(images(count), FORMAT, rows), { batchSize, maxShift, seed })

  /** The values of a step's batches, without the set they came from. */
  const values = (batches: TrainingBatches) =>
    batches.next().map(({ pixels, labels, weights, count, source }) => {
      const { indices, unchanged } = source!
      return { pixels, labels, weights, count, indices, unchanged }
    })

  it('say which images they hold, and whether as they are', () => {
    const still = make(10, 7, 3).next()
    const rows = (b: Batch) => Array.from({ length: b.count }, (_, r) => imageIn(b, r))
    for (const batch of still) expect([...batch.source!.indices]).toEqual(rows(batch))
    expect(still.map(({ source }) => source!.unchanged)).toEqual([true, true, true])
    expect(make(10, 10, 10, 2).next()[0]!.source!.unchanged).toBe(false)
  })

  it('read no picture before its pixels are asked for', () => {
    const set = images(4)
    let reads = 0
    const counted = { ...set, read: (index: number, into: Uint8Array) => (reads++, set.read(index, into)) }
    const [batch] = [...new BatchBuilder(counted, FORMAT, 4).inOrder()]
    expect([...batch!.labels]).toEqual([...set.labels])
    expect(reads).toBe(0)
    expect(batch!.pixels).toBe(batch!.pixels)
    expect(reads).toBe(4)
  })

  it('give every image once an epoch, in another order each epoch', () => {
    const batches = make(10, 4, 4)
    const epoch = () =>
      [batches.next(), batches.next(), batches.next()]
        .flat()
        .flatMap((b) => Array.from({ length: b.count }, (_, r) => imageIn(b, r)))
    const [first, second] = [epoch(), epoch()]
    expect([...first].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect([...second].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(second).not.toEqual(first)
  })

  it('split a batch into micro-batches whose weights add up to one', () => {
    const micro = make(10, 7, 3).next()
    expect(micro.map(({ count }) => count)).toEqual([3, 3, 1])
    expect(micro.reduce((sum, { weights }) => sum + weights.reduce((a, b) => a + b), 0)).toBeCloseTo(1, 6)
    expect([...micro[2]!.weights.subarray(1)]).toEqual([0, 0])
  })

  it('make one batch of a set that is smaller', () => {
    const micro = make(3, 64, 4).next()
    expect(micro).toHaveLength(1)
    expect([...micro[0]!.weights]).toEqual([1, 1, 1, 0].map((w) => Math.fround(w / 3)))
  })

  it('differ by seed, and never shift further than told', () => {
    expect(values(make(10, 4, 4, 1, 1))).not.toEqual(values(make(10, 4, 4, 1, 2)))
    const batches = make(10, 10, 10, 1)
    const seen = new Set<number>()
    for (let i = 0; i < 30; i++) {
      const [batch] = batches.next()
      // The middle value x + y = 2 of a picture moved by (dx, dy) with |dx|,|dy| <= 1 is 2 - dx - dy.
      for (let row = 0; row < 10; row++) seen.add(raw(batch!, row, 0, 1, 1) % 10)
    }
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4])
  })

  it('go on from a saved state as if never stopped', () => {
    const straight = make(10, 4, 4, 1)
    for (let i = 0; i < 5; i++) straight.next()
    const state = structuredClone(straight.getState())
    const resumed = make(10, 4, 4, 1, 99)
    resumed.setState(state)
    for (let i = 0; i < 6; i++) expect(values(resumed)).toEqual(values(straight))
  })
})
