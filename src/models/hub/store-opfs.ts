/**
 * Models in the browser's private file system (OPFS), one file each, beside an index (`store-index.ts`). In a dedicated
 * worker only: nowhere else can bytes be appended in place, so that a killed tab keeps what it had.
 *
 * Web Locks keep tabs apart: one for the index, held while it is read and written back, and one for each file that is
 * being written. A tab that goes away gives its locks back.
 */
import { asPart, fileName, formatIndex, parseFileName, parseIndex, reconcile } from './store-index'
import { FullError, type FileKey, type ModelStore, type PartWriter, type StoredFile } from './store'

const FOLDER = 'models'
const FILES = 'files'
const INDEX = 'index.json'
const ROOM = 'room'
const INDEX_LOCK = 'passepartout models index'
const ROOM_LOCK = 'passepartout models room'
const fileLock = (name: string): string => `passepartout model ${name}`

/** How closely the room that is left is told, bytes. */
const ROOM_STEP = 2 ** 20

/** Bytes read at once: what is held beside the buffer that a file is read into. */
const SLICE = 8 * 2 ** 20

/** `FileSystemSyncAccessHandle`, which TypeScript's DOM types leave to workers. */
interface SyncHandle {
  read(buffer: Uint8Array, options?: { at: number }): number
  write(buffer: Uint8Array, options?: { at: number }): number
  truncate(size: number): void
  getSize(): number
  flush(): void
  close(): void
}
type WorkerFileHandle = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncHandle> }

/** Null where this thread has no private file system that can be written in place. */
export async function openOpfsStore(): Promise<ModelStore | null> {
  if (!('FileSystemSyncAccessHandle' in globalThis) || !navigator.locks) return null
  try {
    const store = new OpfsStore()
    await store.list()
    return store
  } catch {
    // Private windows of some browsers offer the interface and refuse its use.
    return null
  }
}

class OpfsStore implements ModelStore {
  readonly lasting = true

  list(): Promise<readonly StoredFile[]> {
    return this.#change((files) => files)
  }

  async find(key: FileKey): Promise<StoredFile | null> {
    const name = fileName(key)
    return (await this.list()).find((file) => fileName(file) === name) ?? null
  }

  async read(key: FileKey): Promise<Uint8Array | null> {
    if (!(await this.find(key))?.complete) return null
    const file = await (await (await filesFolder()).getFileHandle(fileName(key))).getFile()
    const bytes = new Uint8Array(file.size)
    for (let at = 0; at < file.size; at += SLICE) {
      bytes.set(new Uint8Array(await file.slice(at, at + SLICE).arrayBuffer()), at)
    }
    return bytes
  }

  async write(key: FileKey, signal?: AbortSignal): Promise<PartWriter> {
    const name = fileName(key)
    const release = await holdLock(fileLock(name), signal)
    try {
      const known = await this.find(key)
      const folder = await filesFolder()
      const access = await openFile(await folder.getFileHandle(name, { create: true }))
      const note = (file: StoredFile) =>
        this.#change((files) => [...files.filter((other) => fileName(other) !== name), file])
      const discard = () => folder.removeEntry(name)
      return new OpfsWriter(key, access, known?.validator ?? null, { note, discard, release })
    } catch (error) {
      release()
      throw error
    }
  }

  async remove(key: FileKey): Promise<void> {
    await this.#remove((file) => fileName(file) === fileName(key))
  }

  forget(modelId: string): Promise<number> {
    return this.#remove((file) => file.modelId === modelId)
  }

  async freeBytes(): Promise<number | null> {
    const { quota, usage } = await navigator.storage.estimate()
    return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage)
  }

  /** Makes an empty file so long, and shorter where that is refused: it costs no disk, and meets the true limit. */
  async roomFor(bytes: number): Promise<number> {
    const wanted = Math.min(bytes, (await this.freeBytes()) ?? bytes)
    return navigator.locks.request(ROOM_LOCK, async () => {
      const folder = await modelsFolder()
      const access = await openFile(await folder.getFileHandle(ROOM, { create: true }))
      try {
        let [fits, tooMuch] = [0, wanted]
        if (grows(access, wanted)) return wanted
        while (tooMuch - fits > ROOM_STEP) {
          const half = Math.floor((fits + tooMuch) / 2)
          if (grows(access, half)) fits = half
          else tooMuch = half
        }
        return fits
      } finally {
        access.close()
        await folder.removeEntry(ROOM)
      }
    })
  }

  async #remove(fits: (file: StoredFile) => boolean): Promise<number> {
    let freed = 0
    for (const file of (await this.list()).filter(fits)) {
      const name = fileName(file)
      // Whoever is writing the file finishes first: an open file cannot be removed.
      const release = await holdLock(fileLock(name))
      try {
        await (await filesFolder()).removeEntry(name)
        freed += file.bytes
      } finally {
        release()
      }
    }
    await this.list()
    return freed
  }

  /** Reads the index, sets it right by the files, changes it, and writes it back where that made a difference. */
  #change(edit: (files: readonly StoredFile[]) => readonly StoredFile[]): Promise<readonly StoredFile[]> {
    return navigator.locks.request(INDEX_LOCK, async () => {
      const text = await this.#readIndex()
      const files = edit(reconcile(parseIndex(text), await this.#lengths()))
      if (formatIndex(files) !== text) await this.#writeIndex(formatIndex(files))
      return files
    })
  }

  async #lengths(): Promise<ReadonlyMap<string, number>> {
    const lengths = new Map<string, number>()
    for await (const [name, handle] of (await filesFolder()).entries()) {
      if (handle.kind === 'file' && parseFileName(name)) {
        lengths.set(name, (await (handle as FileSystemFileHandle).getFile()).size)
      }
    }
    return lengths
  }

  async #readIndex(): Promise<string> {
    const handle = await (await modelsFolder()).getFileHandle(INDEX, { create: true })
    return (await handle.getFile()).text()
  }

  async #writeIndex(text: string): Promise<void> {
    const access = await openFile(await (await modelsFolder()).getFileHandle(INDEX, { create: true }))
    try {
      const bytes = new TextEncoder().encode(text)
      access.truncate(0)
      access.write(bytes, { at: 0 })
      access.flush()
    } finally {
      access.close()
    }
  }
}

interface WriterNeeds {
  note(file: StoredFile): Promise<unknown>
  discard(): Promise<void>
  release(): void
}

class OpfsWriter implements PartWriter {
  bytes: number
  #finished = false

  constructor(
    private readonly key: FileKey,
    private readonly access: SyncHandle,
    public validator: string | null,
    private readonly needs: WriterNeeds,
  ) {
    this.bytes = access.getSize()
  }

  async restart(validator: string | null): Promise<void> {
    this.access.truncate(0)
    this.access.flush()
    this.bytes = 0
    this.validator = validator
    // Of the part's length the file itself tells.
    await this.needs.note(asPart(this.key, 0, validator))
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      const written = this.access.write(chunk, { at: this.bytes })
      // At the limit Chrome throws nothing: it answers with a number that cannot be.
      if (written !== chunk.byteLength) throw new FullError(`${chunk.byteLength} bytes to write, answer ${written}`)
    } catch (cause) {
      this.access.truncate(this.bytes)
      throw isQuota(cause) ? new FullError('the quota is used up', { cause }) : cause
    }
    this.bytes += chunk.byteLength
  }

  async replay(onChunk: (chunk: Uint8Array) => void): Promise<void> {
    const buffer = new Uint8Array(Math.min(SLICE, this.bytes))
    for (let at = 0; at < this.bytes;) {
      const length = this.access.read(buffer.subarray(0, this.bytes - at), { at })
      if (length === 0) throw new Error(`${this.key.path} is shorter than it was`)
      onChunk(buffer.subarray(0, length))
      at += length
    }
  }

  async finish(sha256: string, checked: 'published' | 'recorded'): Promise<void> {
    this.access.flush()
    const { bytes, validator } = this
    await this.needs.note({ ...asPart(this.key, bytes, validator), complete: true, sha256, checked })
    this.#finished = true
  }

  async close(): Promise<void> {
    try {
      this.access.flush()
      this.access.close()
      if (this.bytes === 0 && !this.#finished) await this.needs.discard()
    } finally {
      this.needs.release()
    }
  }
}

// Looked up each time: the person may have cleared what the browser keeps of this page.
async function modelsFolder(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true })
}

async function filesFolder(): Promise<FileSystemDirectoryHandle> {
  return (await modelsFolder()).getDirectoryHandle(FILES, { create: true })
}

/** A crashed tab's file may stay open a moment longer than its lock. */
const LATE_TRIES = 20
const LATE_MS = 100

async function openFile(handle: FileSystemFileHandle): Promise<SyncHandle> {
  for (let tries = 1; ; tries++) {
    try {
      return await (handle as WorkerFileHandle).createSyncAccessHandle()
    } catch (error) {
      const late = error instanceof Error && error.name === 'NoModificationAllowedError'
      if (!late || tries === LATE_TRIES) throw error
      await new Promise((resolve) => setTimeout(resolve, LATE_MS))
    }
  }
}

const isQuota = (error: unknown): boolean => error instanceof Error && error.name === 'QuotaExceededError'

/** Makes a file so long; false where there is no room for that, which Chrome does not throw, but leaves it as it was. */
function grows(access: SyncHandle, size: number): boolean {
  try {
    access.truncate(size)
  } catch (error) {
    if (!isQuota(error)) throw error
  }
  return access.getSize() === size
}

/** Waits for a lock; returns what gives it back. */
function holdLock(name: string, signal?: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, signal ? { signal } : {}, () => new Promise<void>((release) => resolve(release)))
      .catch(reject)
  })
}
