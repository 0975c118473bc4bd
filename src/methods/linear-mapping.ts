/**
 * A prompt of pixels with a linear layer behind the frozen model, both learned by the same loss: AutoVP's FullyMap (Tsao et al.
 * 2024, auto_vp/programs.py), LoR-VP's head. On a CLIP the layer takes the K texts of its 81 templates.
 *
 *   logits = z W + b,   z [K] the model's outputs,   W [K,C], b [C]       W begins as the first outputs, b as zero
 *
 * Legend: D width of the encoder's output, K outputs, C classes.
 */
import { tf } from '../runtime/tfjs'
import type { HeadTensors } from './classifier'
import { linearMappingStart } from './fitted-mapping'
import type { Batch, LearnableMethod, LossAndGradient, ParameterSet } from './method'
import type { MappedOutputs } from './output-mapping'
import type { VisualPrompt } from './visual-prompt'

/** Names of the layer's parameters, beside those of the prompt. */
export const LAYER = { weights: 'map_weights', bias: 'map_bias' } as const

export class LinearlyMapped implements LearnableMethod {
  readonly id = 'linear-mapping'
  readonly parameterCount: number
  readonly #outputs: tf.Tensor2D | null
  #weights: tf.Tensor2D
  #bias: tf.Tensor1D

  /** @param prompt on a classifier with an open head; from here on it is this method's */
  constructor(
    readonly prompt: VisualPrompt,
    { count: K, embeddings }: MappedOutputs,
    classes: number,
  ) {
    const start = linearMappingStart(K, classes)
    this.parameterCount = prompt.parameterCount + (K + 1) * classes
    this.#outputs = embeddings && tf.tensor2d(embeddings, [embeddings.length / K, K])
    this.#weights = tf.tensor2d(start.matrix, [K, classes])
    this.#bias = tf.tensor1d(start.bias!)
  }

  get parameters(): ParameterSet {
    return { ...this.prompt.parameters, [LAYER.weights]: this.#weights, [LAYER.bias]: this.#bias }
  }

  setParameters({ [LAYER.weights]: weights, [LAYER.bias]: bias, ...prompt }: ParameterSet): void {
    for (const [now, next] of [
      [this.#weights, weights],
      [this.#bias, bias],
    ] as const)
      // prettier-ignore
      if (next?.shape.join() !== now.shape.join()) throw new Error(`[${now.shape.join()}] is what the layer takes`)
    this.prompt.setParameters(prompt)
    tf.dispose([this.#weights, this.#bias])
    this.#weights = weights as tf.Tensor2D
    this.#bias = bias as tf.Tensor1D
  }

  async lossAndGradient(batch: Batch, count = false): Promise<LossAndGradient> {
    const tensors = this.#head()
    const ofHead = ({ bias, weights }: HeadTensors): ParameterSet => ({
      // E W is what the graph multiplies with. Copies: the graph's own outputs are the session's.
      [LAYER.weights]: this.#outputs ? tf.matMul(this.#outputs, weights, true) : tf.mul(weights, 1),
      [LAYER.bias]: tf.mul(bias, 1),
    })
    try {
      return await this.prompt.lossAndGradient(batch, count, { tensors, ofHead })
    } finally {
      this.#let(tensors)
    }
  }

  async predict(batch: Batch, strength = 1): Promise<Float32Array> {
    const tensors = this.#head()
    try {
      return await this.prompt.predict(batch, strength, tensors)
    } finally {
      this.#let(tensors)
    }
  }

  dispose(): void {
    this.prompt.dispose()
    tf.dispose([this.#weights, this.#bias])
    this.#outputs?.dispose()
  }

  #head(): HeadTensors {
    return { weights: this.#outputs ? tf.matMul(this.#outputs, this.#weights) : this.#weights, bias: this.#bias }
  }

  #let({ weights }: HeadTensors): void {
    if (this.#outputs) weights.dispose()
  }
}
