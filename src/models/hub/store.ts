/**
 * What is kept of models between visits: complete files, and parts of files whose download broke off. Two
 * implementations: `store-opfs.ts` (a worker's private file system) and `store-memory.ts` (Node, tests, browsers without).
 */

export interface FileKey {
  /** "owner/name" on the hub. */
  readonly modelId: string
  readonly revision: string
  /** Inside the model's folder, e.g. "onnx/vision_model.onnx". */
  readonly path: string
}

/** What a complete file's hash was compared with: a published one, or none, and then later reads with its own first one. */
export type Checked = 'published' | 'recorded'

export interface StoredFile extends FileKey {
  /** Bytes that are kept. */
  readonly bytes: number
  /** False for a part, which the next download goes on from. */
  readonly complete: boolean
  /** Lower-case hex of a complete file; null for a part. */
  readonly sha256: string | null
  readonly checked: Checked | null
  /** The server's mark of this version of the file (ETag), for going on with a part; null where it gave none. */
  readonly validator: string | null
}

/** One file while it is written. Nobody else, in this tab or another, has it open. */
export interface PartWriter {
  /** Bytes there. */
  readonly bytes: number
  readonly validator: string | null
  /** Empties the file, and notes the mark of the version that follows. */
  restart(validator: string | null): Promise<void>
  /** Appends. @throws FullError when the disk or quota is full; what was written before stays. */
  write(chunk: Uint8Array): Promise<void>
  /** The bytes there, in pieces, for hashing a part that is gone on with. */
  replay(onChunk: (chunk: Uint8Array) => void): Promise<void>
  /** Declares the file complete. */
  finish(sha256: string, checked: Checked): Promise<void>
  /** Ends writing; what is there is kept. */
  close(): Promise<void>
}

export interface ModelStore {
  /** False where everything is forgotten with the page: no private file system. */
  readonly lasting: boolean
  list(): Promise<readonly StoredFile[]>
  find(key: FileKey): Promise<StoredFile | null>
  /** Bytes of a complete file, in one buffer; null when it is not there or not complete. */
  read(key: FileKey): Promise<Uint8Array | null>
  /** Opens a file for writing; waits while another tab has it. @throws the signal's reason when it is aborted meanwhile */
  write(key: FileKey, signal?: AbortSignal): Promise<PartWriter>
  remove(key: FileKey): Promise<void>
  /** Removes all files of a model, complete or not, of all revisions. Returns the bytes freed. */
  forget(modelId: string): Promise<number>
  /** Bytes that may still be stored, as the browser says it: some only name a round number. Null where it does not say. */
  freeBytes(): Promise<number | null>
  /** How many of so many further bytes would find room: tried, not estimated, where that is possible. */
  roomFor(bytes: number): Promise<number>
}

/** The disk or the quota is full. */
export class FullError extends Error {
  override readonly name = 'FullError'
}
