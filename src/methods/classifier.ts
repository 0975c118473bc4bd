/**
 * A frozen model as a classifier of fixed classes: encoder, logits and cross-entropy in one graph, whose backward lies
 * behind `do_backward`. One session, one copy of the weights, serves zero-shot, prompted prediction and learning.
 *
 * Two kinds share it: a CLIP (cosines with the classes' text embeddings) and an image classifier (a label mapping's part
 * of its own logits). Legend: B rows of a run, C classes, D width of the encoder's output, S image side.
 */
import { LOSS_SCALE } from '../gradient/half'
import { gradientName } from '../gradient/gate'
import { buildTrainingGraph } from '../gradient/training'
import type { Clip } from '../models/clip'
import { hashFrozen } from '../models/frozen'
import { readFrozen, type FrozenGraph } from '../models/frozen-graph'
import type { ImageClassifier } from '../models/image-classifier'
import type { Engine, Feeds, HostTensor, Session } from '../runtime/engine'
import { tf } from '../runtime/tfjs'
import { oneHot, rightRows } from './batch-labels'
import { DELTA, HEAD_INPUTS, trainingOptions, type Entry, type HeadKind } from './entry'
import type { LabelMapping } from './label-mapping'
import { LossScale } from './loss-scale'
import type { Batch, LossAndGradient, ParameterSet } from './method'

/** What is frozen: the encoder, and what its output is multiplied with to give the classes' logits. */
export interface FrozenClassifier {
  readonly vision: FrozenGraph
  /** Name of the pixels, float32 [B,3,S,S] in the model's own normalised units. */
  readonly input: string
  /** Name of the encoder's output, float32 [B,D]. */
  readonly output: string
  /** Whether the encoder's output is brought to unit length first: yes for a CLIP, no for a classifier's logits. */
  readonly normalise: boolean
  readonly imageSize: number
  readonly classes: number
  /** float32 [D,C]. CLIP: unit-norm text embeddings, one a column, times exp(logit_scale). Else: the label mapping. */
  readonly classEmbeddings: Float32Array
}

/** @param classEmbeddings float32 [D,C], as `encodeClasses` gives them */
export function clipClassifier(clip: Clip, classes: number, classEmbeddings: Float32Array): FrozenClassifier {
  const { vision, imageSize } = clip
  const names = { input: 'pixel_values', output: 'image_embeds' }
  return { vision, ...names, normalise: true, imageSize, classes, classEmbeddings }
}

export function mappedClassifier(model: ImageClassifier, { outputs, matrix }: LabelMapping): FrozenClassifier {
  const { vision, input, output, imageSize } = model
  return { vision, input, output, normalise: false, imageSize, classes: outputs.length, classEmbeddings: matrix }
}

/** A linear head on the encoder's output, in place of the class embeddings; its owner disposes it. */
export interface HeadTensors {
  /** [D,C] */
  readonly weights: tf.Tensor2D
  /** [C] */
  readonly bias: tf.Tensor1D
}

/** Makes of the gradients that come from the graph those of a method's parameters. */
export type PullBack = (
  /** Of the prompt, of its shape. */
  dPrompt: tf.Tensor4D,
  /** Of an open head; null where the head is fixed. The session's: what is kept is a copy. */
  dHead: HeadTensors | null,
) => ParameterSet

/** The graph's inputs, besides pixels. */
const BACKWARD: HostTensor = { dtype: 'bool', dims: [], data: Uint8Array.of(1) }
const FORWARD: HostTensor = { dtype: 'bool', dims: [], data: Uint8Array.of(0) }

export class Classifier {
  readonly #session: Session
  #classEmbeddings: tf.Tensor2D
  /** For predictions: no row has a target or a weight. */
  readonly #noTargets: tf.Tensor2D
  readonly #noWeights: tf.Tensor1D
  readonly #noBias: tf.Tensor1D

  private constructor(
    session: Session,
    readonly frozen: FrozenClassifier,
    /** B: rows of every run. */
    readonly batchSize: number,
    readonly entry: Entry,
    /** Of an encoder in half precision; null elsewhere. */
    readonly lossScale: LossScale | null,
    /** Name of the encoder's output in the graph; null where it is not given, the head being fixed. */
    private readonly encoded: string | null,
  ) {
    const { classes, classEmbeddings } = frozen
    this.#session = session
    this.#classEmbeddings = tf.tensor2d(classEmbeddings, [classEmbeddings.length / classes, classes])
    this.#noTargets = tf.zeros([batchSize, classes])
    this.#noWeights = tf.zeros([batchSize])
    this.#noBias = tf.zeros([classes])
  }

  /**
   * Reads the encoder, differentiates it, opens its session and lets its weights go. Throws UserError where it cannot be
   * differentiated, or read.
   */
  static async open(
    engine: Engine,
    frozen: FrozenClassifier,
    batchSize: number,
    entry: Entry = 'delta',
    head: HeadKind = 'fixed',
  ): Promise<Classifier> {
    const { model, externalData, inputs, outputs } = buildTrainingGraph(
      await readFrozen(frozen.vision),
      trainingOptions(frozen, batchSize, entry, head),
    )
    const session = await engine.createSession(model, externalData)
    const scaled = inputs.some(({ name }) => name === LOSS_SCALE)
    const encoded = head === 'open' ? outputs[0]! : null
    return new Classifier(session, frozen, batchSize, entry, scaled ? new LossScale() : null, encoded)
  }

  get head(): HeadKind {
    return this.encoded === null ? 'fixed' : 'open'
  }

  /** sha256 of the encoder's files as the session was given them. */
  get givenSha256(): string {
    return this.frozen.vision.sha256
  }

  /** The same now, with the weights as they lie on the device where they can be read there (models/frozen.ts). */
  hashFrozen(): Promise<string> {
    return hashFrozen(this.frozen.vision, this.#session)
  }

  /**
   * Takes other class embeddings of the same size: an iterative mapping finds them anew at every epoch. What `frozen` says of
   * them stays what it was opened with.
   * @param next float32 [D,C]
   */
  setClassEmbeddings(next: Float32Array): void {
    const { shape } = this.#classEmbeddings
    if (next.length !== shape[0] * shape[1]) throw new Error(`${next.length} values for embeddings [${shape.join()}]`)
    this.#classEmbeddings.dispose()
    this.#classEmbeddings = tf.tensor2d(next, shape)
  }

  /** Pixels of a batch on the device, [B,3,S,S]; the caller disposes them. */
  pixels(batch: Batch): tf.Tensor4D {
    const { imageSize: S } = this.frozen
    return tf.tensor4d(batch.pixels, [this.batchSize, 3, S, S])
  }

  /** The pictures without any prompt, as they enter here; the caller disposes it. */
  unprompted(batch: Batch): tf.Tensor4D {
    const { imageSize: S } = this.frozen
    return this.entry === 'pixels' ? this.pixels(batch) : tf.zeros([1, 3, S, S])
  }

  /**
   * Logits float32 [count,C] of the batch's pictures.
   * @param prompt what enters: `delta` [1,3,S,S], or prompted `pixels` [B,3,S,S]
   * @param head in place of the class embeddings; an open head's alone has a bias
   */
  logits(prompt: tf.Tensor4D, batch: Batch, head?: HeadTensors): Promise<Float32Array> {
    return this.#forward('logits', prompt, batch, head)
  }

  /**
   * The encoder's output float32 [count,D] of the batch's prompted pictures, as it is before class embeddings or mapping.
   * @throws Error where the head is fixed
   */
  async encode(prompt: tf.Tensor4D, batch: Batch): Promise<Float32Array> {
    if (this.encoded === null) throw new Error('the encoder’s output is given by an open head only')
    return this.#forward(this.encoded, prompt, batch)
  }

  async #forward(output: string, prompt: tf.Tensor4D, batch: Batch, head?: HeadTensors): Promise<Float32Array> {
    const feeds = {
      ...this.#pictures(prompt, batch),
      ...this.#head(head),
      targets: this.#noTargets,
      weights: this.#noWeights,
      do_backward: FORWARD,
      ...this.#scale(),
    }
    const all = await this.#session.run(feeds, (outputs) => outputs[output]!.data<'float32'>(), [output])
    return all.slice(0, (batch.count * all.length) / this.batchSize)
  }

  /**
   * Weighted cross-entropy against the batch's labels, and whatever `pullBack` makes of the gradient of `prompt`, of the same
   * shape, and of an open head's.
   * @param prompt what enters: `delta` [1,3,S,S], or prompted `pixels` [B,3,S,S]
   * @param head as for `logits`
   */
  async lossAndGradient(
    prompt: tf.Tensor4D,
    batch: Batch,
    pullBack: PullBack,
    count = false,
    head?: HeadTensors,
  ): Promise<LossAndGradient> {
    const { lossScale } = this
    for (;;) {
      const found = await this.#lossAndGradient(prompt, batch, pullBack, count, head)
      if (!lossScale || !(await overflowed(found))) {
        lossScale?.good()
        return found
      }
      tf.dispose([found.loss, { ...found.gradient }])
      lossScale.overflowed()
    }
  }

  async #lossAndGradient(
    prompt: tf.Tensor4D,
    batch: Batch,
    pullBack: PullBack,
    count: boolean,
    head?: HeadTensors,
  ): Promise<LossAndGradient> {
    const { batchSize: B, frozen } = this
    const gradient = gradientName(this.entry === 'pixels' ? frozen.input : DELTA)
    // Of an open head they are computed in any case, and fetched where there is one to learn.
    const [dWeights, dBias] = [gradientName(HEAD_INPUTS.weights), gradientName(HEAD_INPUTS.bias)]
    const ofHead = head ? [dWeights, dBias] : []
    const feeds = {
      ...this.#pictures(prompt, batch),
      ...this.#head(head),
      targets: onHost([B, frozen.classes], oneHot(batch, frozen.classes)),
      weights: onHost([B], batch.weights),
      do_backward: BACKWARD,
      ...this.#scale(),
    }
    return this.#session.run(
      feeds,
      async (outputs) => {
        const found = tf.tidy(() => ({
          // A copy: the output itself is the session's, and a clone would share its buffer.
          loss: tf.mul(outputs.loss!, 1),
          gradient: pullBack(
            outputs[gradient] as tf.Tensor4D,
            head ? { weights: outputs[dWeights] as tf.Tensor2D, bias: outputs[dBias] as tf.Tensor1D } : null,
          ),
        }))
        if (!count) return { ...found, correct: null }
        const logits = await outputs.logits!.data<'float32'>()
        return { ...found, correct: rightRows(logits, batch, frozen.classes) }
      },
      ['loss', gradient, ...ofHead, ...(count ? ['logits'] : [])],
    )
  }

  #head(head: HeadTensors | undefined): Feeds {
    if (this.encoded !== null) {
      return {
        [HEAD_INPUTS.weights]: head?.weights ?? this.#classEmbeddings,
        [HEAD_INPUTS.bias]: head?.bias ?? this.#noBias,
      }
    }
    if (head) throw new Error('the head of this classifier is fixed')
    return { [HEAD_INPUTS.weights]: this.#classEmbeddings }
  }

  #scale(): Feeds {
    const { lossScale } = this
    return lossScale ? { [LOSS_SCALE]: onHost([], Float32Array.of(lossScale.value)) } : {}
  }

  #pictures(prompt: tf.Tensor4D, { pixels }: Batch): Feeds {
    const { imageSize: S, input } = this.frozen
    if (this.entry === 'pixels') return { [input]: prompt }
    return { [input]: onHost([this.batchSize, 3, S, S], pixels), [DELTA]: prompt }
  }

  async dispose(): Promise<void> {
    tf.dispose([this.#classEmbeddings, this.#noTargets, this.#noWeights, this.#noBias])
    await this.#session.dispose()
  }
}

/**
 * Whether the backward has overflowed: the loss is a number and its gradient is not. By the sum of squares, since a largest
 * value of what is not a number may be anything on a GPU. Read at once, whatever it costs: no step is made by such a gradient.
 */
async function overflowed({ loss, gradient }: LossAndGradient): Promise<boolean> {
  const sums = tf.tidy(() =>
    tf.stack([tf.reshape(loss, []), tf.addN(Object.values(gradient).map((one) => tf.sum(tf.square(one))))]),
  )
  try {
    const [value, squares] = await sums.data<'float32'>()
    return Number.isFinite(value) && !Number.isFinite(squares)
  } finally {
    sums.dispose()
  }
}

const onHost = (dims: readonly number[], data: Float32Array): HostTensor => ({ dtype: 'float32', dims, data })
