/** What an accuracy has to beat: chance, and the largest class. */
import { expect, it } from 'vitest'
import { beatsGuessing, guessing } from '../../src/evaluation/guessing'

const flowers = guessing([153, 210, 157, 147, 195])!

it('is one in as many as there are classes, or the share of the largest', () => {
  expect(flowers).toEqual({ random: 0.2, largest: 210 / 862, largestClass: 1 })
  expect(guessing([0, 0])).toBeNull()
})

it('is beaten by an interval that lies above the larger of the two', () => {
  expect(beatsGuessing(flowers, [0.153, 0.204])).toBe(false)
  // Above chance, but not above always naming the largest.
  expect(beatsGuessing(flowers, [0.21, 0.27])).toBe(false)
  expect(beatsGuessing(flowers, [0.336, 0.4])).toBe(true)
})
