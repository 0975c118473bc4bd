/** A labelled image task as the methods see it: decoded pixels, class numbers, three disjoint splits. */

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
  /** uint8 [count, 3, S, S], RGB. */
  readonly pixels: Uint8Array
  /** Class index of each image, [count]. */
  readonly labels: Uint16Array
  /** Path of each image inside its source, for people. */
  readonly paths: readonly string[]
}

export interface Task {
  readonly id: string
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
  readonly splitSeed: number | null
}

export interface SkippedFile {
  readonly path: string
  readonly reason: string
}
