/** Visual prompting (Bahng et al. 2022): one learned border, added to every image before the frozen CLIP sees it. */
import {
  compose,
  createPadding,
  frame,
  PADDING_NAMES,
  paddingParameterCount,
  pullBack,
  scaledFrame,
  type PaddingPrompt,
} from '../prompts/padding'
import { tf } from '../runtime/tfjs'
import type { Classifier } from './classifier'
import type { Batch, LearnableMethod, LossAndGradient, ParameterSet } from './method'

export class VisualPrompt implements LearnableMethod {
  readonly id = 'padding'
  readonly parameterCount: number
  readonly #classifier: Classifier
  #prompt: PaddingPrompt

  /**
   * The classifier is shared, and stays its opener's.
   * @param width of the border, in pixels
   * @param draw first value of each parameter
   */
  constructor(classifier: Classifier, width: number, draw: () => number) {
    const geometry = { imageSize: classifier.frozen.imageSize, width }
    this.parameterCount = paddingParameterCount(geometry)
    this.#classifier = classifier
    this.#prompt = createPadding(geometry, draw)
  }

  get parameters(): ParameterSet {
    return this.#prompt
  }

  setParameters(next: ParameterSet): void {
    for (const name of PADDING_NAMES) {
      const [wanted, given] = [this.#prompt[name].shape, next[name]?.shape]
      if (given?.join() !== wanted.join()) {
        throw new Error(`${name} is [${wanted.join()}], not ${given ? `[${given.join()}]` : 'absent'}`)
      }
    }
    tf.dispose({ ...this.#prompt })
    this.#prompt = next as PaddingPrompt
  }

  /**
   * What the frozen graph is given for this batch: prompted pixels [B,3,S,S], or what it adds to all of them [1,3,S,S]
   * (entry.ts). The caller disposes it.
   */
  #compose(batch: Batch, strength = 1): tf.Tensor4D {
    if (this.#classifier.entry === 'delta') return scaledFrame(this.#prompt, strength)
    const pixels = this.#classifier.pixels(batch)
    const prompted = compose(this.#prompt, pixels, strength)
    pixels.dispose()
    return prompted
  }

  async lossAndGradient(batch: Batch, count = false): Promise<LossAndGradient> {
    const prompted = this.#compose(batch)
    try {
      const pull = (dPrompted: tf.Tensor4D) => pullBack(this.#prompt, dPrompted)
      return await this.#classifier.lossAndGradient(prompted, batch, pull, count)
    } finally {
      prompted.dispose()
    }
  }

  async predict(batch: Batch, strength = 1): Promise<Float32Array> {
    const prompted = this.#compose(batch, strength)
    try {
      return await this.#classifier.logits(prompted, batch)
    } finally {
      prompted.dispose()
    }
  }

  /** The border as an image: float32 [3,S,S], normalised pixel units, zero inside. */
  async border(): Promise<Float32Array> {
    const image = tf.tidy(() => frame(this.#prompt))
    try {
      return await image.data<'float32'>()
    } finally {
      image.dispose()
    }
  }

  dispose(): void {
    tf.dispose({ ...this.#prompt })
  }
}
