/**
 * CoOp (Zhou et al. 2022, "Learning to Prompt for Vision-Language Models", equations 2 and 3): the words around a class name
 * are learned as vectors in the space of token embeddings; both towers stay frozen.
 *
 *   p(y = c | x) = softmax_c( exp(logit_scale) cos( image(x), text([X]_1 … [X]_M name_c .) ) )
 *
 * The pictures do not change, so that their features are given. Unlike the authors' training they are then not augmented
 * (random crop and flip there); who encodes augmented pictures anew gives those features instead.
 */
import type { Random } from '../../data/random'
import type { Clip } from '../../models/clip'
import type { Context } from '../../prompts/context'
import type { Engine } from '../../runtime/engine'
import { tf } from '../../runtime/tfjs'
import { UserError } from '../../errors'
import { said } from '../../sentence'
import { rightRows } from '../batch-labels'
import type { Batch, LearnableMethod, LossAndGradient, NamedTensor, ParameterSet } from '../method'
import type { CoOpSettings } from './coop-settings'
import type { FeaturesOf } from './image-features'
import { contextTokens, firstContext } from './first-context'
import { KeptText } from './kept-text'
import { Sentences } from './sentences'
import { crossEntropyOfText, textLogits } from './text-loss'

export interface CoOpOptions {
  readonly engine: Engine
  readonly clip: Clip
  /** C names, as a person wrote them. */
  readonly names: readonly string[]
  readonly settings: CoOpSettings
  readonly features: FeaturesOf
  /** Draws the first context, where it is drawn. */
  readonly random: Random
  /** A context that was learned before, of these classes or others: [M,W], or [C,M,W] of these very classes. */
  readonly context?: NamedTensor
  /** Live memory beside the weights that a run of the text tower may take, bytes. */
  readonly budget?: number
}

export class CoOp implements LearnableMethod {
  readonly id = 'coop'
  readonly parameterCount: number
  #context: Context
  /** Text features of the context as it is, for predictions. */
  readonly #text: KeptText

  private constructor(
    private readonly clip: Clip,
    readonly sentences: Sentences,
    private readonly features: FeaturesOf,
    context: NamedTensor,
  ) {
    this.#text = new KeptText(sentences)
    this.#context = tf.tensor(context.data, [...context.dims]) as tf.Tensor as Context
    this.parameterCount = context.data.length
  }

  /** @throws UserError where a context or a name does not fit the model, or its text tower cannot be opened */
  static async open(options: CoOpOptions): Promise<CoOp> {
    const { engine, clip, names, settings, features, budget } = options
    const { position } = settings
    const places = options.context?.dims.at(-2) ?? contextTokens(clip, settings)
    const sentences = await Sentences.open(engine, clip, {
      ...{ names, places, position },
      ...(budget !== undefined && { budget }),
    })
    try {
      const context =
        options.context ??
        (await firstContext(engine, clip, settings.init, {
          copies: settings.classSpecific ? names.length : null,
          ...{ places, width: sentences.width, random: options.random },
        }))
      requireShape(context.dims, names.length, sentences.width)
      return new CoOp(clip, sentences, features, context)
    } catch (error) {
      await sentences.dispose()
      throw error
    }
  }

  get parameters(): ParameterSet {
    return { ctx: this.#context }
  }

  setParameters({ ctx }: ParameterSet): void {
    if (ctx?.shape.join() !== this.#context.shape.join()) {
      throw new Error(`ctx is [${this.#context.shape.join()}], not ${ctx ? `[${ctx.shape.join()}]` : 'absent'}`)
    }
    this.#context.dispose()
    this.#context = ctx as Context
    this.#text.forget()
  }

  async lossAndGradient(batch: Batch, count = false): Promise<LossAndGradient> {
    const { clip, sentences } = this
    const context = this.#context
    const C = sentences.classes
    const given = await this.features(batch)
    const text = await sentences.encode([context])
    const scale = Math.exp(clip.logitScale)
    const { loss, dText, logits } = tf.tidy(() => {
      const images = imagesOf(given, batch, clip)
      const labels = tf.tensor1d(Int32Array.from(batch.labels.subarray(0, batch.count)), 'int32')
      const targets = tf.cast(tf.oneHot(labels, C), 'float32') as tf.Tensor2D
      const weights = tf.tensor1d(batch.weights.subarray(0, batch.count))
      const found = crossEntropyOfText(text, images, scale, targets, weights)
      return { ...found, logits: textLogits(images, text, scale) }
    })
    try {
      const correct = count ? rightRows(await logits.data<'float32'>(), batch, C) : null
      const [ctx] = await sentences.pullBack([context], dText)
      return { loss, gradient: { ctx: ctx! }, correct }
    } catch (error) {
      loss.dispose()
      throw error
    } finally {
      tf.dispose([text, dText, logits])
    }
  }

  async predict(batch: Batch, strength = 1): Promise<Float32Array> {
    const given = await this.features(batch)
    const text = await this.#text.of(this.#context, strength)
    const logits = tf.tidy(() => textLogits(imagesOf(given, batch, this.clip), text, Math.exp(this.clip.logitScale)))
    try {
      return Float32Array.from(await logits.data<'float32'>())
    } finally {
      logits.dispose()
    }
  }

  /** The class embeddings that the context makes, float32 [C,D], of unit length: a classifier by themselves. */
  async classFeatures(): Promise<Float32Array> {
    const text = await this.#text.of(this.#context, 1)
    const unit = tf.tidy(() => tf.div(text, tf.norm(text, 2, 1, true)))
    try {
      return Float32Array.from(await unit.data<'float32'>())
    } finally {
      unit.dispose()
    }
  }

  /** Frees the context; the tower goes with it. */
  dispose(): void {
    this.#text.forget()
    this.#context.dispose()
    void this.sentences.dispose()
  }
}

function requireShape(dims: readonly number[], classes: number, width: number): void {
  if (dims.at(-1) !== width || dims.length < 2 || dims.length > 3) {
    throw new UserError(
      said`The context has the shape [${dims.join(', ')}], and the tokens of this model are ${width} numbers each.`,
      'Take the model that it was learned on.',
    )
  }
  if (dims.length === 3 && dims[0] !== classes) {
    throw new UserError(
      said`The context was learned for ${dims[0]!} classes, each its own, and there are ${classes} classes here.`,
      'Take a context that all classes share for other classes than it was learned on.',
    )
  }
}

const imagesOf = (given: Float32Array, { count }: Batch, { projectionDim: D }: Clip): tf.Tensor2D =>
  tf.tensor2d(given.subarray(0, count * D), [count, D])
