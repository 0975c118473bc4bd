/**
 * An output mapping without a prompt: what re-labelling the frozen model's answers is worth by itself, beside which a prompt that
 * was learned with the same mapping is to be seen. On features that are encoded once.
 */
import { normalisedRows } from './image-features'
import { linearLogits } from './linear-logits'
import type { FeatureTask } from './feature-task'
import type { Batch, FitOptions, FittedMethod, NamedTensors } from '../method'
import { requireTensor } from '../saved-tensors'

/** Gives the matrix [D,C] for what the encoder gives of the training pictures, [N,D]. */
export type FindMatrix = (encoded: Float32Array) => Promise<Float32Array>

export class MappedFeatures implements FittedMethod {
  readonly id = 'output-mapping'
  /** Nothing is learned by descent; a mapping is counted out. */
  readonly parameterCount = 0
  #matrix: Float32Array | null = null

  /**
   * @param width D
   * @param normalise whether features are brought to unit length first: of a CLIP
   */
  constructor(
    private readonly task: FeatureTask,
    private readonly width: number,
    private readonly normalise: boolean,
    private readonly find: FindMatrix,
  ) {}

  async fit({ onProgress, signal }: FitOptions = {}): Promise<void> {
    const { task } = this
    this.#matrix = await this.find((await task.features.of(task.train, signal ? { signal } : {})).values)
    onProgress?.(1, 1)
  }

  async predict(batch: Batch): Promise<Float32Array> {
    const { task, width } = this
    const rows = await task.features.ofBatch(batch)
    const weights = this.#need()
    return linearLogits(
      { weights, bias: new Float32Array(task.classes) },
      this.normalise ? normalisedRows(rows, width) : rows,
    )
  }

  save(): NamedTensors {
    return { matrix: { dims: [this.width, this.task.classes], data: this.#need() } }
  }

  load(saved: NamedTensors): void {
    this.#matrix = requireTensor(saved, 'matrix', [this.width, this.task.classes])
  }

  dispose(): void {
    this.#matrix = null
  }

  #need(): Float32Array {
    if (!this.#matrix) throw new Error('the mapping has not been found')
    return this.#matrix
  }
}
