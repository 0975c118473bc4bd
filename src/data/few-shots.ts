/** A task of fewer training pictures: k of each class, drawn by a seed (k-shot). Validation and test stay as they are. */
import { fingerprint } from './fingerprint'
import { Random } from './random'
import { seedFor } from './split'
import type { ImageSet, Task } from './task'

/** Of the same seed, few shots are a part of more. @param shots training pictures of each class, at most */
export async function fewShots(task: Task, shots: number, seed: number): Promise<Task> {
  const { train } = task.splits
  const kept = task.classes.flatMap(({ folder }, label) => {
    const own = [...train.labels.keys()].filter((i) => train.labels[i] === label)
    return new Random(seedFor(seed, folder)).shuffle(own).slice(0, shots)
  })
  const splits = { ...task.splits, train: partOf(train, kept.sort((a, b) => a - b)) } // prettier-ignore
  const { classes, imageSize } = task
  return { ...task, splits, fingerprint: await fingerprint({ classes, imageSize, splits }) }
}

const partOf = (set: ImageSet, indices: readonly number[]): ImageSet => ({
  count: indices.length,
  labels: Uint16Array.from(indices, (i) => set.labels[i]!),
  paths: indices.map((i) => set.paths[i]!),
  digests: indices.map((i) => set.digests[i]!),
  read: (index, into) => set.read(indices[index]!, into),
})
