/**
 * A flat folder of files that is read and written in place, synchronously once a file is open: the browser's private file
 * system in a worker (`drawer-opfs.ts`), a folder on Node (`drawer-node.ts`), or plain memory (`drawer-memory.ts`).
 */
import { UserError, type UserErrorOptions } from '../../errors'
import type { Sentence } from '../../sentence'

export interface DrawerFile {
  readonly size: number
  /** Fills `into` from position `at`. Returns the bytes read, fewer at the end of the file. */
  read(into: Uint8Array, at: number): number
  /** @throws FullError where there is no room */
  write(bytes: Uint8Array, at: number): void
  truncate(size: number): void
  flush(): void
  close(): void
}

export interface FileFacts {
  readonly name: string
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly modified: number
}

export interface Drawer {
  /** False where everything is gone with the page. */
  readonly lasting: boolean
  list(): Promise<readonly FileFacts[]>
  /** The first `most` bytes of a file as UTF-8; null where there is no such file. */
  text(name: string, most?: number): Promise<string | null>
  /** Replaces a file. */
  write(name: string, text: string): Promise<void>
  /**
   * write: made where it is not there; nobody else may have it open. read: shared.
   * @returns null where it is not there, or somebody else has it to himself
   */
  open(name: string, mode: 'read' | 'write'): Promise<DrawerFile | null>
  /** False where somebody has it open. */
  remove(name: string): Promise<boolean>
  /** Bytes that may still be written; null where nobody knows. */
  free(): Promise<number | null>
}

/** The disk, or what the browser grants of it, is full. */
export class FullError extends UserError {
  constructor(
    options?: UserErrorOptions,
    message: string | Sentence = 'There is no room left for the decoded pictures.',
  ) {
    super(
      message,
      'Forget albums that are kept here (Images, Kept albums), free space on the disk, or take fewer pictures.',
      options,
    )
  }
}
