/** McNemar's exact test against binomial tails worked out by hand. */
import { describe, expect, it } from 'vitest'
import { compare, mcnemarExact, pairedDifferenceInterval } from '../../src/evaluation/paired'

describe('exact McNemar test', () => {
  it.each([
    [0, 0, 1],
    [1, 0, 1],
    [5, 5, 1],
    [6, 0, 2 / 64],
    [0, 6, 2 / 64],
    [8, 2, (2 * (1 + 10 + 45)) / 1024],
    [9, 3, (2 * (1 + 12 + 66 + 220)) / 4096],
  ])('of %i fixed and %i broken is %d', (fixed, broken, p) => {
    expect(mcnemarExact(fixed, broken)).toBeCloseTo(p, 12)
  })

  it('holds for thousands of images', () => {
    // Normal approximation with continuity correction: z = (|1100-900|-1)/sqrt(2000) = 4.450, p = 8.6e-6.
    expect(mcnemarExact(1100, 900)).toBeGreaterThan(7.5e-6)
    expect(mcnemarExact(1100, 900)).toBeLessThan(9.5e-6)
  })
})

it('lists what was fixed and what was broken', () => {
  const labels = [0, 1, 2, 1, 0]
  expect(compare([0, 0, 2, 1, 1], [0, 1, 0, 1, 2], labels)).toEqual({ fixed: [1], broken: [2], pValue: 1 })
})

describe('interval of a paired difference', () => {
  it('is that of Agresti and Min by hand', () => {
    // 10 fixed, 4 broken of 98: centre 6/100, half 1.96 √(15 - 36/100) / 100.
    const [low, high] = pairedDifferenceInterval(10, 4, 98)
    expect((low + high) / 2).toBeCloseTo(0.06, 12)
    expect(high - low).toBeCloseTo((2 * 1.959964 * Math.sqrt(14.64)) / 100, 7)
  })

  it('keeps its width where nothing changed, and its sign when the sides are exchanged', () => {
    const [low, high] = pairedDifferenceInterval(0, 0, 30)
    expect(low).toBeCloseTo(-high, 12)
    expect(high).toBeGreaterThan(0.05)
    expect(
      pairedDifferenceInterval(9, 2, 50)
        .map((end) => -end)
        .reverse(),
    ).toEqual(pairedDifferenceInterval(2, 9, 50).map((end) => expect.closeTo(end, 12) as unknown))
  })
})
