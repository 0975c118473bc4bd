/**
 * What the browser keeps between visits besides the models' files: which model was in use, where models come from, and
 * how long a step took. Everything read back is checked; what an older program wrote, or nobody did, counts as nothing.
 */
import { z } from 'zod'
import type { VariantId } from '../models/capability'
import { parseCatalogue, type CatalogueModel } from '../models/hub/catalogue'

export interface RememberedModel {
  readonly entry: CatalogueModel
  readonly variant: VariantId
}

const PREFIX = 'passepartout.'
const MODEL = 'model'
const ADDRESS = 'address'
const PACE = 'pace'

const modelSchema = z.object({ entry: z.unknown(), variant: z.enum(['fp32', 'fp16', 'int8']) })

/** Null: the model that comes with the program. */
export function rememberedModel(): RememberedModel | null {
  const parsed = modelSchema.safeParse(read(MODEL))
  if (!parsed.success) return null
  try {
    const [entry] = parseCatalogue([parsed.data.entry])
    return entry ? { entry, variant: parsed.data.variant } : null
  } catch {
    return null
  }
}

export const rememberModel = (model: RememberedModel | null): void => write(MODEL, model)

/** As it was typed; null: the hub. */
export function rememberedAddress(): string | null {
  const parsed = z.string().safeParse(read(ADDRESS))
  return parsed.success ? parsed.data : null
}

export const rememberAddress = (address: string | null): void => write(ADDRESS, address)

/** How long a step of the last run took with a model on an engine. */
export interface Pace {
  readonly secondsPerStep: number
  readonly batchSize: number
}

const paceSchema = z.record(
  z.string(),
  z.object({ secondsPerStep: z.number().positive(), batchSize: z.int().positive() }),
)

const paceKey = (modelId: string, variant: VariantId | null, engine: string) =>
  [modelId, variant ?? '', engine].join(' | ')

function paces(): Readonly<Record<string, Pace>> {
  const parsed = paceSchema.safeParse(read(PACE))
  return parsed.success ? parsed.data : {}
}

/** @param engine as the lab describes it */
export const rememberedPace = (modelId: string, variant: VariantId | null, engine: string): Pace | null =>
  paces()[paceKey(modelId, variant, engine)] ?? null

export function rememberPace(modelId: string, variant: VariantId | null, engine: string, pace: Pace): void {
  write(PACE, { ...paces(), [paceKey(modelId, variant, engine)]: pace })
}

/** A browser may refuse its storage, as in some private windows: then nothing is remembered, and nothing breaks. */
function read(name: string): unknown {
  try {
    return JSON.parse(globalThis.localStorage?.getItem(PREFIX + name) ?? 'null')
  } catch {
    return null
  }
}

function write(name: string, value: unknown): void {
  try {
    if (value === null) globalThis.localStorage?.removeItem(PREFIX + name)
    else globalThis.localStorage?.setItem(PREFIX + name, JSON.stringify(value))
  } catch {
    // Full or forbidden.
  }
}
