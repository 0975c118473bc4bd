/** Names of points: beside them, inside the plot, and none over another or over a point. */
import { expect, it } from 'vitest'
import { decades, placeLabels, type Point } from '../../src/ui/study/place-labels'

const ROOM = { left: 0, right: 300, top: 0, bottom: 200, lineHeight: 14, radius: 4, line: null, widthOf: (name: string) => 6 * name.length } // prettier-ignore

function boxes(points: readonly Point[]) {
  return placeLabels(points, ROOM).map((label, i) => {
    if (!label) return null
    const width = ROOM.widthOf(points[i]!.name)
    const left = label.anchor === 'start' ? label.x : label.anchor === 'end' ? label.x - width : label.x - width / 2
    return { left, right: left + width, top: label.y - 7, bottom: label.y + 7 }
  })
}

it('stand to the right, and to the left at the right edge', () => {
  const [a, b] = placeLabels([{ x: 50, y: 100, name: 'first' }, { x: 290, y: 50, name: 'second' }], ROOM) // prettier-ignore
  expect([a!.anchor, b!.anchor]).toEqual(['start', 'end'])
})

it('never lie over each other, over a point or beyond the plot', () => {
  const points = Array.from({ length: 24 }, (_, i) => ({
    ...{ x: 20 + ((i * 37) % 260), y: 10 + ((i * 53) % 180), name: `method ${i}` },
  }))
  const placed = boxes(points).flatMap((box) => (box ? [box] : []))
  expect(placed.length).toBeGreaterThan(12)
  placed.forEach((a, i) => {
    expect(a.left >= 0 && a.right <= 300 && a.top >= 0 && a.bottom <= 200).toBe(true)
    for (const b of placed.slice(i + 1)) {
      expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false)
    }
    for (const { x, y } of points) {
      expect(a.left < x + 4 && x - 4 < a.right && a.top < y + 4 && y - 4 < a.bottom).toBe(false)
    }
  })
})

it('keep off the line', () => {
  const [label] = placeLabels([{ x: 50, y: 100, name: 'zero-shot' }], { ...ROOM, line: 100 })
  expect(Math.abs(label!.y - 100)).toBeGreaterThanOrEqual(8)
})

it('are left out where there is no room', () => {
  const crowd = Array.from({ length: 40 }, () => ({ x: 150, y: 100, name: 'all in one place' }))
  expect(boxes(crowd).filter((box) => box === null).length).toBeGreaterThan(20)
})

it('decades hold the range', () => {
  expect(decades(3, 4200)).toEqual([1, 10, 100, 1000, 10_000])
  expect(decades(100, 100)).toEqual([100, 1000])
  expect(decades(0.02, 0.5).map((one) => Number(one.toPrecision(3)))).toEqual([0.01, 0.1, 1])
})
