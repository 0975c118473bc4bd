/**
 * What needs no model at all: guessing at random, and always naming the largest class. An accuracy that does not beat both
 * tells nothing of the model.
 */

export interface Guessing {
  /** Expected accuracy of a random guess among the classes, 1/C. */
  readonly random: number
  /** Accuracy of always naming the largest class, and which it is. */
  readonly largest: number
  readonly largestClass: number
}

/** @param counts images of each class, [C]; null where there are none */
export function guessing(counts: readonly number[]): Guessing | null {
  const total = counts.reduce((sum, n) => sum + n, 0)
  if (total === 0) return null
  const most = Math.max(...counts)
  return { random: 1 / counts.length, largest: most / total, largestClass: counts.indexOf(most) }
}

/** Whether an accuracy's 95 % interval lies above both. */
export const beatsGuessing = ({ random, largest }: Guessing, [low]: readonly [number, number]): boolean =>
  low > Math.max(random, largest)
