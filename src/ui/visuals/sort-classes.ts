/** The order of a table of classes. */
import type { ClassChange } from '../../evaluation/per-class'

export type ClassColumn = 'name' | 'images' | 'before' | 'after' | 'difference' | 'adjusted'

export interface ClassOrder {
  readonly column: ClassColumn
  readonly descending: boolean
}

const VALUES: Readonly<Record<Exclude<ClassColumn, 'name'>, (row: ClassChange) => number>> = {
  images: (row) => row.after.total,
  before: (row) => row.before.top1,
  after: (row) => row.after.top1,
  difference: (row) => row.difference,
  adjusted: (row) => row.adjusted,
}

/** Equal ones in the order of the classes. */
export function sortClasses(
  rows: readonly ClassChange[],
  names: readonly string[],
  { column, descending }: ClassOrder,
): readonly ClassChange[] {
  const compare =
    column === 'name'
      ? (a: ClassChange, b: ClassChange) => (names[a.label] ?? '').localeCompare(names[b.label] ?? '')
      : (a: ClassChange, b: ClassChange) => VALUES[column](a) - VALUES[column](b)
  return rows.toSorted((a, b) => (descending ? compare(b, a) : compare(a, b)) || a.label - b.label)
}
