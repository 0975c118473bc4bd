/**
 * What the browser keeps between visits besides the models' files: which model was in use, where models come from, and
 * how long a step took. Everything read back is checked; what an older program wrote, or nobody did, counts as nothing.
 */
import type { VariantId } from '../models/capability'
import type { CatalogueModel } from '../models/hub/catalogue'

export interface RememberedModel {
  readonly entry: CatalogueModel
  readonly variant: VariantId
}

const MODEL = 'model'
const ADDRESS = 'address'
const PACE = 'pace'

/** Null: the model that comes with the program. Its checks are loaded only where there is something to check. */
export async function rememberedModel(): Promise<RememberedModel | null> {
  const kept = read(MODEL)
  if (kept === null) return null
  const { checkedModel } = await import('./remembered-model')
  return checkedModel(kept)
}

export const rememberModel = (model: RememberedModel | null): void => write(MODEL, model)

/** As it was typed; null: the hub. */
export function rememberedAddress(): string | null {
  return rememberedText(ADDRESS)
}

export const rememberAddress = (address: string | null): void => rememberText(ADDRESS, address)

/** A word that was chosen, such as the theme's. */
export function rememberedText(name: string): string | null {
  const kept = read(name)
  return typeof kept === 'string' ? kept : null
}

export const rememberText = (name: string, text: string | null): void => write(name, text)

/** How long a step of the last run took with a model on an engine. */
export interface Pace {
  readonly secondsPerStep: number
  readonly batchSize: number
}

const isPace = (kept: unknown): kept is Pace =>
  typeof kept === 'object' &&
  kept !== null &&
  'secondsPerStep' in kept &&
  'batchSize' in kept &&
  Number(kept.secondsPerStep) > 0 &&
  Number.isInteger(kept.batchSize) &&
  Number(kept.batchSize) > 0

const paceKey = (modelId: string, variant: VariantId | null, engine: string) =>
  [modelId, variant ?? '', engine].join(' | ')

function paces(): Readonly<Record<string, Pace>> {
  const kept = read(PACE)
  if (typeof kept !== 'object' || kept === null) return {}
  return Object.fromEntries(Object.entries(kept).filter((entry): entry is [string, Pace] => isPace(entry[1])))
}

/** @param engine as the lab describes it */
export const rememberedPace = (modelId: string, variant: VariantId | null, engine: string): Pace | null =>
  paces()[paceKey(modelId, variant, engine)] ?? null

export function rememberPace(modelId: string, variant: VariantId | null, engine: string, pace: Pace): void {
  write(PACE, { ...paces(), [paceKey(modelId, variant, engine)]: pace })
}

/** Where all of it lies, as one value. */
const KEY = 'passepartout'
const VERSION = 1

type Values = Readonly<Record<string, unknown>>

/** A browser may refuse its storage, as in some private windows: then nothing is remembered, and nothing breaks. */
function stored(key: string): unknown {
  try {
    return JSON.parse(globalThis.localStorage?.getItem(key) ?? 'null')
  } catch {
    return null
  }
}

/** What another version of the program wrote counts as nothing; before there was a version, each name had a key of its own. */
function values(): Values {
  const kept = stored(KEY)
  if (typeof kept !== 'object' || kept === null) return {}
  const { version, values } = kept as { version?: unknown; values?: unknown }
  return version === VERSION && typeof values === 'object' && values !== null ? (values as Values) : {}
}

export function read(name: string): unknown {
  const kept = values()
  return Object.hasOwn(kept, name) ? kept[name] : stored(`${KEY}.${name}`)
}

export function write(name: string, value: unknown): void {
  try {
    // Null is kept too: the key of an older program must not come back.
    const next = { version: VERSION, values: { ...values(), [name]: value } }
    globalThis.localStorage?.setItem(KEY, JSON.stringify(next))
  } catch {
    // Full or forbidden.
  }
}
