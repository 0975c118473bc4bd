/**
 * Small pictures of the border on its way, for the strip above the time scrubber: kept sparsely, at most one for each 64th of
 * the run, outside any store.
 */
import { livePrompt, type Prompt } from './livePrompt'
import { runStore } from './run'

/** Side of a thumbnail, pixels. */
export const THUMB_SIDE = 36
const MOST = 64

export interface Thumb {
  readonly step: number
  /** Mean of the three channels, averaged over the pixels that fall on one: float32 [36,36], normalised units. */
  readonly values: Float32Array
}

let thumbs: Thumb[] = []
const listeners = new Set<() => void>()

export const timelineThumbs = {
  /** Ascending by step. */
  all: (): readonly Thumb[] => thumbs,
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  /** Keeps a thumbnail of a border, unless there is one close by. */
  add(prompt: Prompt): void {
    const spacing = Math.max(1, runStore.getState().totalSteps / MOST)
    const after = thumbs.findIndex(({ step }) => step > prompt.step)
    const place = after < 0 ? thumbs.length : after
    const near = (thumb: Thumb | undefined) => thumb !== undefined && Math.abs(thumb.step - prompt.step) < spacing
    if (near(thumbs[place - 1]) || near(thumbs[place])) return
    thumbs = [...thumbs.slice(0, place), { step: prompt.step, values: shrink(prompt.pixels) }, ...thumbs.slice(place)]
    tell()
  },
  clear(): void {
    thumbs = []
    tell()
  },
}

function tell(): void {
  for (const listener of listeners) listener()
}

/** @param pixels float32 [3,S,S] */
export function shrink(pixels: Float32Array): Float32Array {
  const side = Math.round(Math.sqrt(pixels.length / 3))
  const sums = new Float32Array(THUMB_SIDE * THUMB_SIDE)
  const counts = new Float32Array(THUMB_SIDE * THUMB_SIDE)
  const places = Int32Array.from({ length: side }, (_, x) => Math.floor((x * THUMB_SIDE) / side))
  for (let c = 0, i = 0; c < 3; c++) {
    for (let y = 0; y < side; y++) {
      const row = places[y]! * THUMB_SIDE
      for (let x = 0; x < side; x++, i++) {
        const at = row + places[x]!
        sums[at]! += pixels[i]!
        counts[at]!++
      }
    }
  }
  // A frame smaller than a thumbnail leaves places empty.
  return sums.map((sum, at) => (counts[at] ? sum / counts[at]! : 0))
}

/** Returns the undoing. */
export const followThumbs = (): (() => void) =>
  livePrompt.subscribe(() => {
    const prompt = livePrompt.get()
    if (prompt) timelineThumbs.add(prompt)
    else timelineThumbs.clear()
  })
