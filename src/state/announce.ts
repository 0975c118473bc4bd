/** Sentences for screen readers, spoken politely through one live region; the newest replaces the one before. */
import { createStore } from 'zustand/vanilla'

export interface Announcement {
  readonly text: string
  /** Grows with every announcement, so that the same sentence twice is still spoken twice. */
  readonly serial: number
}

export const announceStore = createStore<Announcement>(() => ({ text: '', serial: 0 }))

/** Between two announcements of what goes on by itself, ms. */
const SELDOM_MS = 20_000
let lastSeldomMs = -SELDOM_MS

/** Says it, unless something of the kind was said a moment ago: a long run is not read out figure by figure. */
export function announceSeldom(text: string): void {
  const now = performance.now()
  if (now - lastSeldomMs < SELDOM_MS) return
  lastSeldomMs = now
  announce(text)
}

export function announce(text: string): void {
  announceStore.setState(({ serial }) => ({ text, serial: serial + 1 }))
}
