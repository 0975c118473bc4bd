/** A few images of a set that show all its classes: for looking at, and where all of them would take too long. */
import type { ImageSet } from './task'

/** `count` images spread evenly over the classes: the first of each class, then the second, and so on. */
export function pickEvenly(set: ImageSet, count: number): number[] {
  const seen = new Map<number, number>()
  const ranked = Array.from(set.labels, (label, index) => {
    const rank = seen.get(label) ?? 0
    seen.set(label, rank + 1)
    return { index, label, rank }
  })
  ranked.sort((a, b) => a.rank - b.rank || a.label - b.label)
  return ranked.slice(0, count).map(({ index }) => index)
}
