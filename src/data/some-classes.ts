/** A task of some of another's classes: their pictures in the same splits and order, numbered anew. */
import { fingerprint } from './fingerprint'
import { SPLITS, type ImageSet, type Split, type Task } from './task'

export interface SomeClasses {
  /** Class numbers, in the order that they are to have. */
  readonly classes: readonly number[]
  readonly title: string
  /** Splits that are kept; the others are empty. */
  readonly splits?: readonly Split[]
}

export async function someClasses(task: Task, { classes, title, splits = SPLITS }: SomeClasses): Promise<Task> {
  const kept = new Map(classes.map((old, now) => [old, now]))
  const sets = Object.fromEntries(
    SPLITS.map((split) => [split, partOf(task.splits[split], splits.includes(split) ? kept : new Map())]),
  ) as Record<Split, ImageSet>
  const named = classes.map((old) => task.classes[old]!)
  const folders = new Set(named.map(({ folder }) => folder))
  const { arrangement } = task
  return {
    ...{ ...task, title, classes: named, splits: sets },
    fingerprint: await fingerprint({ classes: named, imageSize: task.imageSize, splits: sets }),
    arrangement: {
      ...arrangement,
      classes: arrangement.classes.map((one) => ({ ...one, included: one.included && folders.has(one.key) })),
    },
  }
}

/** @param kept the new number of each class that stays */
function partOf(set: ImageSet, kept: ReadonlyMap<number, number>): ImageSet {
  const indices = [...set.labels.keys()].filter((i) => kept.has(set.labels[i]!))
  return {
    count: indices.length,
    labels: Uint16Array.from(indices, (i) => kept.get(set.labels[i]!)!),
    paths: indices.map((i) => set.paths[i]!),
    digests: indices.map((i) => set.digests[i]!),
    read: (index, into) => set.read(indices[index]!, into),
  }
}
