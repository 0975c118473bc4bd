/**
 * Where runs and the trials of studies are kept, at its lowest: four tables of rows by key, and commits that happen whole or not
 * at all. Two implementations: `rows-indexeddb.ts` (a page's worker) and `rows-memory.ts` (Node, browsers that refuse IndexedDB).
 */

/**
 * records: one a run, small. labels: what a person gave it, apart, so that a page at work and a page that renames do not overwrite
 * each other. parts: the large things. trials: cells of studies, which belong to no run.
 */
export const TABLES = ['records', 'labels', 'parts', 'trials'] as const
export type Table = (typeof TABLES)[number]

export type RowChange =
  /** Values are what the structured clone takes. */
  | { readonly table: Table; readonly key: string; readonly value: unknown }
  | { readonly table: Table; readonly remove: string }
  /** All keys that begin so. */
  | { readonly table: Table; readonly removeAll: string }

export interface Rows {
  /** False where everything is forgotten with the page. */
  readonly lasting: boolean
  /** Nothing lasts although it should: the browser refuses to keep anything. */
  readonly refused: boolean
  /** undefined where there is none. */
  get(table: Table, key: string): Promise<unknown>
  /** All whose keys begin so, in the order of keys. */
  all(table: Table, prefix?: string): Promise<readonly (readonly [key: string, value: unknown])[]>
  keys(table: Table, prefix?: string): Promise<readonly string[]>
  /**
   * All of the changes, in order, or where it fails none of them. Whoever is killed in it has committed all or nothing.
   * @throws FullError (models/hub/store) when the disk or the quota is full
   */
  commit(changes: readonly RowChange[]): Promise<void>
}
