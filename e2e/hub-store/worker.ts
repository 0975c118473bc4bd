/** What the store's browser tests do inside a dedicated worker. Facts go back; the spec judges them. */
import { describeError } from '../../src/errors'
import type { ModelBase } from '../../src/models/hub/base'
import type { CatalogueModel } from '../../src/models/hub/catalogue'
import type { DownloadState } from '../../src/models/hub/download'
import { fetchHubModel, hubModel } from '../../src/models/hub/open'
import type { StoredFile } from '../../src/models/hub/store'
import { openStore } from '../../src/models/hub/store-open'
import { sha256 } from '../../src/models/sha256'

const store = openStore()
// A stalled download must wait until its tab is killed.
const patience = { silence: 60_000, pauses: [50, 50], longest: 5000, report: 0 }

export interface Fetched {
  /** Null when everything is there now. */
  readonly error: { message: string; remedy: string } | null
  /** The first report of each file. */
  readonly first: Record<string, DownloadState>
}

async function fetchModel(model: CatalogueModel, base: ModelBase): Promise<Fetched> {
  const first: Record<string, DownloadState> = {}
  const onDownload = (state: DownloadState) => (first[state.file] ??= state)
  try {
    await fetchHubModel(model, model.variants[0]!, { base, store: await store, onDownload, patience })
    return { error: null, first }
  } catch (error) {
    return { error: describeError(error), first }
  }
}

/** sha256 of each file, read as loadClip reads them. */
async function hashes(model: CatalogueModel, base: ModelBase): Promise<Record<string, string>> {
  const files = hubModel(model, model.variants[0]!, { base, store: await store, patience })
  const found: Record<string, string> = {}
  for (const path of await files.list!()) found[path] = await sha256((await files.read(path))!)
  return found
}

/** Writes the index over, as a crash or another version of the program would have left it. */
async function writeIndex(text: string): Promise<void> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('models')
  const file = await (await folder.getFileHandle('index.json')).createWritable()
  await file.write(text)
  await file.close()
}

/** What clearing the page's data leaves, while the page is open. */
async function clearAll(): Promise<void> {
  await (await navigator.storage.getDirectory()).removeEntry('models', { recursive: true })
}

const checks = {
  fetchModel,
  clearAll,
  hashes,
  writeIndex,
  lasting: async () => (await store).lasting,
  list: async (): Promise<readonly StoredFile[]> => (await store).list(),
  forget: async (id: string) => (await store).forget(id),
}
export type Checks = typeof checks
export type CheckName = keyof Checks

onmessage = ({ data }: MessageEvent<{ id: number; name: CheckName; parameters: never[] }>) => {
  const check = checks[data.name] as (...parameters: never[]) => unknown
  Promise.resolve()
    .then(() => check(...data.parameters))
    .then(
      (answer) => postMessage({ id: data.id, answer }),
      (error: unknown) =>
        postMessage({ id: data.id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
}
