/**
 * A checkpoint: everything that decides how a run goes on, besides recipe, images, seed and model, as a plain value in host
 * memory. A run that is torn down and built again from it goes on as if it had never stopped: bit for bit on engines that
 * repeat themselves, within tolerance on others.
 */
import type { LossScaleState } from '../methods/loss-scale'
import type { NamedTensors } from '../methods/method'
import type { BatchesState } from './batches'
import type { SavedOptimiser } from './optimiser'
import type { Validation } from './selection'

/** Where the loop stands. */
export interface LoopState {
  /** Steps made; also the position in the schedule. */
  readonly step: number
  readonly parameters: NamedTensors
  readonly optimiser: SavedOptimiser
  /** Order of the data and state of the random streams. */
  readonly batches: BatchesState
  /** Of an encoder in half precision; null elsewhere. */
  readonly lossScale: LossScaleState | null
}

/** The prompt that was best on validation so far. */
export interface Best {
  readonly validation: Validation
  readonly parameters: NamedTensors
}

export interface Checkpoint extends LoopState {
  readonly version: 1
  /** null before the first validation. */
  readonly best: Best | null
}

export function checkpointOf(state: LoopState, best: Best | null): Checkpoint {
  return { version: 1, ...state, best }
}
