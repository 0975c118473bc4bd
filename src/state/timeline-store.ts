/** Where on the way of the run somebody stands, and what is known of that place. Actions: `timeline.ts`. */
import { createStore } from 'zustand/vanilla'
import type { Predictions } from '../records/run-record'
import { shownPrompt } from './livePrompt'

export interface TimelineState {
  /** Steps whose exact border the lab keeps, ascending. */
  readonly kept: readonly number[]
  /** Step looked back at; null = the present. */
  readonly at: number | null
  /** Step of the keyframe that is shown: the last at or before `at`. null in the present, and until the lab has answered. */
  readonly shown: number | null
  /** What the border of a step answers on validation; only while somebody wants it. */
  readonly validation: { readonly step: number; readonly predictions: Predictions } | null
}

export const initialTimeline: TimelineState = { kept: [], at: null, shown: null, validation: null }

export const timelineStore = createStore<TimelineState>(() => initialTimeline)

/** For another run, or none. */
export function clearTimeline(): void {
  timelineStore.setState(initialTimeline)
  shownPrompt.setPast(null)
}

/** The last of ascending steps at or before one; the first where there is none. */
export const keptAt = (kept: readonly number[], step: number): number | undefined =>
  kept.findLast((one) => one <= step) ?? kept[0]
