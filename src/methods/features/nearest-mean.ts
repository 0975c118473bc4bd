/**
 * Nearest class mean on normalised features (Mensink et al. 2013, with cosine for their learned metric): the mean of a class's
 * normalised features, normalised again, is its one prototype; logits = scale x cosine. A class without a training picture has
 * the cosine 0.
 *
 * Legend: D width of a feature, C classes.
 */
import type { FeatureTask } from './feature-task'
import { normalisedRows } from './image-features'
import { linearLogits } from './linear-logits'
import type { NearestMeanSettings } from './neighbours-settings'
import type { Batch, FitOptions, FittedMethod, NamedTensors } from '../method'
import { requireTensor } from '../saved-tensors'

export class NearestMean implements FittedMethod {
  readonly id = 'nearest-mean'
  readonly parameterCount: number
  /** float32 [D,C], unit columns. */
  #means: Float32Array | null = null

  /** @param width D */
  constructor(
    private readonly task: FeatureTask,
    private readonly width: number,
    private readonly settings: NearestMeanSettings,
  ) {
    this.parameterCount = width * task.classes
  }

  async fit({ onProgress, signal }: FitOptions = {}): Promise<void> {
    const { task, width: D } = this
    const { train, classes: C } = task
    const unit = normalisedRows((await task.features.of(train, signal ? { signal } : {})).values, D)
    const sums = new Float64Array(C * D)
    for (let i = 0; i < train.count; i++) {
      const label = train.labels[i]!
      for (let d = 0; d < D; d++) sums[label * D + d]! += unit[i * D + d]!
    }
    const rows = normalisedRows(Float32Array.from(sums), D)
    this.#means = Float32Array.from({ length: D * C }, (_, at) => rows[(at % C) * D + Math.floor(at / C)]!)
    onProgress?.(1, 1)
  }

  async predict(batch: Batch): Promise<Float32Array> {
    const { task, width, settings } = this
    const cosines = await linearLogits(
      { weights: this.#need(), bias: new Float32Array(task.classes) },
      normalisedRows(await task.features.ofBatch(batch), width),
    )
    return cosines.map((cosine) => settings.scale * cosine)
  }

  save(): NamedTensors {
    return { means: { dims: [this.width, this.task.classes], data: this.#need() } }
  }

  load(saved: NamedTensors): void {
    this.#means = requireTensor(saved, 'means', [this.width, this.task.classes])
  }

  dispose(): void {
    this.#means = null
  }

  #need(): Float32Array {
    if (!this.#means) throw new Error('the class means have not been computed')
    return this.#means
  }
}
