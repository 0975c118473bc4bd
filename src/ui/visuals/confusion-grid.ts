/** A confusion matrix as a grid: how far a cell is shaded, and where the arrow keys lead. */

export interface Cell {
  readonly truth: number
  readonly predicted: number
}

/** Steps of shade. Between the fourth and the fifth lie the tones on which neither dark nor light letters can be read. */
const SHADES = [0, 0.02, 0.1, 0.25, 0.5, 0.75]

/** 0 for an empty cell, to 6 for one that holds three quarters of its row. */
export function shade(count: number, ofRow: number): number {
  if (count === 0 || ofRow === 0) return 0
  const share = count / ofRow
  return SHADES.findLastIndex((from) => share >= from) + 1
}

/** Where a key leads; null for a key that leads nowhere. Home and End go along the row, with `far` to the corners. */
export function moveCell({ truth, predicted }: Cell, key: string, classes: number, far: boolean): Cell | null {
  const within = (i: number) => Math.min(classes - 1, Math.max(0, i))
  switch (key) {
    case 'ArrowLeft':
      return { truth, predicted: within(predicted - 1) }
    case 'ArrowRight':
      return { truth, predicted: within(predicted + 1) }
    case 'ArrowUp':
      return { truth: within(truth - 1), predicted }
    case 'ArrowDown':
      return { truth: within(truth + 1), predicted }
    case 'Home':
      return { truth: far ? 0 : truth, predicted: 0 }
    case 'End':
      return { truth: far ? classes - 1 : truth, predicted: classes - 1 }
    default:
      return null
  }
}
