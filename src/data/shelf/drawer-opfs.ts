/**
 * A folder of the browser's private file system (OPFS) as a drawer. In a dedicated worker only: nowhere else can a file be
 * read synchronously, which is how pictures get into a batch without a promise each.
 */
import { FullError, type Drawer, type DrawerFile, type FileFacts } from './drawer'

/** `FileSystemSyncAccessHandle`, which TypeScript's DOM types leave to workers. */
interface SyncHandle {
  read(buffer: Uint8Array, options?: { at: number }): number
  write(buffer: Uint8Array, options?: { at: number }): number
  truncate(size: number): void
  getSize(): number
  flush(): void
  close(): void
}
type Mode = 'read-only' | 'readwrite'
type WorkerFileHandle = FileSystemFileHandle & { createSyncAccessHandle(options?: { mode: Mode }): Promise<SyncHandle> }
type Folder = FileSystemDirectoryHandle & { entries(): AsyncIterable<[string, FileSystemHandle]> }

/** Room that is left to the rest of the page, bytes. */
const SPARE = 16 * 2 ** 20

/** Null where this thread has no private file system that can be written in place. */
export async function openOpfsDrawer(folder: string): Promise<Drawer | null> {
  if (!('FileSystemSyncAccessHandle' in globalThis)) return null
  try {
    const drawer = new OpfsDrawer(folder)
    await drawer.list()
    return drawer
  } catch {
    // Private windows of some browsers offer the interface and refuse its use.
    return null
  }
}

class OpfsDrawer implements Drawer {
  readonly lasting = true

  constructor(private readonly name: string) {}

  async list(): Promise<readonly FileFacts[]> {
    const found: FileFacts[] = []
    for await (const [name, handle] of (await this.#folder()).entries()) {
      if (handle.kind !== 'file') continue
      const { size, lastModified } = await (handle as FileSystemFileHandle).getFile()
      found.push({ name, bytes: size, modified: lastModified })
    }
    return found
  }

  async text(name: string, most = Infinity): Promise<string | null> {
    const handle = await this.#handle(name)
    if (!handle) return null
    const file = await handle.getFile()
    return (most < file.size ? file.slice(0, most) : file).text()
  }

  async write(name: string, text: string): Promise<void> {
    const handle = await (await this.#folder()).getFileHandle(name, { create: true })
    if (!('createWritable' in handle)) return this.#overwrite(name, text)
    // Written beside and moved into place when it is closed: a killed tab leaves the file as it was.
    const stream = await handle.createWritable()
    try {
      await stream.write(text)
      await stream.close()
    } catch (error) {
      await stream.abort().catch(() => undefined)
      throw asFull(error)
    }
  }

  async open(name: string, mode: 'read' | 'write'): Promise<DrawerFile | null> {
    const handle = await this.#handle(name, mode === 'write')
    if (!handle) return null
    try {
      // A browser that knows no modes opens the file for this tab alone.
      return new OpfsFile(await handle.createSyncAccessHandle({ mode: mode === 'read' ? 'read-only' : 'readwrite' }))
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NoModificationAllowedError') return null
      throw asFull(error)
    }
  }

  async remove(name: string): Promise<boolean> {
    try {
      await (await this.#folder()).removeEntry(name)
      return true
    } catch (error) {
      return error instanceof DOMException && error.name === 'NotFoundError'
    }
  }

  async free(): Promise<number | null> {
    const { quota, usage } = await navigator.storage.estimate()
    return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage - SPARE)
  }

  /** For browsers without `createWritable` (Safari before 26). Who reads it checks it. */
  async #overwrite(name: string, text: string): Promise<void> {
    const file = await this.open(name, 'write')
    if (!file) return
    try {
      file.truncate(0)
      file.write(new TextEncoder().encode(text), 0)
      file.flush()
    } finally {
      file.close()
    }
  }

  async #folder(): Promise<Folder> {
    const root = await navigator.storage.getDirectory()
    return (await root.getDirectoryHandle(this.name, { create: true })) as Folder
  }

  async #handle(name: string, create = false): Promise<WorkerFileHandle | null> {
    try {
      return (await (await this.#folder()).getFileHandle(name, { create })) as WorkerFileHandle
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotFoundError') return null
      throw asFull(error)
    }
  }
}

class OpfsFile implements DrawerFile {
  constructor(private readonly handle: SyncHandle) {}

  get size(): number {
    return this.handle.getSize()
  }

  read(into: Uint8Array, at: number): number {
    return this.handle.read(into, { at })
  }

  write(bytes: Uint8Array, at: number): void {
    let written: number
    try {
      written = this.handle.write(bytes, { at })
    } catch (error) {
      throw asFull(error)
    }
    if (written !== bytes.length) throw new FullError()
  }

  truncate(size: number): void {
    this.handle.truncate(size)
  }

  flush(): void {
    this.handle.flush()
  }

  close(): void {
    this.handle.close()
  }
}

function asFull(error: unknown): unknown {
  return error instanceof DOMException && error.name === 'QuotaExceededError' ? new FullError({ cause: error }) : error
}
