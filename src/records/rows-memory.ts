/** Rows that are forgotten with the page. */
import { FullError } from '../models/hub/store'
import { TABLES, type RowChange, type Rows, type Table } from './rows'

export class MemoryRows implements Rows {
  readonly lasting = false
  #tables: Readonly<Record<Table, ReadonlyMap<string, unknown>>> = emptyTables()

  /**
   * @param full whether a commit of these changes finds no room; for tests
   * @param refused they stand in for rows that the browser refuses
   */
  constructor(
    private readonly full: (changes: readonly RowChange[]) => boolean = () => false,
    readonly refused = false,
  ) {}

  async get(table: Table, key: string): Promise<unknown> {
    return structuredClone(this.#tables[table].get(key))
  }

  async all(table: Table, prefix = ''): Promise<readonly (readonly [string, unknown])[]> {
    const keys = await this.keys(table, prefix)
    return keys.map((key) => [key, structuredClone(this.#tables[table].get(key))] as const)
  }

  async keys(table: Table, prefix = ''): Promise<readonly string[]> {
    return [...this.#tables[table].keys()].filter((key) => key.startsWith(prefix)).sort()
  }

  async commit(changes: readonly RowChange[]): Promise<void> {
    if (this.full(changes)) throw new FullError('there is no room for this run')
    const next = Object.fromEntries(TABLES.map((table) => [table, new Map(this.#tables[table])])) as Record<
      Table,
      Map<string, unknown>
    >
    for (const change of changes) {
      const rows = next[change.table]
      if ('value' in change) rows.set(change.key, structuredClone(change.value))
      else if ('remove' in change) rows.delete(change.remove)
      else for (const key of [...rows.keys()]) if (key.startsWith(change.removeAll)) rows.delete(key)
    }
    this.#tables = next
  }
}

const emptyTables = () => ({ records: new Map(), labels: new Map(), parts: new Map(), trials: new Map() })
