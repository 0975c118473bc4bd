/**
 * Test-time prompt tuning (TPT, Shu et al. 2022, section 3; tpt_classification.py): for each picture by itself, without its
 * label, the context is moved so that the model agrees with itself over views of it; then the picture is answered, and all is
 * forgotten.
 *
 *   H_b = - sum_c p_bc ln p_bc                     entropy of the answer to view b, at the first context
 *   kept = the floor(views x share) lowest H_b     fixed there, whatever comes after
 *   loss = - sum_c m_c ln m_c,  m = mean over the kept of p_b
 *
 * One AdamW step from an empty state; the answer is that to view 0, the picture itself. Legend: V views, C classes.
 */
import { interleaved } from '../../data/augment/crop-flip'
import type { RgbImage } from '../../data/decode'
import { Random } from '../../data/random'
import { softmaxRows } from '../../evaluation/accuracy'
import type { Clip } from '../../models/clip'
import type { Context } from '../../prompts/context'
import type { Engine } from '../../runtime/engine'
import { tf } from '../../runtime/tfjs'
import { yieldToMessages } from '../../yield'
import { entropies, marginalEntropy, mostConfident } from '../agreement'
import type { Batch, Method, NamedTensor, ParameterSet } from '../method'
import { viewsOf } from '../views'
import type { FeaturesOf } from './image-features'
import { Sentences, wordsContext, wordTokens } from './sentences'
import { marginalEntropyOfText, textLogits } from './text-loss'
import type { TptSettings } from './tpt-settings'

/** An optimiser for one picture: from nothing, and forgotten with it. What `step` gives is the caller's to dispose. */
export interface FreshOptimiser {
  step(gradient: ParameterSet, parameters: ParameterSet): ParameterSet
  dispose(): void
}

/** A context made of the picture; a `CoCoOp` is one. */
export interface PictureContext {
  /** M */
  readonly places: number
  /** [M,W] from the embedding [1,D] of the picture itself; the caller disposes it. */
  contextOf(image: tf.Tensor2D): Context
}

export interface TptOptions {
  readonly engine: Engine
  readonly clip: Clip
  /** C names, as a person wrote them. */
  readonly names: readonly string[]
  readonly settings: TptSettings
  /** Encodes views; nothing of them is kept. */
  readonly encode: FeaturesOf
  /** AdamW with the rate and decay of the settings (learning/fresh.ts). */
  readonly optimiser: () => FreshOptimiser
  /** A context that CoOp has learned, [M,W] or [C,M,W]; else it begins as the words of the settings. */
  readonly context?: NamedTensor
  /** A context for each picture to begin with: CoCoOp's, whose meta-net stays as it is. */
  readonly perPicture?: PictureContext
  /** Live memory beside the weights that a run of the text tower may take, bytes. */
  readonly budget?: number
}

export interface TuneOptions {
  /** Of the views; that of the settings unless said. */
  readonly seed?: number
  /** Views made and steps taken, of all. Messages are let in before. */
  readonly onProgress?: (stage: 'views' | 'steps', done: number, total: number) => void
  /** Ends it with what it was aborted with. */
  readonly signal?: AbortSignal
}

export interface Tuned {
  /** Views as the encoder saw them, float32 [V,3,S,S], normalised; the first is the picture itself. */
  readonly views: Float32Array
  /** Entropy of the answer to each view before, nats, [V]. */
  readonly entropies: Float32Array
  /** Kept views, most confident first. */
  readonly kept: readonly number[]
  /** Entropy of the kept views' mean answer, nats. */
  readonly entropyBefore: number
  readonly entropyAfter: number
  /** Answer to the picture itself, [C]. */
  readonly before: Float32Array
  readonly after: Float32Array
  /** Logits behind `after`, [C]. */
  readonly logits: Float32Array
}

export class TestTimePrompt implements Method {
  readonly id = 'tpt'
  readonly parameterCount: number
  readonly #first: Context

  private constructor(
    private readonly options: TptOptions,
    private readonly sentences: Sentences,
    first: NamedTensor,
  ) {
    this.#first = tf.tensor(first.data, [...first.dims]) as tf.Tensor as Context
    this.parameterCount = first.data.length
  }

  /** @throws UserError where a name does not fit the model, or its text tower cannot be opened */
  static async open(options: TptOptions): Promise<TestTimePrompt> {
    const { engine, clip, names, settings, context, perPicture, budget } = options
    const { words, position } = settings
    const places = context?.dims.at(-2) ?? perPicture?.places ?? wordTokens(clip, words).length
    const sentences = await Sentences.open(engine, clip, {
      ...{ names, places, position },
      ...(budget !== undefined && { budget }),
    })
    const dims = [places, sentences.width]
    const data = perPicture ? new Float32Array(places * sentences.width) : await wordsContext(engine, clip, words)
    const first = context ?? { dims, data }
    return new TestTimePrompt(options, sentences, first)
  }

  /** @param picture of any size, as it was decoded */
  async tune(picture: RgbImage, options: TuneOptions = {}): Promise<Tuned> {
    const random = new Random(options.seed ?? this.options.settings.seed)
    return this.#tune(await this.#views(picture, random, options), options)
  }

  /**
   * Logits of pictures of a set: each is tuned for by itself. A set holds pictures that are cut already, so that their views
   * are parts of the square. Views depend on seed and picture alone, not on the order.
   */
  async predict(batch: Batch): Promise<Float32Array> {
    const { source, count } = batch
    if (!source) throw new Error('test-time tuning needs the pictures themselves: this batch has no source')
    const { imageSize: S } = this.options.clip
    const logits = new Float32Array(count * this.sentences.classes)
    const planes = new Uint8Array(3 * S * S)
    for (let row = 0; row < count; row++) {
      const index = source.indices[row]!
      source.set.read(index, planes)
      const tuned = await this.tune(interleaved(planes), { seed: this.options.settings.seed + index })
      logits.set(tuned.logits, row * this.sentences.classes)
    }
    return logits
  }

  /** Text features of the classes as they are before any tuning, float32 [C,D], not normalised. */
  async encodeTexts(): Promise<Float32Array> {
    const text = await this.sentences.encode([this.#first])
    try {
      return Float32Array.from(await text.data<'float32'>())
    } finally {
      text.dispose()
    }
  }

  dispose(): void {
    this.#first.dispose()
    void this.sentences.dispose()
  }

  #views(picture: RgbImage, random: Random, options: TuneOptions): Promise<Float32Array> {
    const { clip, settings } = this.options
    const { views: total } = settings
    return viewsOf(picture, clip, settings, random, async (made) => {
      if (made % VIEWS_AT_ONCE === 0 || made === total) await tell(options, 'views', made, total)
    })
  }

  async #tune(views: Float32Array, options: TuneOptions): Promise<Tuned> {
    const { clip, settings, encode } = this.options
    const { sentences } = this
    const V = settings.views
    const C = sentences.classes
    const D = clip.projectionDim
    const scale = Math.exp(clip.logitScale)
    const nothing = { labels: new Uint16Array(V), weights: new Float32Array(V) }
    const given = await encode({ pixels: views, count: V, ...nothing })
    const images = tf.tensor2d(given.subarray(0, V * D), [V, D])
    const held: tf.Tensor[] = [images]
    const hold = <T extends tf.Tensor>(tensor: T): T => (held.push(tensor), tensor)
    const optimiser = this.options.optimiser()
    try {
      let context = hold(this.#firstFor(images))
      let text = hold(await sentences.encode([context]))
      const first = await valuesOf(() => textLogits(images, text, scale))
      const answers = softmaxRows(first, C)
      const sure = entropies(answers, C)
      const kept = mostConfident(sure, settings.keep)
      const confident = hold(tf.tidy(() => tf.gather(images, tf.tensor1d(kept, 'int32'))))
      for (let step = 0; step < settings.steps; step++) {
        await tell(options, 'steps', step, settings.steps)
        const { loss, dText } = marginalEntropyOfText(text, confident, scale)
        tf.dispose(loss)
        const [ctx] = await sentences.pullBack([context], hold(dText))
        context = hold(optimiser.step({ ctx: hold(ctx!) }, { ctx: context }).ctx! as Context)
        text = hold(await sentences.encode([context]))
      }
      const last = await valuesOf(() => textLogits(images, text, scale))
      return {
        ...{ views, entropies: sure, kept },
        entropyBefore: marginalEntropy(answers, kept, C),
        entropyAfter: marginalEntropy(softmaxRows(last, C), kept, C),
        before: answers.slice(0, C),
        after: softmaxRows(last, C).slice(0, C),
        logits: last.slice(0, C),
      }
    } finally {
      optimiser.dispose()
      tf.dispose(held)
    }
  }

  #firstFor(images: tf.Tensor2D): Context {
    const { perPicture } = this.options
    return tf.tidy(() => (perPicture ? perPicture.contextOf(tf.slice(images, 0, 1)) : this.#first.clone()))
  }
}

/** Views made between two looks at what else is wanted. */
const VIEWS_AT_ONCE = 8

async function tell(
  { onProgress, signal }: TuneOptions,
  stage: 'views' | 'steps',
  done: number,
  total: number,
): Promise<void> {
  await yieldToMessages()
  signal?.throwIfAborted()
  onProgress?.(stage, done, total)
}

async function valuesOf(make: () => tf.Tensor): Promise<Float32Array> {
  const tensor = tf.tidy(make)
  try {
    return Float32Array.from(await tensor.data<'float32'>())
  } finally {
    tensor.dispose()
  }
}
