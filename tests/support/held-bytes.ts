/** Which of the bytes that were read from a model's folder are still held by somebody in JavaScript. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ModelFiles } from '../../src/models/files'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is no longer reachable is gone when this resolves; buffers are freed by finalisers, a turn later. */
export async function collectGarbage(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    collect()
  }
}

export class HeldBytes {
  readonly #read: { readonly path: string; readonly buffer: WeakRef<ArrayBufferLike> }[] = []

  /** The files, each reading of a graph remembered. */
  watch(files: ModelFiles): ModelFiles {
    return {
      ...files,
      read: async (path, onBytes) => {
        const bytes = await files.read(path, onBytes)
        if (bytes && path.endsWith('.onnx')) this.#read.push({ path, buffer: new WeakRef(bytes.buffer) })
        return bytes
      },
    }
  }

  /** Graphs read so far, by their paths. */
  get read(): readonly string[] {
    return this.#read.map(({ path }) => path)
  }

  /** Those of them whose bytes are still alive. */
  async held(): Promise<readonly string[]> {
    await collectGarbage()
    return this.#read.filter(({ buffer }) => buffer.deref() !== undefined).map(({ path }) => path)
  }
}
