/**
 * A project: runs with all their parts, the data they were made on as references, the arrangement of the classes, settings.
 * One zip file (write.ts, read.ts); by default without a single pixel of an image.
 */
import type { Arrangement } from '../../data/arrangement'
import type { ImageSet, Split } from '../../data/task'
import type { ResizeRule } from '../../models/resize-rule'
import type { KeptRun, TaskReference } from '../../records/run-record'
import type { Sentence } from '../../sentence'

/** Images of a split as they are known without their pixels; of one length. */
export interface SplitReference {
  readonly paths: readonly string[]
  readonly labels: Uint16Array
  /** sha256 of each image's pixels after resize and crop, hex. */
  readonly digests: readonly string[]
}

export interface ProjectData {
  readonly task: TaskReference
  /** null where the folders' own names and splits are used. */
  readonly arrangement: Arrangement | null
  readonly splits: Readonly<Record<Split, SplitReference>>
  /** How the pixels were cut; null where a project does not say. */
  readonly resize: ResizeRule | null
  /** The pixels themselves; null where only references are kept. */
  readonly pixels: Readonly<Record<Split, ImageSet>> | null
}

export interface Project {
  /** Given by the person. */
  readonly title: string
  /** ISO 8601, UTC. */
  readonly createdAt: string
  readonly runs: readonly KeptRun[]
  readonly data: readonly ProjectData[]
  /** Of the page, by name; whoever reads them checks them. */
  readonly settings: Readonly<Record<string, unknown>>
}

export interface OpenedProject {
  readonly project: Project
  /** What of the file could not be read, a sentence each; everything else is there. */
  readonly warnings: readonly Sentence[]
}
