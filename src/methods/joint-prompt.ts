/**
 * Pixels and words learned together on both frozen towers: a visual prompt (Bahng et al. 2022) and CoOp's context (Zhou et al.
 * 2022), by one cross-entropy.
 *
 *   Z = s unit(image(x' )) · unit(text(ctx, name_c)),   x' prompted,   W = s unit(text)ᵀ [D,C]
 *   dθ by the image tower; dW = image featuresᵀ dZ by the same run of the graph, then through unit and the text tower to dctx
 *
 * Legend: C classes, D embedding dimensions, M places, K width of a token.
 */
import { UserError } from '../errors'
import type { Clip } from '../models/clip'
import type { Context } from '../prompts/context'
import { tf } from '../runtime/tfjs'
import { said } from '../sentence'
import type { HeadTensors } from './classifier'
import type { Batch, LearnableMethod, LossAndGradient, NamedTensor, ParameterSet } from './method'
import { KeptText } from './text/kept-text'
import type { Sentences } from './text/sentences'
import { unitRows } from './text/text-loss'
import type { VisualPrompt } from './visual-prompt'

/** The parameter of the words; all others are pixels. */
export const CONTEXT = 'ctx'

/** Under which the gradient of the class embeddings leaves the graph, on its way to the context. */
const WEIGHTS = 'class-embeddings'

export class JointPrompt implements LearnableMethod {
  readonly id = 'joint'
  readonly parameterCount: number
  #context: Context
  /** Text features of a context, which parts of a batch and all of an evaluation share. */
  readonly #text: KeptText

  /**
   * All three are disposed with this.
   * @param visual on a classifier with an open head
   * @param context [M,K], where learning starts
   * @throws UserError where it is of another width than the model's tokens
   */
  constructor(
    private readonly clip: Clip,
    readonly visual: VisualPrompt,
    readonly sentences: Sentences,
    context: NamedTensor,
  ) {
    if (context.dims.length !== 2 || context.dims[1] !== sentences.width) {
      throw new UserError(
        said`The context has the shape [${context.dims.join(', ')}], and the tokens of this model are ${sentences.width} numbers each.`,
        'Take the model that it was learned on.',
      )
    }
    this.#text = new KeptText(sentences)
    this.#context = tf.tensor(context.data, [...context.dims]) as tf.Tensor as Context
    this.parameterCount = visual.parameterCount + context.data.length
  }

  get parameters(): ParameterSet {
    return { ...this.visual.parameters, [CONTEXT]: this.#context }
  }

  setParameters({ [CONTEXT]: context, ...pixels }: ParameterSet): void {
    if (context?.shape.join() !== this.#context.shape.join()) {
      throw new Error(
        `${CONTEXT} is [${this.#context.shape.join()}], not ${context ? `[${context.shape.join()}]` : 'absent'}`,
      )
    }
    this.visual.setParameters(pixels)
    this.#context.dispose()
    this.#context = context as Context
    this.#text.forget()
  }

  async lossAndGradient(batch: Batch, count = false): Promise<LossAndGradient> {
    const context = this.#context
    const text = await this.#text.of(context, 1)
    const head = this.#headOf(text)
    try {
      const found = await this.visual.lossAndGradient(batch, count, {
        tensors: head,
        // A copy: what the graph gives out is its session's.
        ofHead: ({ weights }) => ({ [WEIGHTS]: tf.mul(weights, 1) }),
      })
      const { [WEIGHTS]: dWeights, ...gradient } = found.gradient
      const dText = tf.tidy(() => tf.grad((t) => this.#weightsOf(t as tf.Tensor2D))(text, dWeights!)) as tf.Tensor2D
      try {
        const [ctx] = await this.sentences.pullBack([context], dText)
        return { ...found, gradient: { ...gradient, [CONTEXT]: ctx! } }
      } catch (error) {
        tf.dispose([found.loss, gradient])
        throw error
      } finally {
        tf.dispose([dText, dWeights!])
      }
    } finally {
      tf.dispose({ ...head })
    }
  }

  async predict(batch: Batch, strength = 1): Promise<Float32Array> {
    const head = this.#headOf(await this.#text.of(this.#context, strength))
    try {
      return await this.visual.predict(batch, strength, head)
    } finally {
      tf.dispose({ ...head })
    }
  }

  dispose(): void {
    this.#text.forget()
    this.#context.dispose()
    this.visual.dispose()
    void this.sentences.dispose()
  }

  /** s unit(text)ᵀ, [D,C] */
  #weightsOf(text: tf.Tensor2D): tf.Tensor2D {
    return tf.transpose(tf.mul(unitRows(text), Math.exp(this.clip.logitScale)))
  }

  #headOf(text: tf.Tensor2D): HeadTensors {
    return tf.tidy(() => ({ weights: this.#weightsOf(text), bias: tf.zeros<tf.Rank.R1>([text.shape[0]]) }))
  }
}
