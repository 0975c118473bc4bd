/** Files in and out, by name: what the buttons of several views, the keys and the palette share. */
import type { RunRecord } from '../../records/run-record'
import { provideActions, type Action } from '../../state/actions'
import { keptRunsStore } from '../../state/kept-runs'
import { openExport, portableStore, readFile } from '../../state/portable'
import { canTransfer } from '../../state/repeats'
import { openView } from '../../state/route'
import { openRunStore } from '../../state/runs'
import { sessionStore } from '../../state/session'
import { shellStore } from '../../state/shell'
import { pickFiles } from '../common/pickFiles'
import { isThere, OF_BORDER, RUN_EXPORTS, saveExport, type RunExport } from '../keep/saveExport'
import { mayOpen, takePicked } from '../task/takeFiles'

const PICTURES = ['.zip', '.csv', '.tsv', 'image/*']
const RUNS = ['.zip', '.safetensors', '.tar', '.pth', '.pt']

const isFree = () => sessionStore.getState().phase === 'ready' && portableStore.getState().busy === null

/** What is taken along where nobody says which: the run that is open, else the newest that is kept. */
function runAtHand(): RunRecord | null {
  return openRunStore.getState().record ?? keptRunsStore.getState().records[0] ?? null
}

const COMMON: Omit<Action, 'id' | 'title' | 'enabled' | 'run'> = { group: 'files', keys: null }

const incoming: readonly Action[] = [
  {
    ...COMMON,
    ...{ id: 'files.folder', title: 'action.files.folder', keys: 'o', enabled: mayOpen },
    run: () => pickFiles(takePicked, { folder: true }),
  },
  {
    ...COMMON,
    ...{ id: 'files.pictures', title: 'action.files.pictures', enabled: mayOpen },
    run: () => pickFiles(takePicked, { several: true, accept: PICTURES }),
  },
  {
    ...COMMON,
    ...{ id: 'files.import', title: 'action.files.import', keys: 'i', enabled: isFree },
    // What came of it is told there.
    run: () =>
      pickFiles(
        ([file]) => {
          openView('runs')
          if (file) void readFile(file)
        },
        { accept: RUNS },
      ),
  },
  {
    ...COMMON,
    ...{ id: 'files.transfer', title: 'action.files.transfer', enabled: canTransfer },
    run: () => shellStore.setState({ open: 'transfer' }),
  },
]

async function save(kind: RunExport): Promise<void> {
  const run = runAtHand()
  if (!run || (await saveExport([run], kind))) return
  // The dialog says why not, and what else there is.
  portableStore.setState({ exporting: run })
}

const outgoing: readonly Action[] = [
  {
    ...COMMON,
    ...{ id: 'files.export', title: 'action.files.export', keys: 'e' },
    enabled: () => isFree() && runAtHand() !== null,
    run: () => {
      const run = runAtHand()
      if (run) openExport(run)
    },
  },
  ...RUN_EXPORTS.map((kind): Action => {
    const ofBorder = OF_BORDER.some((one) => one === kind)
    return {
      ...COMMON,
      id: `files.export.${kind}`,
      title: ofBorder ? 'action.files.export.border' : 'action.files.export.run',
      of: `keep.export.${kind}`,
      enabled: () => {
        const run = runAtHand()
        return isFree() && run !== null && isThere(kind, run)
      },
      run: () => save(kind),
    }
  }),
]

/** Returns their removal. */
export const provideFileActions = (): (() => void) => provideActions([...incoming, ...outgoing])
