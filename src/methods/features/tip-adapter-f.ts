/**
 * Tip-Adapter-F (Zhang et al. 2022, section 3.3): the keys of Tip-Adapter's cache are learned, by cross-entropy with AdamW;
 * values and text stay. After learning, alpha and beta are searched on validation, as Tip-Adapter's are.
 *
 * gaopengcuhk/Tip-Adapter keeps the epoch with the best accuracy on test (a mistake, its author says in issue 11); here
 * validation decides, as for every method. It learns on newly augmented pictures, this on the features of the pictures as they
 * are, or of a batch that is changed.
 *
 * Legend: N training pictures, B rows of a batch, D width of a feature, C classes.
 */
import { argmaxRows } from '../../evaluation/accuracy'
import { tf } from '../../runtime/tfjs'
import type { Batch, FitOptions, LearnableMethod, LossAndGradient, ParameterSet } from '../method'
import type { FeatureTask } from './feature-task'
import { normalisedRows } from './image-features'
import { affinityOf, oneHotRows, searchStrengths, tipLogits, type Strengths, type TipInputs } from './tip-cache'
import type { TipAdapterSettings } from './tip-adapter-settings'

export class TipAdapterF implements LearnableMethod {
  readonly id = 'tip-adapter-f'
  readonly parameterCount: number
  readonly #width: number
  readonly #values: tf.Tensor2D
  readonly #text: tf.Tensor2D
  #keys: tf.Tensor2D
  #strengths: Strengths

  private constructor(
    private readonly task: FeatureTask,
    classEmbeddings: Float32Array,
    keys: Float32Array,
    private readonly settings: TipAdapterSettings,
  ) {
    const { train, classes: C } = task
    this.#width = classEmbeddings.length / C
    this.parameterCount = keys.length
    this.#text = tf.tensor2d(classEmbeddings, [this.#width, C])
    this.#values = tf.tensor2d(oneHotRows(train.labels, C), [train.count, C])
    this.#keys = tf.tensor2d(keys, [train.count, this.#width])
    this.#strengths = settings
  }

  /**
   * Starts from the training features, which are encoded where they are not known.
   * @param classEmbeddings W, float32 [D,C]: unit-norm text embeddings times exp(logit_scale)
   */
  static async open(
    task: FeatureTask,
    classEmbeddings: Float32Array,
    settings: TipAdapterSettings,
    options: FitOptions = {},
  ): Promise<TipAdapterF> {
    const { values, width } = await task.features.of(task.train, options)
    return new TipAdapterF(task, classEmbeddings, normalisedRows(values, width), settings)
  }

  get parameters(): ParameterSet {
    return { keys: this.#keys }
  }

  setParameters(next: ParameterSet): void {
    const { keys } = next
    if (keys?.shape.join() !== this.#keys.shape.join()) {
      throw new Error(`keys is [${this.#keys.shape.join()}], not ${keys ? `[${keys.shape.join()}]` : 'absent'}`)
    }
    this.#keys.dispose()
    this.#keys = keys as tf.Tensor2D
  }

  /** alpha and beta in use: those of the settings until they are searched or set. */
  get strengths(): Strengths {
    const { alpha, beta } = this.#strengths
    return { alpha, beta }
  }

  setStrengths({ alpha, beta }: Strengths): void {
    this.#strengths = { alpha, beta }
  }

  /** Searches alpha and beta on validation for the keys as they are, and uses them from then on. */
  async search(options: FitOptions = {}): Promise<Strengths> {
    const { task } = this
    const { val, train } = task
    const D = this.#width
    const asked = normalisedRows(
      (await task.features.of(val, options.signal ? { signal: options.signal } : {})).values,
      D,
    )
    const textLogits = tf.tidy(() => tf.matMul(tf.tensor2d(asked, [val.count, D]), this.#text))
    try {
      this.#strengths = await searchStrengths(
        (from, to) => affinityOf(asked.subarray(from * D, to * D), this.#keys),
        await textLogits.data<'float32'>(),
        train.labels,
        val.labels,
        this.settings,
        options,
      )
    } finally {
      textLogits.dispose()
    }
    return this.strengths
  }

  async lossAndGradient(batch: Batch, count = false): Promise<LossAndGradient> {
    const { classes: C } = this.task
    const features = await this.task.features.ofBatch(batch)
    const labels = batch.labels.subarray(0, batch.count)
    let logits: tf.Tensor2D | null = null
    const found = tf.tidy(() => {
      const inputs = this.#inputs(features)
      const targets = tf.tensor2d(oneHotRows(labels, C), [batch.count, C])
      const weights = tf.tensor1d(batch.weights.slice(0, batch.count))
      const lossOf = (keys: tf.Tensor): tf.Scalar => {
        const z = tipLogits(inputs, keys as tf.Tensor2D, this.#values, this.#strengths)
        if (count) logits = tf.keep(z.clone())
        const logP = tf.logSoftmax(z)
        return tf.neg(tf.sum(tf.mul(tf.sum(tf.mul(logP, targets), 1), weights)))
      }
      const { value, grad } = tf.valueAndGrad(lossOf)(this.#keys)
      return { loss: value, keys: grad }
    })
    const { loss, keys } = found
    if (!logits) return { loss, gradient: { keys }, correct: null }
    const kept = logits as tf.Tensor2D
    try {
      const top = argmaxRows(await kept.data<'float32'>(), C)
      const correct = top.reduce((right, answer, i) => right + Number(answer === labels[i]), 0)
      return { loss, gradient: { keys }, correct }
    } finally {
      kept.dispose()
    }
  }

  /** @param strength of the neighbours' part: 0 is zero-shot */
  async predict(batch: Batch, strength = 1): Promise<Float32Array> {
    const features = await this.task.features.ofBatch(batch)
    const { alpha, beta } = this.#strengths
    const logits = tf.tidy(() =>
      tipLogits(this.#inputs(features), this.#keys, this.#values, { alpha: alpha * strength, beta }),
    )
    try {
      return (await logits.data<'float32'>()).slice()
    } finally {
      logits.dispose()
    }
  }

  dispose(): void {
    tf.dispose([this.#keys, this.#values, this.#text])
  }

  #inputs(values: Float32Array): TipInputs {
    const D = this.#width
    const features = tf.tensor2d(normalisedRows(values, D), [values.length / D, D])
    return { features, textLogits: tf.matMul(features, this.#text) }
  }
}
