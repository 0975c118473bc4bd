/** Seeded, stratified division of labelled items: every part gets its share of every class, and at least one where it can. */
import { Random } from './random'

export interface Part<Name extends string> {
  readonly name: Name
  /** Share of each class, of 1. The first part takes what rounding leaves. */
  readonly fraction: number
}

/**
 * Every part but the first gets its share of each class and at least one item, the first is left at least one; a class of
 * fewer items than parts fills the first, then the last ones.
 * @param labels class index of each item
 * @returns the part of each item; the same for the same labels and seed
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
    let at = 0
    others.forEach(({ name, fraction }, k) => {
      // Room for the first part and for one item of each part still to come.
      const most = items.length - at - 1 - (others.length - 1 - k)
      const share = Math.min(Math.max(1, Math.round(items.length * fraction)), Math.max(0, most))
      for (const item of items.slice(at, at + share)) chosen[item] = name
      at += share
    })
  }
  return chosen
}

/** A seed of its own for each name, so that what is drawn under one name does not depend on what else is drawn. */
export function seedFor(seed: number, name: string): number {
  // FNV-1a, 32 bits, over code units.
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return seed + (hash >>> 0)
}
