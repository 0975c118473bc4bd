/** The labels of a batch as the loss reads them, and held against logits. */
import { argmaxRows } from '../evaluation/accuracy'
import type { Batch } from './method'

/** [B,C] with a 1 at each row's label; rows that pad the batch stay zero. @param rows B, the batch's own unless said */
export function oneHot({ labels, count }: Batch, classes: number, rows = labels.length): Float32Array {
  const targets = new Float32Array(rows * classes)
  for (let row = 0; row < count; row++) targets[row * classes + labels[row]!] = 1
  return targets
}

/** How many rows of the batch are answered rightly. @param logits float32 [B,C], or of the rows that pad nothing alone */
export function rightRows(logits: Float32Array, { labels, count }: Batch, classes: number): number {
  const top = argmaxRows(logits.subarray(0, count * classes), classes)
  return top.reduce((right, answer, row) => right + Number(answer === labels[row]), 0)
}
