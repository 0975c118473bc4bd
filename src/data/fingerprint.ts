/** What makes two tasks the same task: their class names, labels and pixels, in order; paths and titles do not count. */
import { sha256 } from '../models/sha256'
import { SPLITS, type Task } from './task'

/**
 * sha256, hex, of a header (JSON of version, class names, image size, counts) followed by one line an image of train, val
 * and test: its label and the hex sha256 of its pixels. No pixel is read: their digests are kept with them.
 */
export async function fingerprint(task: Pick<Task, 'classes' | 'imageSize' | 'splits'>): Promise<string> {
  const header = {
    version: 2,
    classes: task.classes.map(({ name }) => name),
    imageSize: task.imageSize,
    counts: SPLITS.map((split) => task.splits[split].count),
  }
  const lines = [JSON.stringify(header)]
  for (const split of SPLITS) {
    const { labels, digests } = task.splits[split]
    digests.forEach((digest, i) => lines.push(`${labels[i]} ${digest}`))
  }
  return sha256(new TextEncoder().encode(lines.join('\n')))
}
