/** Names beside the points of a plot, none over another or over a point: each takes the first free place of a few. Pure. */

export interface Point {
  /** Pixels. */
  readonly x: number
  readonly y: number
  readonly name: string
}

export interface PlacedLabel {
  /** Of its middle line. */
  readonly x: number
  readonly y: number
  readonly anchor: 'start' | 'middle' | 'end'
}

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

export interface Room extends Box {
  /** Of a name, pixels. */
  widthOf(name: string): number
  readonly lineHeight: number
  /** Of a point. */
  readonly radius: number
  /** Of a line across the plot, which names keep off; null where there is none. */
  readonly line: number | null
}

const overlap = (a: Box, b: Box) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

/** In the order of the points; null where there is no room, or nothing to be said: a name is not squeezed in. */
export function placeLabels(points: readonly Point[], room: Room): readonly (PlacedLabel | null)[] {
  const { line, lineHeight, radius: r } = room
  const taken: Box[] = points.map(({ x, y }) => ({ left: x - r, right: x + r, top: y - r, bottom: y + r }))
  if (line !== null) taken.push({ left: room.left, right: room.right, top: line - 1, bottom: line + 1 })
  return points.map(({ x, y, name }) => {
    if (name === '') return null
    const width = room.widthOf(name)
    for (const { dx, dy, anchor } of placesAround(r, lineHeight)) {
      const at = { x: x + dx, y: y + dy, anchor }
      const left = anchor === 'start' ? at.x : anchor === 'end' ? at.x - width : at.x - width / 2
      const box = { left, right: left + width, top: at.y - lineHeight / 2, bottom: at.y + lineHeight / 2 }
      const inside =
        box.left >= room.left && box.right <= room.right && box.top >= room.top && box.bottom <= room.bottom
      if (!inside || taken.some((other) => overlap(box, other))) continue
      taken.push(box)
      return at
    }
    return null
  })
}

function placesAround(r: number, line: number) {
  const [side, above] = [r + 4, r + line / 2]
  return [
    { dx: side, dy: 0, anchor: 'start' },
    { dx: -side, dy: 0, anchor: 'end' },
    { dx: 0, dy: -above, anchor: 'middle' },
    { dx: 0, dy: above, anchor: 'middle' },
    { dx: side, dy: -0.7 * line, anchor: 'start' },
    { dx: side, dy: 0.7 * line, anchor: 'start' },
    { dx: -side, dy: -0.7 * line, anchor: 'end' },
    { dx: -side, dy: 0.7 * line, anchor: 'end' },
    { dx: side, dy: -1.5 * line, anchor: 'start' },
    { dx: side, dy: 1.5 * line, anchor: 'start' },
    { dx: -side, dy: -1.5 * line, anchor: 'end' },
    { dx: -side, dy: 1.5 * line, anchor: 'end' },
  ] as const
}

/** Powers of ten within a range of positive values, at least its own two ends' neighbours. */
export function decades(low: number, high: number): readonly number[] {
  const from = Math.floor(Math.log10(low) + 1e-9)
  const to = Math.max(from + 1, Math.ceil(Math.log10(high) - 1e-9))
  return Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i))
}
