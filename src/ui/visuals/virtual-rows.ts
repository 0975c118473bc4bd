/** Which rows of a long grid are in sight, and where keys lead in it. */

/** Rows [first, last) that touch the window, and one more on each side. */
export function rowsInSight(top: number, height: number, pitch: number, rows: number): readonly [number, number] {
  const first = Math.max(0, Math.min(rows, Math.floor(top / pitch) - 1))
  return [first, Math.min(rows, Math.ceil((top + height) / pitch) + 1)]
}

/** Null for a key that leads nowhere. */
export function cellAfter(from: number, key: string, columns: number, count: number, page: number): number | null {
  const within = (i: number) => Math.min(count - 1, Math.max(0, i))
  switch (key) {
    case 'ArrowLeft':
      return within(from - 1)
    case 'ArrowRight':
      return within(from + 1)
    case 'ArrowUp':
      return from < columns ? from : from - columns
    case 'ArrowDown':
      return within(from + columns)
    case 'PageUp':
      return within(from - page * columns)
    case 'PageDown':
      return within(from + page * columns)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}
