/**
 * ONNX Runtime on the CPU in Node (onnxruntime-node), tfjs on its WASM backend.
 */
import type { Engine, ExternalData, LedgerSnapshot, Session } from './engine'
import { type EngineFault, faultIn } from './fault'
import { hostMemory } from './memory'
import { createHostSession, type SessionSet } from './ort-host'
import type { Ort } from './ort-values'
import { tensorCount } from './tfjs'
import { useTfjsWasm } from './tfjs-wasm'

export async function createNodeEngine(): Promise<Engine> {
  await useTfjsWasm()
  return new NodeEngine(await import('onnxruntime-node'))
}

class NodeEngine implements Engine {
  readonly kind = 'node-cpu'
  readonly description = 'CPU (onnxruntime-node)'
  readonly #sessions: SessionSet = new Set()

  constructor(private readonly ort: Ort) {}

  createSession(model: Uint8Array, externalData: readonly ExternalData[] = []): Promise<Session> {
    return createHostSession(this.ort, 'cpu', model, externalData, this.#sessions)
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
