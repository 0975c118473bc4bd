/**
 * What a person can do, by name: one registry that buttons, shortcuts, the sheet of keys and the command palette all read.
 *
 * The page's own actions stand in `page-actions.ts`; a view that is open provides its own for as long as it is open.
 */
import { createStore } from 'zustand/vanilla'
import { t, type MessageKey } from '../i18n/t'

export type ActionGroup = 'run' | 'look' | 'images' | 'files' | 'go' | 'page'
export const ACTION_GROUPS: readonly ActionGroup[] = ['run', 'look', 'images', 'files', 'go', 'page']

export interface Action {
  readonly id: string
  readonly title: MessageKey
  /** What stands for {of} in the title. */
  readonly of?: MessageKey
  readonly group: ActionGroup
  /**
   * What is pressed: a `KeyboardEvent.key` in lower case (' ' is space), with `mod+` (Ctrl, or Cmd on a Mac) and `shift+`
   * before it. null: only in the palette.
   */
  readonly keys: string | null
  /** Whether it would do something now. */
  enabled(): boolean
  run(): unknown
}

export const titleOf = ({ title, of }: Action): string => t(title, of && { of: t(of) })

interface Registry {
  readonly actions: readonly Action[]
}

export const actionsStore = createStore<Registry>(() => ({ actions: [] }))

/** Adds actions; returns their removal. @throws Error when an id or a key is taken: two meanings of one key are a mistake */
export function provideActions(added: readonly Action[]): () => void {
  const { actions } = actionsStore.getState()
  for (const { id, keys } of added) {
    const clash = actions.find((a) => a.id === id || (keys !== null && a.keys === keys))
    if (clash) throw new Error(`the action "${id}" has the id or the key of "${clash.id}"`)
  }
  actionsStore.setState({ actions: [...actions, ...added] })
  return () => actionsStore.setState((s) => ({ actions: s.actions.filter((action) => !added.includes(action)) }))
}

/** Does it where it can be done now; tells whether it was. */
export function perform(id: string): boolean {
  const action = actionsStore.getState().actions.find((one) => one.id === id)
  if (!action?.enabled()) return false
  action.run()
  return true
}
