/**
 * Tip-Adapter (Zhang et al. 2022): CLIP's own logits plus a vote of the training pictures, nothing learned but the two numbers
 * alpha and beta, which are searched on validation.
 *
 * gaopengcuhk/Tip-Adapter searches on validation too in `main.py`, and on test in `main_imagenet.py`; it makes the keys of ten
 * augmented views of each picture, this of the picture as it is.
 *
 * Legend: N training pictures, D width of a feature, C classes.
 */
import { tf } from '../../runtime/tfjs'
import type { Batch, FitOptions, FittedMethod, NamedTensors } from '../method'
import { requireTensor } from '../saved-tensors'
import type { FeatureTask } from './feature-task'
import { normalisedRows } from './image-features'
import { linearLogits } from './linear-logits'
import { affinityOf, oneHotRows, searchStrengths, tipLogits, type Strengths } from './tip-cache'
import type { TipAdapterSettings } from './tip-adapter-settings'

export class TipAdapter implements FittedMethod {
  readonly id = 'tip-adapter'
  /** alpha and beta. */
  readonly parameterCount = 2
  readonly #width: number
  /** float32 [N,D], unit rows, and the class of each. */
  #cache: { readonly keys: Float32Array; readonly labels: Uint16Array } | null = null
  #strengths: Strengths

  /** @param classEmbeddings W, float32 [D,C]: unit-norm text embeddings times exp(logit_scale) */
  constructor(
    private readonly task: FeatureTask,
    private readonly classEmbeddings: Float32Array,
    private readonly settings: TipAdapterSettings,
  ) {
    this.#width = classEmbeddings.length / task.classes
    this.#strengths = settings
  }

  /** alpha and beta in use. */
  get strengths(): Strengths {
    const { alpha, beta } = this.#strengths
    return { alpha, beta }
  }

  async fit(options: FitOptions = {}): Promise<void> {
    const { task, settings } = this
    const { val, train } = task
    const encode = options.signal ? { signal: options.signal } : {}
    const D = this.#width
    const keys = normalisedRows((await task.features.of(train, encode)).values, D)
    const asked = normalisedRows((await task.features.of(val, encode)).values, D)
    const onDevice = tf.tensor2d(keys, [train.count, D])
    try {
      this.#strengths = await searchStrengths(
        (from, to) => affinityOf(asked.subarray(from * D, to * D), onDevice),
        await this.#textLogits(asked),
        train.labels,
        val.labels,
        settings,
        options,
      )
    } finally {
      onDevice.dispose()
    }
    this.#cache = { keys, labels: train.labels }
  }

  /** @param strength of the neighbours' part: 0 is zero-shot */
  async predict(batch: Batch, strength = 1): Promise<Float32Array> {
    const { keys, labels } = this.#need()
    const { classes: C } = this.task
    const D = this.#width
    const unit = normalisedRows(await this.task.features.ofBatch(batch), D)
    const text = await this.#textLogits(unit)
    const { alpha, beta } = this.#strengths
    const logits = tf.tidy(() => {
      const inputs = {
        features: tf.tensor2d(unit, [batch.count, D]),
        textLogits: tf.tensor2d(text, [batch.count, C]),
      }
      const F = tf.tensor2d(keys, [labels.length, D])
      const L = tf.tensor2d(oneHotRows(labels, C), [labels.length, C])
      return tipLogits(inputs, F, L, { alpha: alpha * strength, beta })
    })
    try {
      return (await logits.data<'float32'>()).slice()
    } finally {
      logits.dispose()
    }
  }

  save(): NamedTensors {
    const { keys, labels } = this.#need()
    const { alpha, beta } = this.#strengths
    return {
      keys: { dims: [labels.length, this.#width], data: keys },
      labels: { dims: [labels.length], data: Float32Array.from(labels) },
      strengths: { dims: [2], data: Float32Array.of(alpha, beta) },
    }
  }

  load(saved: NamedTensors): void {
    const labels = Uint16Array.from(requireTensor(saved, 'labels', [-1]))
    const keys = requireTensor(saved, 'keys', [labels.length, this.#width])
    const [alpha, beta] = requireTensor(saved, 'strengths', [2])
    this.#cache = { keys, labels }
    this.#strengths = { alpha: alpha!, beta: beta! }
  }

  dispose(): void {
    this.#cache = null
  }

  #textLogits(unit: Float32Array): Promise<Float32Array> {
    return linearLogits({ weights: this.classEmbeddings, bias: new Float32Array(this.task.classes) }, unit)
  }

  #need() {
    if (!this.#cache) throw new Error('the cache of Tip-Adapter has not been made')
    return this.#cache
  }
}
