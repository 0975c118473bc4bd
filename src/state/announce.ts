/** Sentences for screen readers, spoken politely through one live region; the newest replaces the one before. */
import { createStore } from 'zustand/vanilla'

export interface Announcement {
  readonly text: string
  /** Grows with every announcement, so that the same sentence twice is still spoken twice. */
  readonly serial: number
}

export const announceStore = createStore<Announcement>(() => ({ text: '', serial: 0 }))

export function announce(text: string): void {
  announceStore.setState(({ serial }) => ({ text, serial: serial + 1 }))
}
