/**
 * ONNX Runtime compiled to WebAssembly, tfjs on its WASM backend: pages and workers without a GPU, and Node.
 */
import { isNode, nodeRequire, ortWasmFiles } from './assets'
import type { Engine, ExternalData, LedgerSnapshot, Session } from './engine'
import { type EngineFault, faultIn } from './fault'
import { hostMemory } from './memory'
import { createHostSession, type SessionSet } from './ort-host'
import { giveFiles, type Ort } from './ort-values'
import { importPart } from './program-files'
import { tensorCount } from './tfjs'
import { useTfjsWasm } from './tfjs-wasm'

/** More than this helps little and takes the machine from its owner. */
const MAX_THREADS = 4

export async function createWasmEngine(): Promise<Engine> {
  await useTfjsWasm()
  const threads = threadCount()
  if (isNode) return new WasmEngine(loadInNode(threads), threads, async () => {})
  const ort = await loadInBrowser(threads)
  const ready = () => giveFiles(ort.env, ortWasmFiles())
  // Fetched ahead of the first session, which says what was amiss and tries again.
  ready().catch(() => undefined)
  return new WasmEngine(ort, threads, ready)
}

type OrtWeb = typeof import('onnxruntime-web/wasm')

async function loadInBrowser(threads: number): Promise<OrtWeb> {
  const ort = await importPart(() => import('onnxruntime-web/wasm'))
  ort.env.wasm.numThreads = threads
  return ort
}

/** Only the package's Node build reads files and starts Node's threads. By `require`, so that no bundler follows. */
function loadInNode(threads: number): OrtWeb {
  const ort = nodeRequire()('onnxruntime-web') as OrtWeb
  ort.env.wasm.numThreads = threads
  return ort
}

/** Threads share memory, which browsers allow only to cross-origin isolated pages. */
function threadCount(): number {
  const cores = isNode ? process.getBuiltinModule('node:os').availableParallelism() : navigator.hardwareConcurrency
  return isNode || globalThis.crossOriginIsolated ? Math.min(cores, MAX_THREADS) : 1
}

class WasmEngine implements Engine {
  readonly kind = 'wasm'
  readonly description: string
  readonly #sessions: SessionSet = new Set()

  constructor(
    private readonly ort: Ort,
    threads: number,
    /** Resolves when ONNX Runtime has its files. */
    private readonly ready: () => Promise<void>,
  ) {
    this.description = `WASM, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  }

  async createSession(model: Uint8Array, externalData: readonly ExternalData[] = []): Promise<Session> {
    await this.ready()
    return createHostSession(this.ort, 'wasm', model, externalData, this.#sessions)
  }

  readonly reckon = hostMemory

  ledger(): LedgerSnapshot {
    return { tfTensors: tensorCount(), sessions: this.#sessions.size, gpuBuffers: 0, gpuBytes: 0 }
  }

  readonly fault = null

  async faultOf(error: unknown): Promise<EngineFault | null> {
    return faultIn(error)
  }

  async idle(): Promise<void> {}

  async dispose(): Promise<void> {
    for (const session of [...this.#sessions]) await session.dispose()
  }
}
