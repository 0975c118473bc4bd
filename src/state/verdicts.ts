/** Which pictures of the open task the last finished run on it got right with its border; by path. */
import { createStore } from 'zustand/vanilla'
import { lab } from './connection'
import { runStore } from './run'
import { taskStore } from './task'
import { testIsClosed } from './test-split'

export interface Verdicts {
  /** Of the task that this is about; null where no run on it has finished. */
  readonly fingerprint: string | null
  readonly right: ReadonlyMap<string, boolean>
}

const NONE: Verdicts = { fingerprint: null, right: new Map() }

export const verdictsStore = createStore<Verdicts>(() => NONE)

export async function refreshVerdicts(): Promise<void> {
  const fingerprint = taskStore.getState().info?.fingerprint
  if (fingerprint === undefined || testIsClosed(fingerprint)) return verdictsStore.setState(NONE)
  try {
    const { records } = await lab().call('runs', {})
    const run = records.find(({ state, task }) => state === 'finished' && task.fingerprint === fingerprint)
    if (!run) return verdictsStore.setState(NONE)
    const right = new Map<string, boolean>()
    for (const split of ['val', 'test'] as const) {
      const { predictions } = await lab().call('predictions', { id: run.id, split })
      predictions?.paths.forEach((path, i) => right.set(path, predictions.prompted.top1[i] === predictions.labels[i]))
    }
    if (taskStore.getState().info?.fingerprint === fingerprint) verdictsStore.setState({ fingerprint, right })
  } catch {
    // Runs say themselves what is wrong with them; without one there is nothing to filter by.
    verdictsStore.setState(NONE)
  }
}

/** Keeps verdicts in step with runs and tasks. Returns the undoing. */
export function followVerdicts(): () => void {
  const undo = [
    runStore.subscribe((now, before) => {
      if (now.status !== before.status) void refreshVerdicts()
    }),
    taskStore.subscribe((now, before) => {
      if (now.info !== before.info) void refreshVerdicts()
    }),
  ]
  void refreshVerdicts()
  return () => {
    for (const one of undo) one()
  }
}
