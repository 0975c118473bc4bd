/** The lab in a worker: reads commands, posts replies and events. What it does is in `session.ts`. */
import { browserDecoder } from '../data/decode-browser'
import { fetchPackedSample, fetchSample, fetchSampleIndex } from '../data/samples'
import { MemoryDrawer } from '../data/shelf/drawer-memory'
import { openOpfsDrawer } from '../data/shelf/drawer-opfs'
import { describeError } from '../errors'
import { modelAddress } from '../models/files-fetch'
import type { ModelStore } from '../models/hub/store'
import { openStore } from '../models/hub/store-open'
import { webLocks } from '../records/locks'
import { announced, openRunsChannel } from '../records/rows-announced'
import { openIndexedDb } from '../records/rows-indexeddb'
import { MemoryRows } from '../records/rows-memory'
import { readAdapterFacts } from '../runtime/adapter-facts'
import { chooseEngine } from '../runtime/detect'
import type { FromLab, LabEvent, ToLab } from './protocol'
import type { Platform } from './holdings'
import { Lab } from './session'

/**
 * Where the page's public files lie: above `assets/` in a built page, at the root of the development server, which
 * serves this very file. `import.meta.env.DEV` would not tell: it follows NODE_ENV, not the server.
 */
const { href, pathname } = globalThis.location
const base = new URL(pathname.endsWith('.ts') ? '/' : '../', href).href

let store: Promise<ModelStore> | null = null

const platform: Platform = {
  async openEngine(backend) {
    const { engine, reason } = await chooseEngine(backend)
    const { kind, description } = engine
    const { crossOriginIsolated } = globalThis
    const adapter = kind === 'webgpu' ? await readAdapterFacts() : null
    return { engine, capability: { engine: kind, description, reason, crossOriginIsolated, adapter } }
  },
  modelFiles: (id) => modelAddress(id, `${base}models/${id}/`),
  samples: () => fetchSampleIndex(base),
  sampleSource: (manifest) => fetchSample(base, manifest),
  packedSample: (manifest) => fetchPackedSample(base, manifest),
  decoder: browserDecoder,
  albumDrawer: async () => (await openOpfsDrawer('albums')) ?? new MemoryDrawer(),
  modelStore: () => (store ??= openStore()),
  runRows: async () => {
    const rows = await openIndexedDb()
    return rows ? announced(rows, openRunsChannel()) : new MemoryRows(() => false, true)
  },
  runLocks: webLocks(),
}

/** Arrays that the lab has given away: moved to the page instead of copied. */
function given(value: unknown, found: Set<ArrayBuffer> = new Set()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteLength } = value
    // A view of a larger buffer, or shared memory, is not ours to move.
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) found.add(buffer)
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) given(inner, found)
  }
  return found
}

function post(message: FromLab): void {
  globalThis.postMessage(message, { transfer: [...given(message)] })
}

const lab = new Lab(platform, (event: LabEvent) => post({ kind: 'event', event }))

globalThis.onmessage = ({ data }: MessageEvent<ToLab>) => {
  const { id, command, body } = data
  void lab.handle(command, body as never).then(
    (reply) => post({ kind: 'reply', id, body: reply }),
    (error: unknown) => post({ kind: 'refusal', id, ...describeError(error) }),
  )
}
