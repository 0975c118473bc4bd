/**
 * A method of adaptation is one interface (design §4). The loop, checkpoints, evaluation and page know only this.
 *
 * A learnable method is split where the way of the data is split: `compose` makes what enters the frozen graph, `run` is the
 * encoder with its loss, `pullBack` brings the gradient home to the parameters.
 */
import type * as tf from '@tensorflow/tfjs-core'

/** Learned tensors on the device, by name. Whoever holds a set disposes it. */
export type ParameterSet = Readonly<Record<string, tf.Tensor>>

/** One tensor in host memory, float32: what a checkpoint holds. */
export interface NamedTensor {
  readonly dims: readonly number[]
  readonly data: Float32Array
}
export type NamedTensors = Readonly<Record<string, NamedTensor>>

/** Rows for one run of the graph. Weights carry the row mask and the 1/batch of the mean: a padding row weighs 0. */
export interface Batch {
  /** Normalised pixels float32 [B,3,S,S] in host memory, padded to the static batch of the graph. */
  readonly pixels: Float32Array
  /** Class index per row, [B]; meaningless where the weight is 0. */
  readonly labels: Uint16Array
  /** Loss weight per row, [B]. */
  readonly weights: Float32Array
  /** Rows that are real images, the first ones. */
  readonly count: number
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
   * What the frozen graph is given for this batch: prompted pixels [B,3,S,S], or what it adds to all of them [1,3,S,S]
   * (entry.ts). The caller disposes it.
   */
  compose(batch: Batch): tf.Tensor4D
  /**
   * Runs encoder and loss forwards and backwards. `pullBack` is called with the gradient of `input`, which is freed after it.
   * @param count whether the right answers are counted, which waits for the device
   */
  run(
    input: tf.Tensor4D,
    batch: Batch,
    pullBack: (dInput: tf.Tensor4D) => ParameterSet,
    count?: boolean,
  ): Promise<LossAndGradient>
  /** Gradient of the parameters, from the gradient of what `compose` made. */
  pullBack(dInput: tf.Tensor4D): ParameterSet
}
