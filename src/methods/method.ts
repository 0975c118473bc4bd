/**
 * A method of adaptation is one interface (design §4). The loop, checkpoints, evaluation and page know only this.
 */
import type { Task } from '../data/task'

/** Parameters by name, host memory, float32: what a checkpoint holds and `save`/`load` exchange. */
export interface NamedTensor {
  readonly dims: readonly number[]
  readonly data: Float32Array
}
export type NamedTensors = Readonly<Record<string, NamedTensor>>

/** One training batch. Weights carry the row mask and the 1/batch of the mean: a padding row weighs 0. */
export interface Batch {
  /** Normalised pixels float32 [B,3,S,S] in host memory, padded to the static batch of the graph. */
  readonly pixels: Float32Array
  /** Class index per row, [B]; meaningless where the weight is 0. */
  readonly labels: Uint16Array
  /** Loss weight per row, [B]. */
  readonly weights: Float32Array
  /** Rows that are real images. */
  readonly count: number
}

export interface StepResult {
  /** Mean cross-entropy over the batch; a promise because on WebGPU it is read back later. */
  readonly loss: Promise<number>
  /** L2 norm of the gradient of the parameters before any normalisation. */
  readonly gradientNorm: Promise<number>
}

export interface Method {
  readonly id: string
  /** Number of learned scalars. */
  readonly parameterCount: number
  /** One optimiser step over the micro-batches of one batch, with this learning rate. Absent where nothing is learned. */
  step?(microBatches: readonly Batch[], learningRate: number): Promise<StepResult>
  /** Logits float32 [count, C] of a batch. */
  predict(batch: Batch): Promise<Float32Array>
  /** Learned parameters. */
  save(): Promise<NamedTensors>
  load(tensors: NamedTensors): void
  /** Optimiser state, so that a resumed run continues as if never stopped. */
  saveOptimiser?(): Promise<NamedTensors>
  loadOptimiser?(tensors: NamedTensors): void
  dispose(): void
}

export interface MethodContext {
  readonly task: Task
}
