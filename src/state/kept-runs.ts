/** The runs that are kept, as the views list them: read from the lab, kept in step with what it tells, named, pinned and removed. */
import { createStore } from 'zustand/vanilla'
import { t } from '../i18n/t'
import type { LabEvent } from '../lab/protocol'
import type { RunsReport } from '../lab/protocol-runs'
import { openRunsChannel, type RunsChanged } from '../records/rows-announced'
import type { RunCurves, RunRecord } from '../records/run-record'
import { announce } from './announce'
import { runName } from './comparison-sides'
import { lab } from './connection'
import { openRunStore } from './runs'
import { troubleOf, type Trouble } from './trouble'

/** For so long a removed run can be had back, ms; a little less than the lab keeps it. */
const UNDO_MS = 55_000

export interface KeptRunsState extends Omit<RunsReport, 'usedBytes'> {
  /** False until they have been read once. */
  readonly read: boolean
  /** Removed a moment ago, and still to be had back; the last one first. */
  readonly removed: readonly RunRecord[]
  readonly trouble: Trouble | null
}

export const initialKeptRuns: KeptRunsState = {
  ...{ records: [], broken: [], atWork: [] },
  ...{ lasting: true, open: null, read: false, removed: [], trouble: null },
}

export const keptRunsStore = createStore<KeptRunsState>(() => initialKeptRuns)

export const dismissRunsTrouble = (): void => keptRunsStore.setState({ trouble: null })

/** Does it, and keeps what went wrong as trouble. */
async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    keptRunsStore.setState({ trouble: troubleOf(error) })
  }
}

export const refreshRuns = (): Promise<void> =>
  attempt(async () => {
    const { records, broken, atWork, lasting, open } = await lab().call('runs', {})
    keptRunsStore.setState({ records, broken, atWork, lasting, open, read: true })
  })

const change = (id: string, next: Partial<RunRecord>) =>
  keptRunsStore.setState(({ records }) => ({
    records: records.map((record) => (record.id === id ? { ...record, ...next } : record)),
  }))

export const renameRun = (id: string, typed: string): Promise<void> =>
  attempt(async () => {
    const name = typed.trim() === '' ? null : typed.trim()
    await lab().call('renameRun', { id, name })
    change(id, { name })
  })

export const pinRun = (id: string, pinned: boolean): Promise<void> =>
  attempt(async () => {
    await lab().call('pinRun', { id, pinned })
    change(id, { pinned })
  })

export const removeRun = (record: RunRecord): Promise<void> =>
  attempt(async () => {
    const { id } = record
    await lab().call('removeRun', { id })
    keptRunsStore.setState(({ records, removed }) => ({
      records: records.filter((one) => one.id !== id),
      removed: [record, ...removed],
    }))
    announce(t('runs.removed', { name: runName(record) }))
    setTimeout(() => forget(id), UNDO_MS)
  })

export const restoreRun = ({ id }: RunRecord): Promise<void> =>
  attempt(async () => {
    await lab().call('restoreRun', { id })
    forget(id)
    await refreshRuns()
  })

const forget = (id: string) =>
  keptRunsStore.setState(({ removed }) => ({ removed: removed.filter((record) => record.id !== id) }))

/** What the lab tells of the run it holds. */
export function onRecord(record: RunRecord): void {
  keptRunsStore.setState(({ records, read }) => {
    if (!read) return {}
    const known = records.some(({ id }) => id === record.id)
    return { records: known ? records.map((one) => (one.id === record.id ? record : one)) : [record, ...records] }
  })
}

/** Reads the runs and follows them while a view shows them. Returns the undoing. */
export function followRuns(): () => void {
  void refreshRuns()
  const undo = lab().onEvent((event: LabEvent) => {
    if (event.type === 'begun' || event.type === 'record' || event.type === 'taken') onRecord(event.record)
  })
  const unfollow = followOtherTabs()
  return () => {
    undo()
    unfollow()
  }
}

/** A tab that learns tells of each save: so long they are gathered, ms. */
const GATHER_MS = 300

/** Reads the runs anew when another tab has changed some. */
function followOtherTabs(): () => void {
  const channel = openRunsChannel()
  if (!channel) return () => undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  channel.onmessage = ({ data }: MessageEvent<RunsChanged>) => {
    // Of the run that this tab learns it has heard already.
    const { elsewhere, record } = openRunStore.getState()
    if (!elsewhere && data.ids.every((id) => id === record?.id)) return
    timer ??= setTimeout(() => {
      timer = undefined
      void refreshRuns()
    }, GATHER_MS)
  }
  return () => {
    clearTimeout(timer)
    channel.close()
  }
}

export interface Drawn {
  readonly border: Float32Array | null
  readonly curves: RunCurves | null
}

const drawn = new Map<string, { readonly updatedAt: string; readonly what: Promise<Drawn> }>()

/** Border and curves of a run: asked for once a change of its record. */
export function drawnRun({ id, updatedAt }: RunRecord): Promise<Drawn> {
  const kept = drawn.get(id)
  if (kept?.updatedAt === updatedAt) return kept.what
  const what = lab()
    .call('drawnRun', { id })
    .catch((): Drawn => ({ border: null, curves: null }))
  drawn.set(id, { updatedAt, what })
  return what
}
