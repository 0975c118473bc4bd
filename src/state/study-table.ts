/** The table of a study: its rows in the order asked for, on one scale. Pure. */
import type { StudiedMethod, StudyReport } from '../lab/protocol-study'
import type { Offered } from '../study/offered'
import type { Trouble } from './trouble'

export const STUDY_COLUMNS = ['method', 'accuracy', 'gain', 'parameters', 'seconds', 'speed'] as const
export type StudyColumn = (typeof STUDY_COLUMNS)[number]

export interface StudyOrder {
  readonly column: StudyColumn
  readonly descending: boolean
}

export interface StudyRow {
  readonly offered: Offered
  /** Place on the wall, from 0. */
  readonly place: number
  /** Null where no seed of it has been measured yet. */
  readonly found: StudiedMethod | null
  /** Why it does not go here. */
  readonly refused: Trouble | null
}

/** What has not been measured comes last, in the order of the wall. @param closed test numbers are not to be told, even by an order */
export function studyRows(
  chosen: readonly Offered[],
  methods: StudyReport['methods'],
  refused: Readonly<Record<string, Trouble>>,
  { order: { column, descending }, closed }: { readonly order: StudyOrder; readonly closed: boolean },
): readonly StudyRow[] {
  const found = new Map(methods.map((one) => [one.label, one]))
  const rows = chosen.map((offered, place): StudyRow => {
    const { label } = offered.contender
    return { offered, place, found: found.get(label) ?? null, refused: refused[label] ?? null }
  })
  const value = ({ found: one, place }: StudyRow): number => (one ? valueOf(one, column, closed, place) : 0)
  const sign = descending ? -1 : 1
  return rows.sort(
    (a, b) => Number(a.found === null) - Number(b.found === null) || sign * (value(a) - value(b)) || a.place - b.place,
  )
}

function valueOf(found: StudiedMethod, column: StudyColumn, closed: boolean, place: number): number {
  switch (column) {
    case 'method':
      return place
    case 'accuracy':
      return closed ? found.validation : found.top1
    case 'gain':
      return closed ? found.validation : (found.gain?.difference ?? 0)
    case 'parameters':
      return found.parameterCount
    case 'seconds':
      return found.trainSeconds
    case 'speed':
      return found.imagesPerSecond
  }
}

/** Ends of the scale of accuracies: whole tens of percent around all intervals. */
export function accuracyScale(methods: StudyReport['methods'], closed: boolean): readonly [low: number, high: number] {
  const ends = methods.flatMap(({ ci95, validation }) => (closed ? [validation] : ci95))
  if (ends.length === 0) return [0, 1]
  // Sums of tenths are not quite tenths.
  const low = Math.min(9, Math.floor(10 * Math.min(...ends) + 1e-9))
  const high = Math.max(low + 1, Math.ceil(10 * Math.max(...ends) - 1e-9))
  return [low / 10, high / 10]
}

/** "3" whole, "0.42", "12.5": as many digits as say something. */
export const shortNumber = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : Number(value.toPrecision(2)).toString()
