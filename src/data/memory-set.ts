/** Images of a split that lie in memory. */
import type { ImageSet } from './task'

/** @param pixels uint8 [count,3,S,S] */
export function memorySet(
  pixels: Uint8Array,
  labels: Uint16Array,
  paths: readonly string[],
  digests: readonly string[] = paths,
): ImageSet {
  const count = labels.length
  const imageBytes = count === 0 ? 0 : pixels.length / count
  return {
    ...{ count, labels, paths, digests },
    read: (index, into) => into.set(pixels.subarray(index * imageBytes, (index + 1) * imageBytes)),
  }
}
