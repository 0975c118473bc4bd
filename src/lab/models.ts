/**
 * The models that the lab can get: those that come with the program, those of a catalogue by way of the store, and files
 * that a person chose. What is loaded, and what is learned on it, is the session's.
 */
import { describeError, UserError } from '../errors'
import { MOST_ROWS, outlineActivations, rowsWithin } from '../methods/training-memory'
import { adviseModel, type Machine, type RunMemory, type VariantId } from '../models/capability'
import type { ModelFiles } from '../models/files'
import { droppedModel } from '../models/files-dropped'
import type { ModelBase } from '../models/hub/base'
import {
  catalogue,
  parseCatalogue,
  variantFiles,
  type CatalogueModel,
  type CatalogueVariant,
} from '../models/hub/catalogue'
import type { DownloadState } from '../models/hub/download'
import { fetchHubModel, hubModel } from '../models/hub/open'
import { fetchOwnCatalogue } from '../models/hub/own-catalogue'
import type { ModelStore, StoredFile } from '../models/hub/store'
import type { EngineKind } from '../runtime/engine'
import { roomForPacked } from '../runtime/host-options'
import type { Reckon } from '../runtime/memory'
import type { Capability, HubChoice, HubOffer, LabEvent, ModelInfo, ModelSource, ModelsReport } from './protocol'
import { yieldToMessages } from '../yield'

/** How often a download is reported, ms. */
const REPORT_EVERY = 200

/** A model's files, and what is known of it beforehand. */
export interface OpenedSource {
  readonly files: ModelFiles
  readonly about: Pick<ModelInfo, 'id' | 'origin' | 'variant'> & { readonly title: string | null }
}

export class Models {
  #download: AbortController | null = null
  readonly #memory = new Map<string, RunMemory>()

  constructor(
    /** Null where models come from folders on disk only. */
    private readonly store: () => Promise<ModelStore | null>,
    private readonly embedded: (id: string) => ModelFiles,
    private readonly emit: (event: LabEvent) => void,
    /** Of the engine in use. */
    private readonly reckon: Reckon,
  ) {}

  /** @param batchSize of the recipe that would be learned by */
  async report(
    capability: Capability,
    base: ModelBase,
    known: readonly CatalogueModel[],
    batchSize: number,
  ): Promise<ModelsReport> {
    const store = await this.store()
    const [listed, files] = await Promise.all([this.#catalogue(base), store?.list() ?? []])
    const entries = [...listed.entries, ...known.filter(({ id }) => !listed.entries.some((entry) => entry.id === id))]
    // Tried for the largest, since browsers do not tell a page how much there is.
    const most = Math.max(0, ...entries.flatMap((entry) => Object.values(missingOf(entry, files))))
    // A try takes the room for a moment, which a download under way may need.
    const room = store && !this.#download ? await store.roomFor(most) : most
    const freeBytes = room < most ? room : null
    const machine: Machine = { ...capability, freeBytes, roomForPacked: roomForPacked('wasm') }
    const offers: HubOffer[] = []
    for (const entry of entries) {
      offers.push(offer(machine, entry, this.#runMemory(entry, capability.engine, batchSize), files))
      // A run may be on, whose steps and messages need not wait for all of them.
      await yieldToMessages()
    }
    return {
      hub: store ? offers : [],
      others: others(entries, files),
      freeBytes,
      lasting: store?.lasting ?? false,
      trouble: listed.trouble,
    }
  }

  /** From the encoder's sizes; kept, since for a large one a graph of thousands of nodes is built and differentiated. */
  #runMemory(entry: CatalogueModel, engine: EngineKind, batchSize: number): RunMemory {
    const { imageSize, patchSize, width, layers } = entry
    const key = [imageSize, patchSize, width, layers, engine, batchSize].join()
    const known = this.#memory.get(key)
    if (known) return known
    const activations = (rows: number) => outlineActivations(entry, rows, this.reckon)
    const rows = rowsWithin(activations, Math.min(batchSize, MOST_ROWS))
    const found = { rows, activationBytes: activations(rows) }
    this.#memory.set(key, found)
    return found
  }

  /** The address's own catalogue where it has one, else the program's. */
  async #catalogue(base: ModelBase): Promise<Pick<ModelsReport, 'trouble'> & { entries: readonly CatalogueModel[] }> {
    try {
      return { entries: (await fetchOwnCatalogue(base)) ?? catalogue(), trouble: null }
    } catch (error) {
      return { entries: catalogue(), trouble: describeError(error) }
    }
  }

  /** Fetches what the store lacks of a model. Resolves false when it was cancelled. */
  async fetch(choice: HubChoice): Promise<boolean> {
    if (this.#download) {
      throw new UserError('Another model is being fetched.', 'Wait until it is here, or cancel it first.')
    }
    const download = new AbortController()
    this.#download = download
    try {
      const { entry, variant } = checked(choice)
      const store = await this.#needStore()
      const progress = new DownloadProgress(entry, variant, await store.list(), this.emit)
      const { signal } = download
      await fetchHubModel(entry, variant, { base: choice.base, store, signal, onDownload: (s) => progress.show(s) })
      return true
    } catch (error) {
      if (download.signal.aborted) return false
      throw error
    } finally {
      this.#download = null
    }
  }

  async #needStore(): Promise<ModelStore> {
    const store = await this.store()
    if (store) return store
    throw new UserError('Models cannot be fetched here.', 'Give a folder of model files instead.')
  }

  cancel(): void {
    this.#download?.abort()
  }

  async forget(id: string): Promise<number> {
    return (await this.store())?.forget(id) ?? 0
  }

  /** Files of a model that can be read at once. @throws UserError where they are not all here */
  async open(source: ModelSource): Promise<OpenedSource> {
    if ('files' in source) {
      const { name } = source
      const about = { id: name, origin: 'files', variant: null, title: null } as const
      return { files: await droppedModel(name, source.files), about }
    }
    if (!('entry' in source)) {
      const { id } = source
      return { files: this.embedded(id), about: { id, origin: 'embedded', variant: null, title: null } }
    }
    const { entry, variant } = checked(source)
    const store = await this.#needStore()
    if (missingBytes(entry, variant, await store.list()) !== 0) {
      throw new UserError(`${entry.title} (${variant.id}) is not here in full.`, 'Fetch it, or what is missing of it.')
    }
    const about = { id: entry.id, origin: 'hub', variant: variant.id, title: `${entry.title}, ${variant.id}` } as const
    return { files: hubModel(entry, variant, { base: source.base, store, keptOnly: true }), about }
  }
}

/** What the page sends was remembered in the browser, and may be older than this program. */
function checked({ entry, variant }: HubChoice): { entry: CatalogueModel; variant: CatalogueVariant } {
  const [model] = readEntries([entry])
  const found = model?.variants.find(({ id }) => id === variant)
  if (!model || !found) throw new UserError(`${entry.title} has no variant ${variant}.`, 'Choose another one.')
  return { entry: model, variant: found }
}

function readEntries(json: unknown): readonly CatalogueModel[] {
  try {
    return parseCatalogue(json)
  } catch (cause) {
    throw new UserError('What is known of this model is damaged.', 'Choose it anew from the list.', { cause })
  }
}

/** Of a variant to be fetched still; a file of unknown length that is not complete counts with its estimate. */
function missingBytes(entry: CatalogueModel, variant: CatalogueVariant, stored: readonly StoredFile[]): number {
  return variantFiles(entry, variant).reduce((sum, { path, bytes }) => {
    const kept = keptOf(entry, path, stored)
    return kept?.complete ? sum : sum + Math.max(1, bytes - (kept?.bytes ?? 0))
  }, 0)
}

const keptOf = (entry: CatalogueModel, path: string, stored: readonly StoredFile[]) =>
  stored.find((file) => file.modelId === entry.id && file.revision === entry.revision && file.path === path)

const missingOf = (
  entry: CatalogueModel,
  stored: readonly StoredFile[],
): Readonly<Partial<Record<VariantId, number>>> =>
  Object.fromEntries(entry.variants.map((one) => [one.id, missingBytes(entry, one, stored)]))

function offer(machine: Machine, entry: CatalogueModel, run: RunMemory, stored: readonly StoredFile[]): HubOffer {
  const missing = missingOf(entry, stored)
  const here = entry.variants.filter(({ id }) => missing[id] === 0).map(({ id }) => id)
  const begun = entry.variants
    .filter(
      ({ id, vision, text }) => !here.includes(id) && [vision, text].some(({ path }) => keptOf(entry, path, stored)),
    )
    .map(({ id }) => id)
  const keptBytes = stored.reduce((sum, file) => (file.modelId === entry.id ? sum + file.bytes : sum), 0)
  return { entry, advice: adviseModel(machine, entry, run, missing), here, begun, keptBytes }
}

function others(entries: readonly CatalogueModel[], stored: readonly StoredFile[]): ModelsReport['others'] {
  const sums = new Map<string, number>()
  for (const { modelId, bytes } of stored) sums.set(modelId, (sums.get(modelId) ?? 0) + bytes)
  return [...sums]
    .filter(([id]) => !entries.some((entry) => entry.id === id))
    .map(([id, keptBytes]) => ({ id, keptBytes }))
}

/** Adds the files of a variant up to one download. */
class DownloadProgress {
  readonly #files: Map<string, { loaded: number; total: number }>
  #resumed = false
  #lastMs = -Infinity

  constructor(
    entry: CatalogueModel,
    variant: CatalogueVariant,
    stored: readonly StoredFile[],
    private readonly emit: (event: LabEvent) => void,
  ) {
    this.#files = new Map(
      variantFiles(entry, variant).map(({ path, bytes }) => {
        const kept = keptOf(entry, path, stored)
        return [path, { loaded: kept?.bytes ?? 0, total: kept?.complete ? kept.bytes : bytes }]
      }),
    )
  }

  show({ file, loaded, total, bytesPerSecond, resumed }: DownloadState): void {
    this.#files.set(file, { loaded, total })
    this.#resumed ||= resumed
    const ended = loaded >= total
    if (!ended && performance.now() - this.#lastMs < REPORT_EVERY) return
    this.#lastMs = performance.now()
    const sum = (key: 'loaded' | 'total') => [...this.#files.values()].reduce((all, one) => all + one[key], 0)
    const left = sum('total') - sum('loaded')
    const etaSeconds = bytesPerSecond > 0 ? left / bytesPerSecond : null
    const [allLoaded, allTotal] = [sum('loaded'), sum('total')]
    this.emit({
      type: 'download',
      loaded: allLoaded,
      total: allTotal,
      bytesPerSecond,
      etaSeconds,
      resumed: this.#resumed,
    })
  }
}
