/** Looking back along a run: what the page asks of the keyframes that the lab keeps, and what it hears of them. Types only. */
import type { Predictions } from '../records/run-record'

export interface TimelineCommands {
  /**
   * The border as it was after `step` steps: of the last keyframe at or before it. With `validation`, also what it answered on
   * the validation images (measured now where no validation fell on that step). Both between two steps while learning goes on.
   */
  moment: [{ step: number; validation: boolean }, Moment]
  /** Nobody waits any longer for what is being measured on validation: its question is answered without, at the next batch. */
  leaveAnswers: [Record<string, never>, Record<string, never>]
}

export interface Moment {
  /** Of the keyframe. */
  readonly step: number
  /** float32 [3,S,S], normalised units, zero inside. */
  readonly border: Float32Array
  /** Of the images that are validated; null unless it was asked for, and where it was left or another was asked for meanwhile. */
  readonly validation: Predictions | null
}

export type TimelineEvent =
  /** Steps of all keyframes, ascending; whenever one is added or thinned out. */
  { readonly type: 'kept'; readonly steps: readonly number[] }
