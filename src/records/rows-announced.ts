/** Rows whose other pages hear of each change to a run, so that their lists follow. */
import type { RowChange, Rows } from './rows'

export const RUNS_CHANNEL = 'passepartout runs'

/** What is said on the channel. */
export interface RunsChanged {
  /** Of the runs whose record or labels were written or removed. */
  readonly ids: readonly string[]
}

/** @param channel where it is said; null where the browser has none */
export function announced(rows: Rows, channel: Pick<BroadcastChannel, 'postMessage'> | null): Rows {
  if (!channel) return rows
  return {
    lasting: rows.lasting,
    refused: rows.refused,
    get: (table, key) => rows.get(table, key),
    all: (table, prefix) => rows.all(table, prefix),
    keys: (table, prefix) => rows.keys(table, prefix),
    commit: async (changes) => {
      await rows.commit(changes)
      const ids = changedRuns(changes)
      if (ids.length > 0) channel.postMessage({ ids } satisfies RunsChanged)
    },
  }
}

export const openRunsChannel = (): BroadcastChannel | null =>
  typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(RUNS_CHANNEL)

function changedRuns(changes: readonly RowChange[]): readonly string[] {
  const ids = changes.flatMap((change) => {
    if (change.table === 'parts' || change.table === 'trials') return []
    return 'value' in change ? [change.key] : 'remove' in change ? [change.remove] : []
  })
  return [...new Set(ids)]
}
