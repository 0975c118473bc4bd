/**
 * The border as last reported by the lab, and the one that is shown: the same, or one of the past while somebody looks back.
 * Outside any store: canvases subscribe and draw at their own rate.
 */

export interface Prompt {
  readonly step: number
  /** float32 [3,S,S], normalised units, zero inside the opening. */
  readonly pixels: Float32Array
}

let current: Prompt | null = null
let past: Prompt | null = null
const listeners = new Set<() => void>()
const shownListeners = new Set<() => void>()

function subscriber(to: Set<() => void>) {
  return (listener: () => void): (() => void) => {
    to.add(listener)
    return () => to.delete(listener)
  }
}

function tell(all: ReadonlySet<() => void>): void {
  for (const listener of all) listener()
}

export const livePrompt = {
  get: (): Prompt | null => current,
  set(next: Prompt | null): void {
    current = next
    tell(listeners)
    if (!past) tell(shownListeners)
  },
  subscribe: subscriber(listeners),
}

export const shownPrompt = {
  get: (): Prompt | null => past ?? current,
  /** null: back to the present. */
  setPast(next: Prompt | null): void {
    if (past === next) return
    past = next
    tell(shownListeners)
  },
  subscribe: subscriber(shownListeners),
}
