/** What makes two tasks the same task: their class names, labels and pixels, in order; paths and titles do not count. */
import { sha256 } from '../models/sha256'
import { SPLITS, type Task } from './task'

/**
 * sha256, hex, of a header (JSON of version, class names, image size, counts) followed by the hex sha256 of the labels
 * (uint16 little-endian) and of the pixels of train, val and test. Hashing hashes keeps one split in memory at a time.
 */
export async function fingerprint(task: Pick<Task, 'classes' | 'imageSize' | 'splits'>): Promise<string> {
  const header = {
    version: 1,
    classes: task.classes.map(({ name }) => name),
    imageSize: task.imageSize,
    counts: SPLITS.map((split) => task.splits[split].count),
  }
  const lines = [JSON.stringify(header)]
  for (const split of SPLITS) {
    const { labels, pixels } = task.splits[split]
    lines.push(await sha256(littleEndian(labels)), await sha256(pixels))
  }
  return sha256(new TextEncoder().encode(lines.join('\n')))
}

function littleEndian(labels: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(labels.length * 2)
  const view = new DataView(bytes.buffer)
  labels.forEach((label, i) => view.setUint16(2 * i, label, true))
  return bytes
}
