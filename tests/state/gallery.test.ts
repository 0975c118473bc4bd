/** Pages of the galleries: every picture once, each page spread over all of them. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { GALLERY_PAGE, pageOf } from '../../src/state/gallery'

it('pages together hold every picture exactly once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 130 }), (count) => {
      const indices = Array.from({ length: count }, (_, i) => i * 3)
      const seen: number[] = []
      while (seen.length < count) {
        const page = pageOf(indices, seen.length)
        expect(page.length).toBe(Math.min(GALLERY_PAGE, count - seen.length))
        seen.push(...page)
      }
      expect(seen.sort((a, b) => a - b)).toEqual(indices)
      expect(pageOf(indices, count)).toEqual([])
    }),
  )
})

it('the first page reaches over the whole list', () => {
  const page = pageOf(
    Array.from({ length: 500 }, (_, i) => i),
    0,
  )
  expect(page[0]).toBe(0)
  expect(page.at(-1)!).toBeGreaterThan(450)
})
