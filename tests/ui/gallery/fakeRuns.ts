/** The pretended lab keeps no runs: the list is empty, and whatever names a run is told so. */
import type { CommandName, Commands } from '../../../src/lab/protocol'
import type { RunsCommands } from '../../../src/lab/protocol-runs'

type Answers<K extends CommandName> = { [N in K]: (body: Commands[N][0]) => Promise<Commands[N][1]> }

const none = () => Promise.reject(new Error('the pretended lab keeps no runs'))

export const fakeRuns: Answers<keyof RunsCommands> = {
  runs: async () => ({ records: [], broken: [], lasting: true, usedBytes: 12e6, atWork: [], open: null }),
  renameRun: none,
  pinRun: none,
  removeRun: none,
  restoreRun: none,
  openRun: none,
  goOn: none,
  predictions: none,
  drawnRun: none,
  exportRun: none,
  importRun: none,
  transfer: none,
  repeat: none,
  dropWaiting: none,
}
