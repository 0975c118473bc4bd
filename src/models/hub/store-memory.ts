/** A store that forgets with the page: for Node, tests, and browsers without a private file system. */
import { asPart, fileName } from './store-index'
import { FullError, type FileKey, type ModelStore, type PartWriter, type StoredFile } from './store'

interface Kept {
  file: StoredFile
  chunks: Uint8Array[]
}

export class MemoryStore implements ModelStore {
  readonly lasting = false
  readonly #files = new Map<string, Kept>()
  /** The last writer's end of each file. */
  readonly #turns = new Map<string, Promise<void>>()

  /** @param quota bytes that it takes; null for as many as there is memory */
  constructor(readonly quota: number | null = null) {}

  async list(): Promise<readonly StoredFile[]> {
    return Array.from(this.#files.values(), ({ file }) => file)
  }

  async find(key: FileKey): Promise<StoredFile | null> {
    return this.#files.get(fileName(key))?.file ?? null
  }

  /** The store's own buffer, not a copy: for reading only. */
  async read(key: FileKey): Promise<Uint8Array | null> {
    const kept = this.#files.get(fileName(key))
    if (!kept?.file.complete) return null
    const [only, ...others] = kept.chunks
    if (only && others.length === 0) return only
    const joined = new Uint8Array(kept.file.bytes)
    let at = 0
    for (const chunk of kept.chunks) {
      joined.set(chunk, at)
      at += chunk.byteLength
    }
    kept.chunks = [joined]
    return joined
  }

  async write(key: FileKey, signal?: AbortSignal): Promise<PartWriter> {
    const name = fileName(key)
    const { promise: ended, resolve: end } = withResolvers()
    const before = this.#turns.get(name) ?? Promise.resolve()
    this.#turns.set(
      name,
      before.then(() => ended),
    )
    await Promise.race([before, aborted(signal)]).catch((error: unknown) => {
      end()
      throw error
    })
    const kept = this.#files.get(name) ?? { file: asPart(key, 0, null), chunks: [] }
    this.#files.set(name, kept)
    const room = () => (this.quota === null ? Infinity : this.quota - this.#used())
    return {
      get bytes() {
        return kept.file.bytes
      },
      get validator() {
        return kept.file.validator
      },
      async restart(validator) {
        kept.chunks = []
        kept.file = asPart(key, 0, validator)
      },
      async write(chunk) {
        if (chunk.byteLength > room()) throw new FullError('the memory store is full')
        kept.chunks.push(chunk.slice())
        kept.file = { ...kept.file, bytes: kept.file.bytes + chunk.byteLength }
      },
      async replay(onChunk) {
        for (const chunk of kept.chunks) onChunk(chunk)
      },
      async finish(sha256, checked) {
        kept.file = { ...kept.file, complete: true, sha256, checked }
      },
      close: async () => {
        if (kept.file.bytes === 0 && !kept.file.complete) this.#files.delete(name)
        end()
      },
    }
  }

  async remove(key: FileKey): Promise<void> {
    this.#files.delete(fileName(key))
  }

  async forget(modelId: string): Promise<number> {
    let freed = 0
    for (const [name, { file }] of this.#files) {
      if (file.modelId !== modelId) continue
      freed += file.bytes
      this.#files.delete(name)
    }
    return freed
  }

  async freeBytes(): Promise<number | null> {
    return this.quota === null ? null : this.quota - this.#used()
  }

  async roomFor(bytes: number): Promise<number> {
    return Math.min(bytes, (await this.freeBytes()) ?? bytes)
  }

  #used(): number {
    return Array.from(this.#files.values()).reduce((sum, { file }) => sum + file.bytes, 0)
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}

/** Rejects with the signal's reason when it is aborted; else never settles. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(signal?.reason as Error)
    if (signal?.aborted) fail()
    else signal?.addEventListener('abort', fail, { once: true })
  })
}
