/**
 * A model of the catalogue as files: served from the store, and what is missing there fetched, checked and kept first.
 * Once everything is there, no request is made.
 */
import { UserError } from '../../errors'
import { TEXT_FILE, VISION_FILE } from '../clip'
import type { ModelFiles } from '../files'
import { fileAddress, type ModelBase } from './base'
import { variantFiles, type CatalogueFile, type CatalogueModel, type CatalogueVariant } from './catalogue'
import { download, inUnits, type DownloadState, type Patience } from './download'
import { startHash, UNPUBLISHED, type Published } from './hash'
import { fetchListing } from './listing'
import type { FileKey, ModelStore } from './store'
import { said } from '../../sentence'

export interface HubOptions {
  readonly base: ModelBase
  readonly store: ModelStore
  readonly signal?: AbortSignal
  /** Reads what is kept, and asks the hub for nothing: a model in use whose files were forgotten is not fetched behind one's back. */
  readonly keptOnly?: boolean
  readonly onDownload?: (state: DownloadState) => void
  readonly patience?: Patience
}

const keyOf = ({ id, revision }: CatalogueModel, path: string): FileKey => ({ modelId: id, revision, path })

/**
 * The files of a variant under the names that `loadClip` asks for. The first read settles whether all of it fits: before a
 * byte of the model is fetched, a UserError says what is needed and what is free.
 */
export function hubModel(model: CatalogueModel, variant: CatalogueVariant, options: HubOptions): ModelFiles {
  const byName = new Map([
    ...model.files.map((file) => [file.path, file] as const),
    [VISION_FILE, variant.vision] as const,
    [TEXT_FILE, variant.text] as const,
  ])
  let prepared: Promise<ReadonlyMap<string, Published>> | null = null
  const prepare = () => {
    prepared ??= settle(model, variant, options).catch((error: unknown) => {
      prepared = null
      throw error
    })
    return prepared
  }
  return {
    name: model.title,
    async read(path, onBytes) {
      const file = byName.get(path)
      if (!file) return null
      const bytes = await readVerified(model, file, options, prepare, (state) => {
        onBytes?.(state.loaded, state.total)
        options.onDownload?.(state)
      })
      onBytes?.(bytes.byteLength, bytes.byteLength)
      return bytes
    },
    list: async () => [...byName.keys()],
  }
}

/**
 * Makes a variant complete in the store without reading it, one file after the other: two at once would each have half
 * the way, and both be cut short by a cancel. Throws as reading it would.
 */
export async function fetchHubModel(
  model: CatalogueModel,
  variant: CatalogueVariant,
  options: HubOptions,
): Promise<void> {
  let published: ReadonlyMap<string, Published> | null = null
  for (const file of variantFiles(model, variant)) {
    if ((await options.store.find(keyOf(model, file.path)))?.complete) continue
    published ??= await settle(model, variant, options)
    await fetchFile(model, file, published, options, options.onDownload)
  }
}

/** What is published of each file that is missing. @throws UserError when they do not fit in what is free */
async function settle(
  model: CatalogueModel,
  variant: CatalogueVariant,
  { base, store, signal }: HubOptions,
): Promise<ReadonlyMap<string, Published>> {
  const missing: { file: CatalogueFile; kept: number }[] = []
  for (const file of variantFiles(model, variant)) {
    const kept = await store.find(keyOf(model, file.path))
    if (!kept?.complete) missing.push({ file, kept: kept?.bytes ?? 0 })
  }
  const unknown = missing.some(({ file }) => file.sha256 === null)
  const listing = unknown ? await fetchListing(base, model, signal) : new Map<string, Published>()
  const published = new Map(missing.map(({ file }) => [file.path, whatIsPublished(file, listing)]))

  const need = missing.reduce((sum, { file, kept }) => {
    const bytes = published.get(file.path)?.bytes ?? file.bytes
    return sum + Math.max(0, bytes - kept)
  }, 0)
  const room = await store.roomFor(need)
  if (room < need) {
    throw new UserError(
      said`${model.title} needs ${inUnits(need)} of storage, and the browser has ${inUnits(room)} left for this page.`,
      'Free disk space, forget a model that is no longer needed, or choose a smaller variant.',
    )
  }
  return published
}

/** The catalogue's word goes before the hub's own. */
function whatIsPublished(file: CatalogueFile, listing: ReadonlyMap<string, Published>): Published {
  const listed = listing.get(file.path) ?? UNPUBLISHED
  const bytes = file.estimated ? null : file.bytes
  if (file.sha256 !== null) return { bytes, sha256: file.sha256, gitOid: null }
  return { ...listed, bytes: bytes ?? listed.bytes }
}

async function readVerified(
  model: CatalogueModel,
  file: CatalogueFile,
  options: HubOptions,
  prepare: () => Promise<ReadonlyMap<string, Published>>,
  onState: (state: DownloadState) => void,
): Promise<Uint8Array> {
  const { store } = options
  const key = keyOf(model, file.path)
  const kept = await readKept(store, key)
  if (kept) return kept
  if (options.keptOnly) {
    throw new UserError(
      said`${file.path} of ${model.title} is no longer kept by the browser.`,
      'Fetch the model again, and load it; what was learned so far is not lost by that.',
    )
  }
  await fetchFile(model, file, await prepare(), options, onState)
  const fetched = await readKept(store, key)
  if (fetched) return fetched
  throw new UserError(
    said`${file.path} of ${model.title} was stored, and cannot be read back.`,
    'The disk may be failing, or the browser has cleared its files. Try once more.',
  )
}

async function fetchFile(
  model: CatalogueModel,
  file: CatalogueFile,
  settled: ReadonlyMap<string, Published>,
  { base, store, signal, patience }: HubOptions,
  onState: ((state: DownloadState) => void) | undefined,
): Promise<void> {
  await download({
    url: fileAddress(base, model.id, model.revision, file.path),
    key: keyOf(model, file.path),
    published: settled.get(file.path) ?? whatIsPublished(file, new Map()),
    store,
    ...(signal && { signal }),
    ...(onState && { onState }),
    ...(patience && { patience }),
  })
}

/** A complete file; one that is no longer what it was when it was stored is thrown away. */
async function readKept(store: ModelStore, key: FileKey): Promise<Uint8Array | null> {
  const stored = await store.find(key)
  const bytes = stored?.complete ? await store.read(key) : null
  if (!stored || !bytes) return null
  const hash = await startHash({ ...UNPUBLISHED, bytes: stored.bytes, sha256: stored.sha256 })
  hash.update(bytes)
  if (hash.finish().problem === null) return bytes
  await store.remove(key)
  return null
}
