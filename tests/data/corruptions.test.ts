/** Changed test pictures against what can be said of them by hand. */
import { describe, expect, it } from 'vitest'
import { corrupted, corruptedSet, corruptionSchema, type Corruption } from '../../src/data/corruptions'
import { memorySet } from '../../src/data/memory-set'
import { Random } from '../../src/data/random'

const S = 16
const flat = (r: number, g: number, b: number) =>
  Uint8Array.from({ length: 3 * S * S }, (_, i) => [r, g, b][Math.floor(i / S ** 2)]!)
const change = (image: Uint8Array, corruption: Corruption) => corrupted(image, corruption, new Random(1))
const plane = (image: Uint8Array, channel: number) => [...image.subarray(channel * S * S, (channel + 1) * S * S)]
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('changed pictures', () => {
  it('noise has the deviation of its severity', () => {
    for (const [severity, deviation] of [
      [1, 0.08],
      [3, 0.18],
    ] as const) {
      // prettier-ignore
      const noisy = plane(change(flat(128, 128, 128), { kind: 'gaussian-noise', severity }), 0)
      const off = Math.sqrt(mean(noisy.map((value) => ((value - 127.5) / 255) ** 2)))
      expect(off / deviation).toBeGreaterThan(0.85)
      expect(off / deviation).toBeLessThan(1.15)
    }
  })

  it('contrast is drawn to the mean of its channel', () => {
    const image = flat(100, 100, 100)
    for (let i = 0; i < (S * S) / 2; i++) image[i] = 200
    const lower = change(image, { kind: 'contrast', severity: 1 })
    // Mean 150: 150 ± 50 become 150 ± 20.
    expect(new Set(plane(lower, 0))).toEqual(new Set([170, 130]))
    expect(new Set(plane(lower, 1))).toEqual(new Set([100]))
  })

  it('blur leaves what is flat, spreads a point as a normal distribution does, and keeps its sum', () => {
    const blur: Corruption = { kind: 'gaussian-blur', severity: 5 }
    expect(change(flat(10, 200, 77), blur)).toEqual(flat(10, 200, 77))
    const image = flat(0, 0, 0)
    // 16 pixels wide: a deviation of 6 x 16 / 224.
    for (let y = 0; y < S; y++) image[y * S + 8] = 255
    const line = plane(change(image, blur), 0).slice(5 * S, 6 * S)
    const deviation = (6 * S) / 224
    const weights = Array.from({ length: S }, (_, x) => Math.exp(-0.5 * ((x - 8) / deviation) ** 2))
    const sum = weights.reduce((all, weight) => all + weight, 0)
    line.forEach((value, x) => expect(Math.abs(value - Math.floor((255 * weights[x]!) / sum))).toBeLessThanOrEqual(1))
    // At the edge what would fall out comes back: the sum stays, but for what bytes leave off.
    const corner = flat(0, 0, 0)
    for (let y = 0; y < S; y++) corner[y * S] = 255
    const edge = plane(change(corner, blur), 0).slice(0, S)
    expect(edge.reduce((all, value) => all + value, 0)).toBeGreaterThan(250)
    expect(edge[0]).toBeGreaterThan(200)
  })

  it('grey has one luma in all channels, and inverted is its own inverse', () => {
    const grey = change(flat(255, 0, 0), { kind: 'grey' })
    expect(new Set(grey)).toEqual(new Set([76]))
    const image = Uint8Array.from({ length: 3 * S * S }, (_, i) => (i * 7) % 256)
    expect(change(change(image, { kind: 'inverted' }), { kind: 'inverted' })).toEqual(image)
    expect(change(image, { kind: 'inverted' })[1]).toBe(248)
  })

  it('of a set: the same picture always the same way, others otherwise, and never taken for untouched ones', () => {
    const pixels = new Uint8Array(2 * 3 * S * S).fill(128)
    const set = memorySet(pixels, Uint16Array.of(0, 1), ['a', 'b'], ['1', '2'])
    const noisy = corruptedSet(set, { kind: 'gaussian-noise', severity: 2 }, S)
    const read = (index: number) => {
      const into = new Uint8Array(3 * S * S)
      noisy.read(index, into)
      return into
    }
    expect(read(0)).toEqual(read(0))
    expect(read(0)).not.toEqual(read(1))
    expect(noisy.digests).toEqual(['1 gaussian-noise 2', '2 gaussian-noise 2'])
    expect([...noisy.labels]).toEqual([0, 1])
  })

  it('severities are those of ImageNet-C', () => {
    expect(corruptionSchema.safeParse({ kind: 'contrast', severity: 6 }).success).toBe(false)
    expect(corruptionSchema.safeParse({ kind: 'grey', severity: 1 }).success).toBe(false)
  })
})
