/**
 * CoCoOp (Zhou et al. 2022b, "Conditional Prompt Learning for Vision-Language Models"): CoOp whose context is shifted for each
 * picture by a small network of its embedding, so that it holds for classes that were not learned on.
 *
 *   p(y = c | x) = softmax_c( exp(logit_scale) cos( v, text([ctx + h(v)]_1 … [ctx + h(v)]_M name_c .) ) )
 *
 * C texts are encoded for each picture: costly, and its authors learn on one picture a step. Pictures whose texts fit into one
 * run of the tower together share it. Legend: B pictures, C classes, M places, W width of a token, D embedding dimensions.
 */
import type { Random } from '../../data/random'
import { UserError } from '../../errors'
import { argmaxRows } from '../../evaluation/accuracy'
import type { Clip } from '../../models/clip'
import type { Context } from '../../prompts/context'
import type { Engine } from '../../runtime/engine'
import { tf } from '../../runtime/tfjs'
import { said } from '../../sentence'
import type { Batch, LearnableMethod, LossAndGradient, NamedTensors, ParameterSet } from '../method'
import type { CoCoOpSettings } from './cocoop-settings'
import type { FeaturesOf } from './image-features'
import { COCOOP_NAMES, cocoopShapes } from './cocoop-shapes'
import { contextsOf, createCoCoOp, pullBackContexts } from './meta-net'
import { Sentences } from './sentences'
import { contextTokens, firstContext } from './first-context'
import { ownTextLogits } from './text-loss'

export interface CoCoOpOptions {
  readonly engine: Engine
  readonly clip: Clip
  /** C names, as a person wrote them. */
  readonly names: readonly string[]
  readonly settings: CoCoOpSettings
  readonly features: FeaturesOf
  /** Draws the meta-net, and the first context where it is drawn. */
  readonly random: Random
  /** What was learned before, of these classes or others. */
  readonly learned?: NamedTensors
  /** Live memory beside the weights that a run of the text tower may take, bytes. */
  readonly budget?: number
}

export class CoCoOp implements LearnableMethod {
  readonly id = 'cocoop'
  readonly parameterCount: number
  #parameters: ParameterSet

  private constructor(
    private readonly clip: Clip,
    readonly sentences: Sentences,
    private readonly features: FeaturesOf,
    first: NamedTensors,
  ) {
    const tensors = COCOOP_NAMES.map((name) => [name, tf.tensor(first[name]!.data, [...first[name]!.dims])] as const)
    this.#parameters = Object.fromEntries(tensors)
    this.parameterCount = tensors.reduce((sum, [, { size }]) => sum + size, 0)
  }

  /** @throws UserError where a name does not fit the model, or its text tower cannot be opened */
  static async open(options: CoCoOpOptions): Promise<CoCoOp> {
    const { engine, clip, names, settings, features, random, learned, budget } = options
    const places = learned?.ctx?.dims[0] ?? contextTokens(clip, settings)
    const sentences = await Sentences.open(engine, clip, {
      ...{ names, places, position: settings.position },
      ...(budget !== undefined && { budget }),
    })
    try {
      if (learned) {
        requireShapes(learned, sentences.width, clip.projectionDim)
        return new CoCoOp(clip, sentences, features, learned)
      }
      const ctx = await firstContext(engine, clip, settings.init, {
        copies: null,
        places,
        width: sentences.width,
        random,
      })
      return new CoCoOp(clip, sentences, features, createCoCoOp(ctx, clip.projectionDim, random))
    } catch (error) {
      await sentences.dispose()
      throw error
    }
  }

  get parameters(): ParameterSet {
    return this.#parameters
  }

  /** M */
  get places(): number {
    return this.sentences.base.layout.places
  }

  setParameters(next: ParameterSet): void {
    for (const name of COCOOP_NAMES) {
      const [wanted, given] = [this.#parameters[name]!.shape, next[name]?.shape]
      if (given?.join() !== wanted.join()) {
        throw new Error(`${name} is [${wanted.join()}], not ${given ? `[${given.join()}]` : 'absent'}`)
      }
    }
    tf.dispose({ ...this.#parameters })
    this.#parameters = next
  }

  async lossAndGradient(batch: Batch, count = false): Promise<LossAndGradient> {
    const { sentences } = this
    const C = sentences.classes
    const scale = Math.exp(this.clip.logitScale)
    const parameters = this.#parameters
    const images = await this.#images(batch)
    const held: tf.Tensor[] = [images]
    const logits: Float32Array[] = []
    try {
      const contexts = contextsOf(parameters, images)
      held.push(contexts)
      const [losses, dContexts]: tf.Tensor[][] = [[], []]
      for (const part of this.#groups(batch.count)) {
        const rows = rowsOf(contexts, part)
        held.push(...rows)
        const text = await sentences.encode(rows)
        const found = tf.tidy(() => {
          const given = tf.slice(images, part.from, part.count)
          const targets = tf.cast(tf.oneHot(Array.from(labelsOf(batch, part)), C), 'float32')
          const weights = tf.tensor1d(batch.weights.slice(part.from, part.from + part.count))
          const lossOf = (t: tf.Tensor) => {
            const logP = tf.logSoftmax(ownTextLogits(given, t as tf.Tensor2D, scale))
            return tf.reshape(tf.neg(tf.sum(tf.mul(tf.sum(tf.mul(targets, logP), 1), weights))), [])
          }
          const { value, grads } = tf.valueAndGrads(lossOf)([text])
          return { loss: value, dText: grads[0] as tf.Tensor2D, logits: ownTextLogits(given, text, scale) }
        })
        losses!.push(found.loss)
        held.push(text, found.loss, found.dText, found.logits)
        if (count) logits.push(Float32Array.from(await found.logits.data<'float32'>()))
        const gradients = await sentences.pullBack(rows, found.dText)
        dContexts!.push(tf.stack(gradients))
        held.push(...gradients, dContexts!.at(-1)!)
      }
      const gradient = tf.tidy(() => pullBackContexts(parameters, images, tf.concat(dContexts!) as tf.Tensor3D))
      return { loss: tf.addN(losses!), gradient, correct: count ? rightRows(logits, batch, C) : null }
    } finally {
      tf.dispose(held)
    }
  }

  async predict(batch: Batch, strength = 1): Promise<Float32Array> {
    const { sentences } = this
    const C = sentences.classes
    const images = await this.#images(batch)
    const contexts = tf.tidy(() => tf.mul(contextsOf(this.#parameters, images), strength) as tf.Tensor3D)
    const answers = new Float32Array(batch.count * C)
    try {
      for (const part of this.#groups(batch.count)) {
        const rows = rowsOf(contexts, part)
        const text = await sentences.encode(rows)
        const logits = tf.tidy(() =>
          ownTextLogits(tf.slice(images, part.from, part.count), text, Math.exp(this.clip.logitScale)),
        )
        answers.set(await logits.data<'float32'>(), part.from * C)
        tf.dispose([text, logits, ...rows])
      }
      return answers
    } finally {
      tf.dispose([images, contexts])
    }
  }

  /** The context of one picture, [M,W], from its embedding [1,D]: where test-time tuning may begin. The caller disposes it. */
  contextOf(image: tf.Tensor2D): Context {
    return tf.tidy(() => tf.squeeze(contextsOf(this.#parameters, image), [0]))
  }

  /** Frees the parameters; the tower goes with them. */
  dispose(): void {
    tf.dispose({ ...this.#parameters })
    void this.sentences.dispose()
  }

  async #images(batch: Batch): Promise<tf.Tensor2D> {
    const { projectionDim: D } = this.clip
    const given = await this.features(batch)
    return tf.tensor2d(given.slice(0, batch.count * D), [batch.count, D])
  }

  /** Pictures whose texts share a run of the tower. */
  *#groups(count: number): Generator<Part> {
    const together = Math.max(1, Math.floor(this.sentences.tower.rows / this.sentences.classes))
    for (let from = 0; from < count; from += together) yield { from, count: Math.min(together, count - from) }
  }
}

function requireShapes(learned: NamedTensors, W: number, D: number): void {
  const [M = 0] = learned.ctx?.dims ?? []
  const [H = 0] = learned['meta_net.linear1.bias']?.dims ?? []
  const shapes = cocoopShapes(M, W, D, H)
  const misfit = COCOOP_NAMES.find((name) => learned[name]?.dims.join() !== shapes[name]!.join())
  if (misfit === undefined) return
  const dims = learned[misfit]?.dims.join(', ') ?? ''
  throw new UserError(
    said`The ${misfit} of this context has the shape [${dims}]; on this model it would be [${shapes[misfit]!.join(', ')}].`,
    'Take the model that it was learned on.',
  )
}

interface Part {
  readonly from: number
  readonly count: number
}

/** One context [M,W] a picture; the caller disposes them. */
const rowsOf = (contexts: tf.Tensor3D, { from, count }: Part): tf.Tensor2D[] =>
  tf.tidy(() => tf.unstack(tf.slice(contexts, from, count))) as tf.Tensor2D[]

const labelsOf = ({ labels }: Batch, { from, count }: Part) => labels.subarray(from, from + count)

function rightRows(parts: readonly Float32Array[], { labels }: Batch, classes: number): number {
  const answers = parts.flatMap((logits) => Array.from(argmaxRows(logits, classes)))
  return answers.reduce((right, answer, row) => right + Number(answer === labels[row]), 0)
}
