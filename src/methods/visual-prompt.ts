/**
 * Visual prompting (Bahng et al. 2022, and those after them): learned pixels, laid on every image before the frozen model sees
 * it. Which pixels is the design's (src/prompts); the model is entered by `delta` or by `pixels` (entry.ts).
 */
import type { Random } from '../data/random'
import type { PromptContext, PromptDesign, PromptTensors, Start } from '../prompts/design'
import type { DesignSettings } from '../prompts/design-settings'
import { openDesign } from '../prompts/pixel-prompt'
import { tf } from '../runtime/tfjs'
import type { Classifier, HeadTensors } from './classifier'
import type { Entry } from './entry'
import type { Batch, LearnableMethod, LossAndGradient, ParameterSet } from './method'
import type { PromptPlaces } from './prompt-places'

/** Where a design enters the graph at the least cost: `pixels` serves every design, `delta` those that are a sum. */
export const entryOf = (design: PromptDesign): Entry => (design.isSum ? 'delta' : 'pixels')

/** Everything of the reference code's padding prompt but its first values. */
const padding = (width: number, imageSize: number): DesignSettings => ({
  kind: 'padding',
  borderFraction: width / imageSize,
  space: 'after',
  clamp: 'none',
  init: { kind: 'normal', deviation: 1 },
})

export class VisualPrompt implements LearnableMethod {
  readonly id: string
  readonly parameterCount: number
  readonly design: PromptDesign
  #prompt: PromptTensors

  /**
   * The classifier is shared, and stays its opener's.
   * @param design a number is the width in pixels of the paper's padding
   * @param start what the first values are made of; a function is `normal`
   * @param places of a random patch; where there are none it stays in the middle
   * @throws Error where the classifier was opened for a sum and the design is more
   */
  constructor(
    private readonly classifier: Classifier,
    design: PromptDesign | number,
    start: Start | (() => number),
    readonly places: PromptPlaces | null = null,
  ) {
    const { imageSize } = classifier.frozen
    this.design = typeof design === 'number' ? openDesign(padding(design, imageSize), imageSize, null) : design
    if (classifier.entry === 'delta' && !this.design.isSum) {
      throw new Error(`a ${this.design.kind} prompt like this is no sum: open the classifier for pixels`)
    }
    this.id = this.design.kind
    this.parameterCount = this.design.parameterCount
    this.#prompt = this.design.init(typeof start === 'function' ? { normal: start } : start)
  }

  get parameters(): ParameterSet {
    return this.#prompt
  }

  setParameters(next: ParameterSet): void {
    for (const [name, wanted] of Object.entries(this.design.shapes)) {
      const given = next[name]?.shape
      if (given?.join() !== wanted.join()) {
        throw new Error(`${name} is [${wanted.join()}], not ${given ? `[${given.join()}]` : 'absent'}`)
      }
    }
    tf.dispose({ ...this.#prompt })
    this.#prompt = next
  }

  /** @param head learned along, on an open classifier: `ofHead` makes the gradients of its parameters of those of the head */
  async lossAndGradient(
    batch: Batch,
    count = false,
    head?: { readonly tensors: HeadTensors; readonly ofHead: (dHead: HeadTensors) => ParameterSet },
  ): Promise<LossAndGradient> {
    const { classifier, design } = this
    const context = this.#context(1, this.places?.learning)
    const pixels = classifier.entry === 'delta' ? null : classifier.pixels(batch)
    const prompt = this.#prompt
    const entering = pixels ? design.compose(prompt, pixels, context) : design.added(prompt, context)
    try {
      const pull = (dEntering: tf.Tensor4D, dHead: HeadTensors | null) => ({
        ...design.pullBack(prompt, dEntering, pixels, context),
        ...(head && dHead ? head.ofHead(dHead) : {}),
      })
      return await classifier.lossAndGradient(entering, batch, pull, count, head?.tensors)
    } finally {
      entering.dispose()
      pixels?.dispose()
    }
  }

  predict(batch: Batch, strength = 1, head?: HeadTensors): Promise<Float32Array> {
    return this.#entering(batch, strength, (entering) => this.classifier.logits(entering, batch, head))
  }

  /** What the encoder gives of the prompted pictures, float32 [count,D]; of an open classifier. */
  encode(batch: Batch): Promise<Float32Array> {
    return this.#entering(batch, 1, (entering) => this.classifier.encode(entering, batch))
  }

  async #entering(
    batch: Batch,
    strength: number,
    use: (entering: tf.Tensor4D) => Promise<Float32Array>,
  ): Promise<Float32Array> {
    const { classifier, design } = this
    const context = this.#context(strength, this.places?.predicting)
    const pixels = classifier.entry === 'delta' ? null : classifier.pixels(batch)
    const entering = pixels ? design.compose(this.#prompt, pixels, context) : design.added(this.#prompt, context)
    pixels?.dispose()
    try {
      return await use(entering)
    } finally {
      entering.dispose()
    }
  }

  #context(strength: number, chance: Random | undefined): PromptContext {
    const place = chance ? this.design.draw(this.classifier.batchSize, (bound) => chance.below(bound)) : null
    return { strength, place }
  }

  /**
   * What is added to a picture, as an image: float32 [3,S,S], normalised pixel units, zero elsewhere. A random patch is in the
   * middle.
   */
  async border(): Promise<Float32Array> {
    const image = this.design.added(this.#prompt, { strength: 1, place: null })
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
