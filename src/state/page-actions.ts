/** The page's own actions: what the keys and the palette can do in every view. */
import { actionsStore, provideActions, type Action } from './actions'
import { nextLanguage, setLanguage, toggleTheme } from './appearance'
import { openModels } from './models'
import { openView, VIEWS, type View } from './route'
import { canReset, isActive, resetRun, runStore, startRun, stepRun, stopRun, toggleRun, undoReset } from './run'
import { goOn, openRunStore } from './runs'
import { shellStore } from './shell'
import { isStudying } from './study-store'
import { taskStore } from './task'
import { toggleDisplay, toggleWipe } from './view'

const hasTask = () => taskStore.getState().info !== null
const waits = () => isStudying() || ['starting', 'testing', 'recovering'].includes(runStore.getState().status)

const running: readonly Action[] = [
  {
    id: 'run.toggle',
    title: 'action.run.toggle',
    group: 'run',
    keys: ' ',
    enabled: () => hasTask() && !waits(),
    run: toggleRun,
  },
  {
    id: 'run.step',
    title: 'action.run.step',
    group: 'run',
    keys: 's',
    enabled: () => hasTask() && !waits() && runStore.getState().status !== 'learning',
    run: stepRun,
  },
  {
    id: 'run.stop',
    title: 'action.run.stop',
    group: 'run',
    keys: 'x',
    enabled: () => isActive(runStore.getState().status) && !waits(),
    run: stopRun,
  },
  {
    id: 'run.again',
    title: 'action.run.again',
    group: 'run',
    keys: null,
    enabled: () => hasTask() && !isStudying() && !isActive(runStore.getState().status),
    run: () => startRun(),
  },
  {
    id: 'run.reset',
    title: 'run.reset',
    group: 'run',
    keys: null,
    enabled: () => canReset(runStore.getState().status) && !runStore.getState().busy,
    run: resetRun,
  },
  {
    id: 'run.undoReset',
    title: 'run.undoReset',
    group: 'run',
    keys: null,
    enabled: () => runStore.getState().canUndoReset,
    run: undoReset,
  },
  {
    id: 'run.goOn',
    title: 'action.run.goOn',
    group: 'run',
    keys: null,
    enabled: () => openRunStore.getState().unfinished !== null && !isStudying(),
    run: async () => {
      const { unfinished } = openRunStore.getState()
      if (unfinished) await goOn(unfinished)
    },
  },
]

const looking: readonly Action[] = [
  { id: 'look.wipe', title: 'action.look.wipe', group: 'look', keys: 'b', enabled: hasTask, run: toggleWipe },
  { id: 'look.display', title: 'action.look.display', group: 'look', keys: 'd', enabled: hasTask, run: toggleDisplay },
]

const going: readonly Action[] = VIEWS.map((view: View, i) => ({
  id: `go.${view}`,
  title: `action.go.${view}`,
  group: 'go',
  keys: String(i + 1),
  enabled: () => true,
  run: () => openView(view),
}))

const ofPage: readonly Action[] = [
  {
    id: 'page.palette',
    title: 'action.page.palette',
    group: 'page',
    keys: 'mod+k',
    enabled: () => true,
    run: () => shellStore.setState({ open: 'palette' }),
  },
  {
    id: 'page.keys',
    title: 'action.page.keys',
    group: 'page',
    keys: '?',
    enabled: () => true,
    run: () => shellStore.setState({ open: 'keys' }),
  },
  {
    id: 'page.model',
    title: 'action.page.model',
    group: 'page',
    keys: 'm',
    enabled: () => true,
    run: openModels,
  },
  {
    id: 'page.tour',
    title: 'action.page.tour',
    group: 'page',
    keys: null,
    enabled: () => true,
    run: () => shellStore.setState({ open: 'tour' }),
  },
  {
    id: 'page.theme',
    title: 'action.page.theme',
    group: 'page',
    keys: null,
    enabled: () => true,
    run: toggleTheme,
  },
  {
    id: 'page.language',
    title: 'action.page.language',
    group: 'page',
    keys: null,
    enabled: () => true,
    run: () => setLanguage(nextLanguage()),
  },
]

/** Returns their removal. */
export function providePageActions(): () => void {
  // Strict mode mounts twice.
  if (actionsStore.getState().actions.some(({ id }) => id === 'run.toggle')) return () => undefined
  return provideActions([...running, ...looking, ...going, ...ofPage])
}
