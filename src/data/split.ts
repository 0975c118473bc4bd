/** Seeded, stratified division of labelled items: every part gets its share of every class, and at least one of each. */
import { Random } from './random'

export interface Part<Name extends string> {
  readonly name: Name
  /** Share of each class, of 1. The first part takes what rounding leaves. */
  readonly fraction: number
}

export const DEFAULT_PARTS = [
  { name: 'train', fraction: 0.6 },
  { name: 'val', fraction: 0.2 },
  { name: 'test', fraction: 0.2 },
] as const

/**
 * @param labels class index of each item
 * @returns the part of each item; the same for the same labels and seed
 * @throws RangeError when a class has fewer items than there are parts
 */
export function stratify<Name extends string>(
  labels: readonly number[],
  parts: readonly Part<Name>[],
  seed: number,
): Name[] {
  const random = new Random(seed)
  const [first, ...others] = parts
  const byClass = new Map<number, number[]>()
  labels.forEach((label, item) => {
    const items = byClass.get(label)
    if (items) items.push(item)
    else byClass.set(label, [item])
  })

  const chosen = labels.map(() => first!.name)
  for (const label of [...byClass.keys()].sort((a, b) => a - b)) {
    const items = random.shuffle(byClass.get(label)!)
    if (items.length < parts.length)
      throw new RangeError(`class ${label} has ${items.length} items for ${parts.length} parts`)
    let at = 0
    for (const { name, fraction } of others) {
      const share = Math.max(1, Math.round(items.length * fraction))
      for (const item of items.slice(at, at + share)) chosen[item] = name
      at += share
    }
  }
  return chosen
}
