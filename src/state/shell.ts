/** What lies over the page: the command palette, the sheet of keys, the tour, borders for other pictures; one at a time. */
import { createStore } from 'zustand/vanilla'

export interface ShellState {
  readonly open: 'palette' | 'keys' | 'tour' | 'transfer' | null
}

export const shellStore = createStore<ShellState>(() => ({ open: null }))

export const closeShell = (): void => shellStore.setState({ open: null })
