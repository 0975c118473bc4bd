/**
 * A frozen CLIP as a classifier of fixed classes: image tower, cosine logits and cross-entropy in one graph, whose backward
 * lies behind `do_backward`. One session, one copy of the weights, serves zero-shot, prompted prediction and learning.
 *
 * Legend: B rows of a run, C classes, D embedding width, S image side.
 */
import type { OnnxModel } from '../onnx/model'
import { crossEntropyHead } from '../gradient/heads'
import { buildTrainingGraph } from '../gradient/training'
import type { Engine, ExternalData, HostTensor, Session } from '../runtime/engine'
import { tf } from '../runtime/tfjs'
import type { Batch, LossAndGradient, ParameterSet } from './method'

/** What is frozen: the image tower and the class embeddings that the text tower gave. */
export interface FrozenClassifier {
  readonly vision: OnnxModel
  readonly imageSize: number
  readonly classes: number
  /** float32 [D,C]: unit-norm text embeddings, one a column, times exp(logit_scale). */
  readonly classEmbeddings: Float32Array
}

/** The graph's inputs, besides pixels. */
const BACKWARD: HostTensor = { dtype: 'bool', dims: [], data: Uint8Array.of(1) }
const FORWARD: HostTensor = { dtype: 'bool', dims: [], data: Uint8Array.of(0) }

export class Classifier {
  readonly #session: Session
  readonly #classEmbeddings: tf.Tensor2D
  /** For predictions: no row has a target or a weight. */
  readonly #noTargets: tf.Tensor2D
  readonly #noWeights: tf.Tensor1D

  private constructor(
    session: Session,
    readonly frozen: FrozenClassifier,
    /** B: rows of every run. */
    readonly batchSize: number,
    /** The weights as the session was given them. */
    readonly weights: readonly ExternalData[],
  ) {
    const { classes, classEmbeddings } = frozen
    this.#session = session
    this.#classEmbeddings = tf.tensor2d(classEmbeddings, [classEmbeddings.length / classes, classes])
    this.#noTargets = tf.zeros([batchSize, classes])
    this.#noWeights = tf.zeros([batchSize])
  }

  /** Differentiates the image tower and opens its session. Throws UserError where the tower cannot be differentiated. */
  static async open(engine: Engine, frozen: FrozenClassifier, batchSize: number): Promise<Classifier> {
    const { imageSize: S, classes } = frozen
    const { model, externalData } = buildTrainingGraph(frozen.vision, {
      inputs: { pixel_values: [batchSize, 3, S, S] },
      output: 'image_embeds',
      wrt: ['pixel_values'],
      head: crossEntropyHead({ classes }),
    })
    const session = await engine.createSession(model, externalData)
    return new Classifier(session, frozen, batchSize, externalData)
  }

  /** Pixels of a batch on the device, [B,3,S,S]; the caller disposes them. */
  pixels(batch: Batch): tf.Tensor4D {
    const { imageSize: S } = this.frozen
    return tf.tensor4d(batch.pixels, [this.batchSize, 3, S, S])
  }

  /** Logits float32 [count,C] of the first `count` rows of `pixels` [B,3,S,S]. */
  async logits(pixels: tf.Tensor4D, count: number): Promise<Float32Array> {
    const feeds = {
      pixel_values: pixels,
      class_embeddings: this.#classEmbeddings,
      targets: this.#noTargets,
      weights: this.#noWeights,
      do_backward: FORWARD,
    }
    const all = await this.#session.run(feeds, ({ logits }) => logits!.data<'float32'>(), ['logits'])
    return all.slice(0, count * this.frozen.classes)
  }

  /** Weighted cross-entropy of `input` [B,3,S,S] against the batch's labels, and whatever `pullBack` makes of its gradient. */
  async lossAndGradient(
    input: tf.Tensor4D,
    batch: Batch,
    pullBack: (dInput: tf.Tensor4D) => ParameterSet,
  ): Promise<LossAndGradient> {
    const targets = tf.tensor2d(oneHot(batch, this.frozen.classes), [this.batchSize, this.frozen.classes])
    const weights = tf.tensor1d(batch.weights)
    const feeds = {
      pixel_values: input,
      class_embeddings: this.#classEmbeddings,
      targets,
      weights,
      do_backward: BACKWARD,
    }
    try {
      return await this.#session.run(
        feeds,
        (outputs) =>
          tf.tidy(() => ({
            // A copy: the output itself is the session's, and a clone would share its buffer.
            loss: tf.mul(outputs.loss!, 1),
            gradient: pullBack(outputs.d_pixel_values as tf.Tensor4D),
          })),
        ['loss', 'd_pixel_values'],
      )
    } finally {
      tf.dispose([targets, weights])
    }
  }

  async dispose(): Promise<void> {
    tf.dispose([this.#classEmbeddings, this.#noTargets, this.#noWeights])
    await this.#session.dispose()
  }
}

/** [B,C] with a 1 at each row's label; rows that pad the batch stay zero. */
function oneHot({ labels, count }: Batch, classes: number): Float32Array {
  const targets = new Float32Array(labels.length * classes)
  for (let row = 0; row < count; row++) targets[row * classes + labels[row]!] = 1
  return targets
}
