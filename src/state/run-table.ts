/** The table of runs: which are shown, in what order, and which stand together as seeds of one recipe. Pure. */
import { taskTitle } from '../i18n/names'
import { pairedDifferenceInterval } from '../evaluation/paired'
import { spread, type Spread } from '../evaluation/seeds'
import type { RunRecord } from '../records/run-record'
import { runName } from './comparison-sides'

export type RunColumn =
  | 'created'
  | 'name'
  | 'task'
  | 'model'
  | 'seed'
  | 'zeroShot'
  | 'prompted'
  | 'difference'
  | 'steps'
  | 'seconds'

export interface RunOrder {
  readonly column: RunColumn
  readonly descending: boolean
}

/** The numbers of a run that may be shown: on test where it was measured and test is open, else the best on validation. */
export interface Shown {
  readonly split: 'test' | 'val'
  /** Test was measured, and stays closed for now. */
  readonly closed: boolean
  readonly zeroShot: RunRecord['zeroShot']
  readonly prompted: RunRecord['zeroShot']
  /** prompted - zeroShot, fractions of 1. */
  readonly difference: number | null
  /** 95 %, Agresti and Min; on test only. */
  readonly interval: readonly [number, number] | null
  readonly pValue: number | null
}

export function shownNumbers(record: RunRecord, closed: (fingerprint: string) => boolean): Shown {
  const { outcome, zeroShot, best, task } = record
  const shut = outcome !== null && closed(task.fingerprint)
  if (outcome && !shut) {
    const { fixed, broken, pValue } = outcome
    return {
      ...{ split: 'test', closed: false, zeroShot: outcome.zeroShot, prompted: outcome.prompted, pValue },
      difference: outcome.prompted.top1 - outcome.zeroShot.top1,
      interval: pairedDifferenceInterval(fixed, broken, outcome.prompted.total),
    }
  }
  const prompted = best?.accuracy ?? null
  const difference = prompted && zeroShot ? prompted.top1 - zeroShot.top1 : null
  return { ...{ split: 'val', closed: shut, zeroShot, prompted, difference }, interval: null, pValue: null }
}

export interface RunEntry {
  readonly kind: 'run'
  readonly record: RunRecord
  readonly shown: Shown
  /** Under a group that is unfolded. */
  readonly inGroup: boolean
}

/** Seeds of one recipe. */
export interface GroupEntry {
  readonly kind: 'group'
  readonly id: string
  /** By index. */
  readonly runs: readonly RunEntry[]
  /** Seeds that were to be learned. */
  readonly of: number
  /** Of the accuracies with the border and of the differences, over the runs measured on test; null while there are none. */
  readonly prompted: Spread | null
  readonly difference: Spread | null
}

export type Entry = RunEntry | GroupEntry

export interface TableOptions {
  readonly order: RunOrder
  /** Words that name, task, model or recipe must all hold. */
  readonly filter: string
  readonly closed: (fingerprint: string) => boolean
}

/** Pinned ones first, then by the order. */
export function tableEntries(records: readonly RunRecord[], { order, filter, closed }: TableOptions): readonly Entry[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  const wanted = records.filter((record) => {
    const text = searchable(record)
    return words.every((word) => text.includes(word))
  })
  const groups = new Map<string, RunEntry[]>()
  const entries: Entry[] = []
  for (const record of wanted) {
    const entry: RunEntry = { kind: 'run', record, shown: shownNumbers(record, closed), inGroup: record.group !== null }
    if (!record.group) entries.push(entry)
    else groups.set(record.group.id, [...(groups.get(record.group.id) ?? []), entry])
  }
  for (const [id, runs] of groups) {
    if (runs.length === 1) entries.push({ ...runs[0]!, inGroup: false })
    else entries.push(groupEntry(id, runs))
  }
  const direction = order.descending ? -1 : 1
  return entries.sort(
    (a, b) =>
      Number(isPinned(b)) - Number(isPinned(a)) ||
      direction * compareValues(valueOf(a, order.column), valueOf(b, order.column)) ||
      compareValues(valueOf(b, 'created'), valueOf(a, 'created')),
  )
}

function groupEntry(id: string, unsorted: readonly RunEntry[]): GroupEntry {
  const runs = unsorted.toSorted((a, b) => a.record.group!.index - b.record.group!.index)
  const measured = runs.filter(({ shown }) => shown.split === 'test')
  const over = (value: (entry: RunEntry) => number) => (measured.length > 0 ? spread(measured.map(value)) : null)
  return {
    ...{ kind: 'group', id, runs, of: runs[0]!.record.group!.of },
    prompted: over(({ shown }) => shown.prompted!.top1),
    difference: over(({ shown }) => shown.difference!),
  }
}

const searchable = (record: RunRecord): string =>
  [
    runName(record),
    taskTitle(record.task),
    record.task.title,
    record.model.title,
    record.recipe.name,
    record.state,
    `seed ${record.seed}`,
  ]
    .join(' ')
    .toLowerCase()

const isPinned = (entry: Entry): boolean =>
  entry.kind === 'run' ? entry.record.pinned : entry.runs.some(({ record }) => record.pinned)

function valueOf(entry: Entry, column: RunColumn): string | number | null {
  if (entry.kind === 'group') {
    if (column === 'prompted') return entry.prompted?.mean ?? null
    if (column === 'difference') return entry.difference?.mean ?? null
    return valueOf(entry.runs[0]!, column)
  }
  const { record, shown } = entry
  switch (column) {
    case 'created':
      return record.createdAt
    case 'name':
      return runName(record)
    case 'task':
      return record.task.title
    case 'model':
      return record.model.title
    case 'seed':
      return record.seed
    case 'zeroShot':
      return shown.zeroShot?.top1 ?? null
    case 'prompted':
      return shown.prompted?.top1 ?? null
    case 'difference':
      return shown.difference
    case 'steps':
      return record.step
    case 'seconds':
      return record.seconds
  }
}

/** What is not there counts as the least. */
function compareValues(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b)
  return Number(a ?? -Infinity) - Number(b ?? -Infinity) || 0
}
