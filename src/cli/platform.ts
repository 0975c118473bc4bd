/** The lab's platform on Node: models and samples from the repository's own files, sharp as decoder. */
import { nodeDecoder } from '../data/decode-node'
import { temporaryDrawer } from '../data/shelf/drawer-node'
import { readSampleIndex, sampleSource } from '../data/samples-node'
import type { Platform } from '../lab/holdings'
import { modelFolder } from '../models/files-node'
import { noLocks } from '../records/locks'
import { MemoryRows } from '../records/rows-memory'
import { createNodeEngine } from '../runtime/node'
import { createWasmEngine } from '../runtime/wasm'
import { said } from '../sentence'

/** @param samples folder of the sample tasks */
export function nodePlatform(backend: 'cpu' | 'wasm', samples = 'public/samples'): Platform {
  return {
    async openEngine() {
      const engine = await (backend === 'cpu' ? createNodeEngine() : createWasmEngine())
      const { kind, description } = engine
      return {
        engine,
        capability: { engine: kind, description, reason: said`not a page`, crossOriginIsolated: false, adapter: null },
      }
    },
    modelFiles: modelFolder,
    samples: () => readSampleIndex(samples),
    sampleSource: (manifest) => sampleSource(samples, manifest),
    decoder: nodeDecoder,
    albumDrawer: temporaryDrawer,
    modelStore: async () => null,
    runRows: async () => new MemoryRows(),
    runLocks: noLocks(),
  }
}
