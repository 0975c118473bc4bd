/** McNemar's exact test against binomial tails worked out by hand. */
import { describe, expect, it } from 'vitest'
import { compare, mcnemarExact } from '../../src/evaluation/paired'

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
