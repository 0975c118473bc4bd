/** The border as last reported by the lab, outside any store: canvases subscribe and draw it at their own rate. */

export interface Prompt {
  readonly step: number
  /** float32 [3,S,S], normalised units, zero inside the opening. */
  readonly pixels: Float32Array
}

let current: Prompt | null = null
const listeners = new Set<() => void>()

export const livePrompt = {
  get: (): Prompt | null => current,
  set(next: Prompt | null): void {
    current = next
    for (const listener of listeners) listener()
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}
