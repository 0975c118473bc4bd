/**
 * Rows in IndexedDB, each commit one transaction: a tab that is killed has committed it or has not. The connection is made
 * anew when the browser has ended it, and given up when another tab opens the database with a newer program.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { FullError } from '../models/hub/store'
import { TABLES, type RowChange, type Rows, type Table } from './rows'

type Schema = DBSchema & Record<Table, { key: string; value: unknown }>

const NAME = 'passepartout-runs'
/** Of the tables, to which the second added `trials`; what lies in them has versions of its own (`run-record.ts`, `packed.ts`). */
const VERSION = 2

class IndexedDbRows implements Rows {
  readonly lasting = true
  readonly refused = false
  #open: Promise<IDBPDatabase<Schema>> | null = null

  async get(table: Table, key: string): Promise<unknown> {
    return (await this.connection()).get(table, key)
  }

  async all(table: Table, prefix = ''): Promise<readonly (readonly [string, unknown])[]> {
    const transaction = (await this.connection()).transaction(table)
    const [keys, values] = await Promise.all([
      transaction.store.getAllKeys(beginning(prefix)),
      transaction.store.getAll(beginning(prefix)),
    ])
    return keys.map((key, i) => [key, values[i]] as const)
  }

  async keys(table: Table, prefix = ''): Promise<readonly string[]> {
    return (await this.connection()).getAllKeys(table, beginning(prefix))
  }

  async commit(changes: readonly RowChange[]): Promise<void> {
    try {
      const transaction = (await this.connection()).transaction(TABLES, 'readwrite')
      const asked: Promise<unknown>[] = [transaction.done]
      try {
        for (const change of changes) {
          const rows = transaction.objectStore(change.table)
          if ('value' in change) asked.push(rows.put(change.value, change.key))
          else asked.push(rows.delete('remove' in change ? change.remove : beginning(change.removeAll)!))
        }
      } catch (error) {
        transaction.abort()
        await Promise.allSettled(asked)
        throw error
      }
      // Requests of a transaction that is aborted reject too; its own end says why.
      const [ended] = await Promise.allSettled(asked)
      if (ended?.status === 'rejected') throw ended.reason
    } catch (error) {
      if ((error as Partial<DOMException> | null)?.name !== 'QuotaExceededError') throw error
      throw new FullError('the browser has no room left for this page', { cause: error })
    }
  }

  connection(): Promise<IDBPDatabase<Schema>> {
    this.#open ??= this.#connect().catch((error: unknown) => {
      this.#open = null
      throw error
    })
    return this.#open
  }

  async #connect(): Promise<IDBPDatabase<Schema>> {
    const forget = () => (this.#open = null)
    const database = await openDB<Schema>(NAME, VERSION, {
      upgrade(fresh) {
        for (const table of TABLES) if (!fresh.objectStoreNames.contains(table)) fresh.createObjectStore(table)
      },
      blocking() {
        forget()
        database.close()
      },
      terminated: forget,
    })
    return database
  }
}

/** Keys that begin so: no key holds a code unit above the last one here. */
function beginning(prefix: string): IDBKeyRange | undefined {
  return prefix === '' ? undefined : IDBKeyRange.bound(prefix, `${prefix}\uffff`)
}

/** Null where the browser has no IndexedDB, or refuses it, as in some private windows. */
export async function openIndexedDb(): Promise<Rows | null> {
  if (typeof indexedDB === 'undefined') return null
  const rows = new IndexedDbRows()
  try {
    await rows.connection()
    return rows
  } catch {
    return null
  }
}
