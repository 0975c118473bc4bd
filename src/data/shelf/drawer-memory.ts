/** A drawer in memory, where a browser has no private file system, for samples, and for tests. */
import { FullError, type Drawer, type DrawerFile, type FileFacts } from './drawer'

/** A file grows by blocks, so that no large array is copied into a larger one. */
const BLOCK = 2 ** 20

export class MemoryDrawer implements Drawer {
  readonly lasting = false
  readonly #files = new Map<string, MemoryFile>()
  #clock = 0

  async list(): Promise<readonly FileFacts[]> {
    return [...this.#files].map(([name, { size, modified }]) => ({ name, bytes: size, modified }))
  }

  async text(name: string, most = Infinity): Promise<string | null> {
    const file = this.#files.get(name)
    if (!file) return null
    const bytes = new Uint8Array(Math.min(file.size, most))
    file.read(bytes, 0)
    return new TextDecoder().decode(bytes)
  }

  async write(name: string, text: string): Promise<void> {
    const file = new MemoryFile(() => ++this.#clock)
    file.write(new TextEncoder().encode(text), 0)
    this.#files.set(name, file)
  }

  async open(name: string, mode: 'read' | 'write'): Promise<DrawerFile | null> {
    const file = this.#files.get(name)
    if (file || mode === 'read') return file ?? null
    const made = new MemoryFile(() => ++this.#clock)
    this.#files.set(name, made)
    return made
  }

  async remove(name: string): Promise<boolean> {
    this.#files.delete(name)
    return true
  }

  async free(): Promise<number | null> {
    return null
  }
}

class MemoryFile implements DrawerFile {
  readonly #blocks: Uint8Array[] = []
  #size = 0
  modified = 0

  constructor(private readonly now: () => number) {}

  get size(): number {
    return this.#size
  }

  read(into: Uint8Array, at: number): number {
    const length = Math.max(0, Math.min(into.length, this.#size - at))
    for (let done = 0; done < length;) {
      const offset = (at + done) % BLOCK
      const take = Math.min(length - done, BLOCK - offset)
      into.set(this.#blocks[Math.floor((at + done) / BLOCK)]!.subarray(offset, offset + take), done)
      done += take
    }
    return length
  }

  write(bytes: Uint8Array, at: number): void {
    const end = at + bytes.length
    while (this.#blocks.length * BLOCK < end) this.#blocks.push(this.#allocate())
    for (let done = 0; done < bytes.length;) {
      const offset = (at + done) % BLOCK
      const take = Math.min(bytes.length - done, BLOCK - offset)
      this.#blocks[Math.floor((at + done) / BLOCK)]!.set(bytes.subarray(done, done + take), offset)
      done += take
    }
    this.#size = Math.max(this.#size, end)
    this.modified = this.now()
  }

  truncate(size: number): void {
    this.#size = Math.min(this.#size, size)
    this.#blocks.length = Math.ceil(this.#size / BLOCK)
  }

  flush(): void {}
  close(): void {}

  #allocate(): Uint8Array {
    try {
      return new Uint8Array(BLOCK)
    } catch (cause) {
      throw new FullError({ cause })
    }
  }
}
