/**
 * A method of adaptation is one interface (design §4). The loop, checkpoints, evaluation and page know only this.
 *
 * Three kinds: nothing to learn (zero-shot), learned by steps of an optimiser (`LearnableMethod`: prompts of pixels or of
 * text, adapters, weights), and solved at once (`FittedMethod`: a linear probe, neighbours).
 */
import type * as tf from '@tensorflow/tfjs-core'
import type { ImageSet } from '../data/task'

/** Learned tensors on the device, by name. Whoever holds a set disposes it. */
export type ParameterSet = Readonly<Record<string, tf.Tensor>>

/** One tensor in host memory, float32: what a checkpoint holds. */
export interface NamedTensor {
  readonly dims: readonly number[]
  readonly data: Float32Array
}
export type NamedTensors = Readonly<Record<string, NamedTensor>>

/** Where the rows of a batch come from. */
export interface BatchSource {
  readonly set: ImageSet
  /** Image of each row that counts, [count]. */
  readonly indices: Uint32Array
  /** Whether the pictures are as they lie in the set: not shifted, not augmented. What was computed of them once holds. */
  readonly unchanged: boolean
}

/** Rows for one run of the graph. Weights carry the row mask and the 1/batch of the mean: a padding row weighs 0. */
export interface Batch {
  /**
   * Normalised pixels float32 [B,3,S,S] in host memory, padded to the static batch of the graph. Read from the set when they
   * are first asked for: methods on features never do.
   * @throws UserError where what was kept on disk is damaged
   */
  readonly pixels: Float32Array
  /** Class index per row, [B]; meaningless where the weight is 0. */
  readonly labels: Uint16Array
  /** Loss weight per row, [B]. */
  readonly weights: Float32Array
  /** Rows that are real images, the first ones. */
  readonly count: number
  /** Absent for a picture that belongs to no set: one that was just dropped, or came from a camera. */
  readonly source?: BatchSource
}

/** Device tensors that the caller disposes. */
export interface LossAndGradient {
  /** Sum over the rows of weight times cross-entropy, in nats; a scalar. */
  readonly loss: tf.Tensor
  /** Its gradient, one tensor for each parameter. */
  readonly gradient: ParameterSet
  /** Rows that count and were answered rightly; null unless it was asked for. */
  readonly correct: number | null
}

export interface Method {
  readonly id: string
  /** Number of learned scalars. */
  readonly parameterCount: number
  /**
   * Logits float32 [count, C] of a batch.
   * @param strength what the learned part is multiplied with; 1 = as learned
   */
  predict(batch: Batch, strength?: number): Promise<Float32Array>
  dispose(): void
}

export interface LearnableMethod extends Method {
  /** The parameters now; they belong to the method. */
  readonly parameters: ParameterSet
  /** Takes over `next` and disposes the parameters before it. Names and shapes must be the same. */
  setParameters(next: ParameterSet): void
  /**
   * The batch's loss and its gradient at the parameters as they are.
   * @param count whether the right answers are counted, which waits for the device
   */
  lossAndGradient(batch: Batch, count?: boolean): Promise<LossAndGradient>
}

export interface FitOptions {
  /** Units of work of the method's own, such as values of C tried. */
  readonly onProgress?: (done: number, total: number) => void
  /** Ends the fit with what it was aborted with. */
  readonly signal?: AbortSignal
}

/** Solved in one go on the training split; what is to be chosen (C, k, alpha) is chosen on validation, never on test. */
export interface FittedMethod extends Method {
  fit(options?: FitOptions): Promise<void>
  /** What was found, float32; `load` of it on the same model and classes answers the same. */
  save(): NamedTensors
  load(saved: NamedTensors): void
}
