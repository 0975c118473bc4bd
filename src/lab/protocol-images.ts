/** Albums and what a person makes of them: what the page asks, and what it hears. Types only. */
import type { ClassifiedTrouble } from '../data/arrange-check'
import type { Arrangement } from '../data/arrangement'
import type { KeptAlbum } from '../data/shelf/shelf'
import type { SkippedFile } from '../data/task'
import type { TaskInfo, TaskSource } from './protocol'

/** An open album; columns of N images, in its order. */
export interface AlbumInfo {
  readonly id: string
  readonly name: string
  readonly origin: 'sample' | 'own'
  /** Classes that images came with. */
  readonly folders: readonly string[]
  /** [N] */
  readonly paths: readonly string[]
  /** sha256 of the files, hex, [N]. */
  readonly digests: readonly string[]
  /** Index into folders, -1 for loose pictures; [N]. */
  readonly folderOf: Int32Array
  /** Index into SPLITS that each came with, or 255; [N]. */
  readonly given: Uint8Array
  /** Groups of near-duplicates, as indices of images. */
  readonly near: readonly (readonly number[])[]
  /** Files that were not taken, and why. */
  readonly skipped: readonly SkippedFile[]
  /** Pictures that had to be decoded to open it: 0 where all were known. */
  readonly decoded: number
}

/** What an arrangement makes of the open album. */
export interface ArrangedInfo {
  readonly arrangement: Arrangement
  /** Number of the included class of each image, or -1; [N]. */
  readonly labels: Int32Array
  /** Index into SPLITS of each image, or 255 where it takes no part; [N]. Its place in the split is its rank among them. */
  readonly splits: Uint8Array
  /** Left out as duplicates, and why. */
  readonly leftOut: readonly SkippedFile[]
  /** Images of no class. */
  readonly unlabelled: readonly number[]
  /** Groups of near-duplicates that lie in more than one split. */
  readonly leaks: readonly (readonly number[])[]
  /** Why nothing can be learned; empty where `task` is there. */
  readonly problems: readonly ClassifiedTrouble[]
  readonly warnings: readonly ClassifiedTrouble[]
  /** What each included class is read as; null where the model reads no text. */
  readonly prompts: PromptsInfo | null
  readonly task: TaskInfo | null
}

export interface PromptsInfo {
  readonly texts: readonly string[]
  /** Tokens of each text, start and end included, before it is cut. */
  readonly tokens: readonly number[]
  /** Most tokens that the model reads. */
  readonly most: number
}

export interface OpenedAlbum {
  readonly album: AlbumInfo
  readonly arranged: ArrangedInfo
}

/** One picture, small, as RGBA [side, side, 4]; null while the test split is closed. */
export interface Thumbnail {
  readonly image: number
  readonly rgba: Uint8ClampedArray | null
}

export interface AlbumsReport {
  /** The last used first. */
  readonly albums: readonly KeptAlbum[]
  /** Id of the album that is open. */
  readonly open: string | null
  /** Bytes that may still be written; null where nobody knows. */
  readonly freeBytes: number | null
  /** False where albums are gone with the page. */
  readonly lasting: boolean
}

type Nothing = Record<string, never>

export interface ImageCommands {
  /**
   * Opens an album without asking that something can be learned from it. Files that are known by their content are not decoded
   * again; `intake` events tell how far. What stood before is given up only when the new one stands.
   * `makeRoom`: albums used longest ago are forgotten where there is no room.
   */
  openAlbum: [{ source: TaskSource; makeRoom?: boolean }, OpenedAlbum]
  /** The `openAlbum` or `loadTask` under way is refused. */
  cancelOpening: [Nothing, Nothing]
  /** The album that is open; null where there is none. */
  openedAlbum: [Nothing, { readonly opened: OpenedAlbum | null }]
  /** Makes another task of the open album; nothing is decoded. What was learned is dropped. */
  arrange: [{ arrangement: Arrangement }, ArrangedInfo]
  /** In the order asked for. */
  thumbnails: [{ images: readonly number[]; side: number }, readonly Thumbnail[]]
  albums: [Nothing, AlbumsReport]
  /** Removes an album and the pixels that no other needs. The open one stays open. */
  forgetAlbum: [{ id: string }, { freedBytes: number }]
}

export interface IntakeEvent {
  readonly type: 'intake'
  readonly done: number
  readonly total: number
  readonly decoded: number
  readonly skipped: number
}
