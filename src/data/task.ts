/** A labelled image task as the methods see it: cut pixels behind a reader, class numbers, three disjoint splits. */
import type { Arrangement } from './arrangement'

export const SPLITS = ['train', 'val', 'test'] as const
export type Split = (typeof SPLITS)[number]

export interface TaskClass {
  /** Folder name, the identity of the class in files. */
  readonly folder: string
  /** What is put into the template, e.g. "three objects". */
  readonly name: string
}

/** Images of one split, after resize and crop, before normalisation. */
export interface ImageSet {
  readonly count: number
  /** Class index of each image, [count]. */
  readonly labels: Uint16Array
  /** Path of each image inside its source, for people. */
  readonly paths: readonly string[]
  /** sha256 of each image's pixels, hex, [count]. */
  readonly digests: readonly string[]
  /**
   * Copies the pixels of image `index` to the start of `into`: uint8 [3,S,S], RGB. Synchronous, from memory or disk.
   * @throws UserError where what was kept on disk is damaged
   */
  read(index: number, into: Uint8Array): void
}

export interface Task {
  readonly id: string
  /** The album that the images lie in. */
  readonly album: string
  readonly title: string
  readonly description: string
  /** Text template with one `{}`, e.g. "This is a photo of a {}". */
  readonly template: string
  readonly classes: readonly TaskClass[]
  /** S: side of the square images, pixels. */
  readonly imageSize: number
  readonly splits: Readonly<Record<Split, ImageSet>>
  /** sha256 over class names, labels and pixels of the three splits, hex. */
  readonly fingerprint: string
  /** Files that were not taken, and why. */
  readonly skipped: readonly SkippedFile[]
  /** Decided the split; null where all of it came with the images. */
  readonly splitSeed: number | null
  /** What a person made of the album: with it and the album the task is the same again. */
  readonly arrangement: Arrangement
}

export interface SkippedFile {
  readonly path: string
  readonly reason: string
}
