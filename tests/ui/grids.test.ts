/** Matrices and picture grids under the arrow keys, shades, orders of tables, and lines told apart. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { perClass } from '../../src/evaluation/per-class'
import { paintShares } from '../../src/ui/visuals/ConfusionPicture'
import { moveCell, shade } from '../../src/ui/visuals/confusion-grid'
import { lineStyle, smoothed } from '../../src/ui/visuals/overlay-lines'
import { sortClasses } from '../../src/ui/visuals/sort-classes'
import { cellAfter, rowsInSight } from '../../src/ui/visuals/virtual-rows'

describe('a confusion matrix', () => {
  it('is shaded by the share of the row, and not where it is empty', () => {
    expect([0, 1, 3, 13, 30, 60, 80].map((count) => shade(count, 100))).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(shade(0, 0)).toBe(0)
  })

  it('is walked by arrow keys, which stop at its edges', () => {
    const at = { truth: 0, predicted: 2 }
    expect(moveCell(at, 'ArrowRight', 3, false)).toEqual(at)
    expect(moveCell(at, 'ArrowDown', 3, false)).toEqual({ truth: 1, predicted: 2 })
    expect(moveCell(at, 'Home', 3, false)).toEqual({ truth: 0, predicted: 0 })
    expect(moveCell(at, 'End', 3, true)).toEqual({ truth: 2, predicted: 2 })
    expect(moveCell(at, 'x', 3, false)).toBeNull()
  })

  it('of many classes is painted by the root of the share', () => {
    const rgba = new Uint8ClampedArray(16)
    paintShares(rgba, Uint32Array.of(4, 0, 3, 1), 2)
    expect([rgba[3], rgba[7], rgba[11], rgba[15]]).toEqual([255, 0, 221, 128])
  })
})

describe('a grid of thousands of cells', () => {
  it('draws the rows in sight and one on each side, never more', () => {
    expect(rowsInSight(0, 500, 100, 1000)).toEqual([0, 6])
    expect(rowsInSight(1050, 500, 100, 1000)).toEqual([9, 17])
    expect(rowsInSight(99_900, 500, 100, 1000)).toEqual([998, 1000])
  })

  it('no key leads out of it', () => {
    const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End']
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 9 }), fc.nat(98), (count, columns, at) => {
        for (const key of keys) {
          const next = cellAfter(Math.min(at, count - 1), key, columns, count, 3)!
          expect(next).toBeGreaterThanOrEqual(0)
          expect(next).toBeLessThan(count)
        }
      }),
    )
    expect(cellAfter(7, 'ArrowUp', 4, 20, 2)).toBe(3)
    expect(cellAfter(7, 'PageDown', 4, 20, 2)).toBe(15)
  })
})

it('sorts classes by any column, equal ones in their own order', () => {
  const labels = [0, 0, 1, 1, 2, 2]
  const rows = perClass(labels, [0, 1, 1, 1, 0, 0], [0, 0, 0, 1, 0, 0], 3)
  const order = (column: Parameters<typeof sortClasses>[2]['column'], descending: boolean) =>
    sortClasses(rows, ['pear', 'apple', 'fig'], { column, descending }).map(({ label }) => label)
  expect(order('difference', true)).toEqual([0, 2, 1])
  expect(order('name', false)).toEqual([1, 2, 0])
  expect(order('images', true)).toEqual([0, 1, 2])
  expect(order('after', false)).toEqual([2, 1, 0])
})

describe('lines of several runs', () => {
  it('are twenty before two look the same', () => {
    const looks = Array.from({ length: 20 }, (_, i) => JSON.stringify(lineStyle(i)))
    expect(new Set(looks).size).toBe(20)
  })

  it('are smoothed without moving a constant or losing their beginning', () => {
    expect([...smoothed(Float64Array.of(2, 2, 2))]).toEqual([2, 2, 2])
    expect([...smoothed(Float64Array.of(1, 2))]).toEqual([1, 1.15])
  })
})
