/**
 * Runs that are kept: records, listable by the hundred, and their parts, read when they are asked for. A save is one commit:
 * record and parts belong together, or are the ones before. What cannot be read is left out and told, never fatal.
 */
import { z } from 'zod'
import type { Arrangement } from '../data/arrangement'
import { arrangementSchema } from '../data/arrangement-schema'
import { packCheckpoint, packKeyframe, unpackCheckpoint, unpackKeyframe } from './checkpoint-bytes'
import { joinCurves, stretches } from './curves'
import type { Sentence } from '../sentence'
import { readRecord, UnreadableError } from './migrations'
import type { RowChange, Rows } from './rows'
import type { Checkpoint } from '../learning/checkpoint'
import type { Keyframe, KeptRun, Predictions, RunCurves, RunPartName, RunParts, RunRecord } from './run-record'
import { checkedPredictions } from './predictions'

export interface BrokenRun {
  readonly id: string
  /** Why, as a clause. */
  readonly reason: Sentence
}

export interface RunsListed {
  /** Newest first. */
  readonly records: readonly RunRecord[]
  readonly broken: readonly BrokenRun[]
}

/** What a save brings besides the record; what is left out stays as it was. */
export interface PartChanges {
  readonly checkpoint?: Checkpoint
  /** All of them, and how many of the steps were saved before. */
  readonly curves?: { readonly all: RunCurves; readonly savedSteps: number }
  readonly border?: Float32Array
  readonly keyframes?: readonly Keyframe[]
  /** Steps of keyframes that are given up. */
  readonly dropKeyframes?: readonly number[]
  readonly val?: Predictions
  readonly test?: Predictions
  /** Zero-shot logits [N,C] of the images validated: what a run that is gone on with need not measure again. */
  readonly baseline?: Float32Array
  /** What was made of the album: with both the images are had again without their files. */
  readonly arrangement?: Arrangement
}

/** Given by the person; kept apart from the record, which only the page at work on it writes. */
const labelsSchema = z.object({
  name: z.string().nullable().optional(),
  pinned: z.boolean().optional(),
  /** When it was removed, ms since 1970: for a while it can be had back. */
  removedAt: z.number().optional(),
})
type Labels = z.infer<typeof labelsSchema>

/** For so long a removed run can be had back, ms. */
const UNDO_MS = 60_000

const PARTS = ['checkpoint', 'curves', 'border', 'history', 'val', 'test'] as const satisfies readonly RunPartName[]

const nth = (n: number) => String(n).padStart(9, '0')
const keys = {
  checkpoint: (id: string) => `${id}/checkpoint`,
  curves: (id: string) => `${id}/curves/`,
  validations: (id: string) => `${id}/validations`,
  border: (id: string) => `${id}/border`,
  history: (id: string) => `${id}/history/`,
  val: (id: string) => `${id}/val`,
  test: (id: string) => `${id}/test`,
  baseline: (id: string) => `${id}/baseline`,
  arrangement: (id: string) => `${id}/arrangement`,
}

export class RunStore {
  constructor(
    readonly rows: Rows,
    private readonly now: () => number = Date.now,
  ) {}

  /** False where runs are kept until the page is left, and no longer. */
  get lasting(): boolean {
    return this.rows.lasting
  }

  /** It should be otherwise: the browser refuses to keep anything. */
  get refused(): boolean {
    return this.rows.refused
  }

  async list(): Promise<RunsListed> {
    const [records, labels] = await Promise.all([this.rows.all('records'), this.rows.all('labels')])
    const labelled = new Map(labels.map(([id, value]) => [id, readLabels(value)]))
    const listed: RunRecord[] = []
    const broken: BrokenRun[] = []
    for (const [id, value] of records) {
      const own = labelled.get(id) ?? {}
      if (own.removedAt !== undefined) continue
      try {
        listed.push(withLabels(readRecord(value), own))
      } catch (error) {
        if (!(error instanceof UnreadableError)) throw error
        broken.push({ id, reason: error.said })
      }
    }
    listed.sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : order(b) - order(a)))
    return { records: listed, broken }
  }

  /** Null where there is none, or none that can be read. */
  async find(id: string): Promise<RunRecord | null> {
    const [value, labels] = await Promise.all([this.rows.get('records', id), this.#labels(id)])
    if (value === undefined || labels.removedAt !== undefined) return null
    try {
      return withLabels(readRecord(value), labels)
    } catch {
      return null
    }
  }

  /** @throws FullError */
  async save(record: RunRecord, parts: PartChanges = {}): Promise<void> {
    await this.rows.commit(await this.#changes(record, parts))
  }

  async #changes(record: RunRecord, parts: PartChanges): Promise<RowChange[]> {
    const { id } = record
    const changes: RowChange[] = [{ table: 'records', key: id, value: record }]
    const put = (key: string, value: unknown) => changes.push({ table: 'parts', key, value })
    if (parts.checkpoint) put(keys.checkpoint(id), await packCheckpoint(parts.checkpoint))
    if (parts.curves) {
      const { all, savedSteps } = parts.curves
      if (savedSteps === 0) changes.push({ table: 'parts', removeAll: keys.curves(id) })
      for (const [n, row] of stretches(all, savedSteps)) put(keys.curves(id) + nth(n), row)
      put(keys.validations(id), all.validations)
    }
    if (parts.border) put(keys.border(id), parts.border)
    for (const step of parts.dropKeyframes ?? []) changes.push({ table: 'parts', remove: keys.history(id) + nth(step) })
    for (const keyframe of parts.keyframes ?? []) {
      put(keys.history(id) + nth(keyframe.step), await packKeyframe(keyframe))
    }
    if (parts.val) put(keys.val(id), parts.val)
    if (parts.test) put(keys.test(id), parts.test)
    if (parts.baseline) put(keys.baseline(id), parts.baseline)
    if (parts.arrangement) put(keys.arrangement(id), parts.arrangement)
    return changes
  }

  /** Null where it is not there or damaged. */
  async part<P extends RunPartName>(id: string, part: P): Promise<RunParts[P] | null> {
    try {
      return (await this.#readers[part](id)) as RunParts[P] | null
    } catch {
      return null
    }
  }

  /** Null where it was not kept. */
  async baseline(id: string): Promise<Float32Array | null> {
    const value = await this.rows.get('parts', keys.baseline(id))
    return value instanceof Float32Array ? value : null
  }

  /** Null where it was not kept, or is damaged. */
  async arrangement(id: string): Promise<Arrangement | null> {
    return arrangementSchema.safeParse(await this.rows.get('parts', keys.arrangement(id))).data ?? null
  }

  /** Steps of the borders of the way that are kept, in order. */
  async keyframeSteps(id: string): Promise<readonly number[]> {
    const found = await this.rows.keys('parts', keys.history(id))
    return found.map((key) => Number(key.slice(keys.history(id).length)))
  }

  async read(id: string): Promise<KeptRun | null> {
    const record = await this.find(id)
    if (!record) return null
    const parts = await Promise.all(PARTS.map(async (name) => [name, await this.part(id, name)] as const))
    return { record, parts: Object.fromEntries(parts) as unknown as KeptRun['parts'] }
  }

  /** A run as it comes from a file, in place of one of the same id. @throws FullError */
  async write({ record, parts }: KeptRun): Promise<void> {
    const { checkpoint, curves, border, history, val, test } = parts
    const written = await this.#changes(record, {
      ...(checkpoint && { checkpoint }),
      ...(curves && { curves: { all: curves, savedSteps: 0 } }),
      ...(border && { border }),
      ...(history && { keyframes: history }),
      ...(val && { val }),
      ...(test && { test }),
    })
    const labels = { name: record.name, pinned: record.pinned }
    await this.rows.commit([...erasing(record.id), ...written, { table: 'labels', key: record.id, value: labels }])
  }

  rename(id: string, name: string | null): Promise<void> {
    return this.#label(id, { name })
  }

  pin(id: string, pinned: boolean): Promise<void> {
    return this.#label(id, { pinned })
  }

  /** For a minute it can be had back. */
  remove(id: string): Promise<void> {
    return this.#label(id, { removedAt: this.now() })
  }

  async restore(id: string): Promise<void> {
    const { removedAt: _, ...rest } = await this.#labels(id)
    await this.rows.commit([{ table: 'labels', key: id, value: rest }])
  }

  /** Ends what was removed more than a minute ago. */
  async purge(): Promise<void> {
    const gone = (await this.rows.all('labels')).filter(([, value]) => {
      const { removedAt } = readLabels(value)
      return removedAt !== undefined && this.now() - removedAt > UNDO_MS
    })
    if (gone.length > 0) await this.rows.commit(gone.flatMap(([id]) => erasing(id)))
  }

  /** At once and for good, a record that cannot be read included. */
  erase(id: string): Promise<void> {
    return this.rows.commit(erasing(id))
  }

  readonly #readers: { readonly [P in RunPartName]: (id: string) => Promise<RunParts[P] | null> } = {
    checkpoint: async (id) => {
      const bytes = await this.rows.get('parts', keys.checkpoint(id))
      return bytes === undefined ? null : unpackCheckpoint(bytes)
    },
    curves: async (id) => {
      const rows = await this.rows.all('parts', keys.curves(id))
      const validations = await this.rows.get('parts', keys.validations(id))
      if (validations === undefined) return null
      return joinCurves(
        rows.map(([, row]) => row),
        validations,
      )
    },
    border: async (id) => {
      const value = await this.rows.get('parts', keys.border(id))
      return value instanceof Float32Array ? value : null
    },
    history: async (id) => {
      const rows = await this.rows.all('parts', keys.history(id))
      const read = await Promise.allSettled(rows.map(([, bytes]) => unpackKeyframe(bytes)))
      return read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    },
    val: async (id) => checkedPredictions(await this.rows.get('parts', keys.val(id))),
    test: async (id) => checkedPredictions(await this.rows.get('parts', keys.test(id))),
  }

  async #labels(id: string): Promise<Labels> {
    return readLabels(await this.rows.get('labels', id))
  }

  async #label(id: string, changed: Labels): Promise<void> {
    await this.rows.commit([{ table: 'labels', key: id, value: { ...(await this.#labels(id)), ...changed } }])
  }
}

const readLabels = (value: unknown): Labels => labelsSchema.safeParse(value ?? {}).data ?? {}

const withLabels = (record: RunRecord, { name, pinned }: Labels): RunRecord => ({
  ...record,
  name: name === undefined ? record.name : name,
  pinned: pinned ?? record.pinned,
})

/** Of a group, in which all were made at once. */
const order = ({ group }: RunRecord) => group?.index ?? 0

const erasing = (id: string): RowChange[] => [
  { table: 'records', remove: id },
  { table: 'labels', remove: id },
  { table: 'parts', removeAll: `${id}/` },
]
