/**
 * Full fine-tuning of the image tower: every weight of the encoder is learned, the class embeddings stay. The weights become inputs
 * of the training graph, which gives the gradient of each (gradient/training.ts); what is frozen elsewhere is not touched, since
 * these are copies.
 *
 *   min over W of CE( softmax(s unit(image_W(x)) · unit(text)) )
 *   strength λ of an answer: image tower of weights W₀ + λ (W - W₀)      (λ between 0 and 1: Wortsman et al. 2022, WiSE-FT)
 *
 * Legend: B rows of a run, C classes, D width of the encoder's output, P weights.
 */
import { UserError } from '../errors'
import { gradientName } from '../gradient/gate'
import { crossEntropyHead } from '../gradient/heads'
import { buildTrainingGraph, trainingModel, type TrainingGraphOptions } from '../gradient/training'
import { readFrozen } from '../models/frozen-graph'
import { elementCount, type OnnxModel, type Shape } from '../onnx/model'
import { tensorValues } from '../onnx/tensor'
import type { Engine, Feeds, HostTensor, Session } from '../runtime/engine'
import { tf } from '../runtime/tfjs'
import { said } from '../sentence'
import { oneHot, rightRows } from './batch-labels'
import type { FrozenClassifier } from './classifier'
import type { Batch, LearnableMethod, LossAndGradient, NamedTensors, ParameterSet } from './method'
import { rowsWithin } from './training-memory'

/** Memory that fine-tuning may take, bytes: about what a page can have beside the model itself. */
export const FINE_TUNE_BUDGET = 1e9

/** Copies of every weight: as it was, as it is, its gradient, two moments, their successors and the best so far. */
const COPIES = 8

export interface FineTuneOptions {
  readonly engine: Engine
  readonly frozen: FrozenClassifier
  /** Pictures of a step: decides the rows of a run. */
  readonly batchSize: number
  readonly budget?: number
}

export class FineTune implements LearnableMethod {
  readonly id = 'fine-tune'
  readonly parameterCount: number
  #weights: ParameterSet
  readonly #classEmbeddings: tf.Tensor2D

  private constructor(
    private readonly frozen: FrozenClassifier,
    private readonly session: Session,
    /** B */
    readonly batchSize: number,
    /** W₀ */
    private readonly first: NamedTensors,
  ) {
    const { classEmbeddings, classes } = frozen
    this.#classEmbeddings = tf.tensor2d(classEmbeddings, [classEmbeddings.length / classes, classes])
    this.#weights = Object.fromEntries(
      Object.entries(first).map(([name, { dims, data }]) => [name, tf.tensor(data, [...dims])]),
    )
    this.parameterCount = Object.values(first).reduce((sum, { data }) => sum + data.length, 0)
  }

  /** @throws UserError where it would take more memory than there is for it, or the encoder is not in float32 */
  static async open({ engine, frozen, batchSize, budget = FINE_TUNE_BUDGET }: FineTuneOptions): Promise<FineTune> {
    const { outline } = frozen.vision
    const shapes = weightShapes(outline)
    const weights = Object.values(shapes).reduce((sum, dims) => sum + elementCount(dims), 0)
    const activations = (rows: number) =>
      engine.reckon(trainingModel(outline, graphOptions(frozen, shapes, rows)).model).activations
    const ofWeights = 4 * COPIES * weights
    const least = ofWeights + activations(1)
    if (least > budget) {
      throw new UserError(
        said`Fine-tuning all ${weights} weights of this image tower takes about ${megabytes(least)} MB of memory, and ${megabytes(budget)} MB are given to it here.`,
        'Take a smaller model, such as Stamp, or learn a prompt or a linear probe on this one.',
      )
    }
    const rows = rowsWithin(activations, batchSize, budget - ofWeights)
    const whole = await readFrozen(frozen.vision)
    const first = Object.fromEntries(
      Object.entries(shapes).map(([name, dims]) => [
        name,
        { dims, data: Float32Array.from(tensorValues(whole.graph.initializers.get(name)!)) },
      ]),
    )
    const { model, externalData } = buildTrainingGraph(whole, graphOptions(frozen, shapes, rows))
    return new FineTune(frozen, await engine.createSession(model, externalData), rows, first)
  }

  get parameters(): ParameterSet {
    return this.#weights
  }

  setParameters(next: ParameterSet): void {
    for (const [name, { dims }] of Object.entries(this.first)) {
      const given = next[name]?.shape
      if (given?.join() !== dims.join()) {
        throw new Error(`${name} is [${dims.join()}], not ${given ? `[${given.join()}]` : 'absent'}`)
      }
    }
    tf.dispose({ ...this.#weights })
    this.#weights = next
  }

  async lossAndGradient(batch: Batch, count = false): Promise<LossAndGradient> {
    const { batchSize: B, frozen, session } = this
    const { classes: C } = frozen
    const feeds = this.#feeds(batch, this.#weights, oneHot(batch, C, B), true)
    const names = Object.keys(this.first)
    const fetches = ['loss', ...names.map(gradientName), ...(count ? ['logits'] : [])]
    return session.run(
      feeds,
      async (outputs) => {
        // Copies: the outputs themselves are the session's.
        const found = tf.tidy(() => ({
          loss: tf.mul(outputs.loss!, 1),
          gradient: Object.fromEntries(names.map((name) => [name, tf.mul(outputs[gradientName(name)]!, 1)])),
        }))
        if (!count) return { ...found, correct: null }
        return { ...found, correct: rightRows(await outputs.logits!.data<'float32'>(), batch, C) }
      },
      fetches,
    )
  }

  async predict(batch: Batch, strength = 1): Promise<Float32Array> {
    const { classes: C } = this.frozen
    const weights = strength === 1 ? this.#weights : this.#between(strength)
    const feeds = this.#feeds(batch, weights, new Float32Array(this.batchSize * C), false)
    try {
      const all = await this.session.run(
        feeds,
        async ({ logits }) => Float32Array.from(await logits!.data<'float32'>()),
        ['logits'],
      )
      return all.slice(0, batch.count * C)
    } finally {
      if (weights !== this.#weights) tf.dispose({ ...weights })
    }
  }

  dispose(): void {
    tf.dispose([this.#classEmbeddings, { ...this.#weights }])
    void this.session.dispose()
  }

  /** W₀ + λ (W - W₀) */
  #between(strength: number): ParameterSet {
    return Object.fromEntries(
      Object.entries(this.first).map(([name, { dims, data }]) => [
        name,
        tf.tidy(() => {
          const start = tf.tensor(data, [...dims])
          return tf.add(start, tf.mul(tf.sub(this.#weights[name]!, start), strength))
        }),
      ]),
    )
  }

  #feeds({ pixels, weights }: Batch, learned: ParameterSet, targets: Float32Array, backward: boolean): Feeds {
    const { batchSize: B, frozen } = this
    const { classes: C, imageSize: S, input } = frozen
    return {
      ...learned,
      [input]: onHost([B, 3, S, S], pixels),
      class_embeddings: this.#classEmbeddings,
      targets: onHost([B, C], targets),
      weights: onHost([B], weights),
      do_backward: { dtype: 'bool', dims: [], data: Uint8Array.of(Number(backward)) },
    }
  }
}

const megabytes = (bytes: number) => Math.ceil(bytes / 1e6)

const onHost = (dims: readonly number[], data: Float32Array): HostTensor => ({ dtype: 'float32', dims, data })

/** Every weight is an input, and has a gradient. */
function graphOptions(
  { classes, imageSize: S, input, normalise, output }: FrozenClassifier,
  shapes: Readonly<Record<string, Shape>>,
  rows: number,
): TrainingGraphOptions {
  return {
    inputs: { [input]: [rows, 3, S, S], ...shapes },
    ...{ output, head: crossEntropyHead({ classes, normalise }), wrt: Object.keys(shapes) },
  }
}

/**
 * Weights of an encoder by name. Single numbers are constants of its arithmetic, and a BatchNormalization that is run, not trained, has
 * no gradient for what it holds (gradient/rules/normalisation.ts): neither is learned.
 * @throws UserError where they are not float32
 */
function weightShapes({ graph }: OnnxModel): Readonly<Record<string, Shape>> {
  const used = new Set(
    graph.nodes.flatMap(({ op, inputs }) => (op === 'BatchNormalization' ? inputs.slice(0, 1) : inputs)),
  )
  const found = [...graph.initializers].filter(([name, { dims }]) => used.has(name) && elementCount(dims) > 1)
  const half = found.find(([, { dtype }]) => ['float16', 'int8', 'uint8'].includes(dtype))
  if (half) {
    throw new UserError(
      said`The weights of this image tower are ${half[1].dtype}: steps of fine-tuning are too small for them.`,
      'Take the model in float32.',
    )
  }
  const learned = found.filter(([, { dtype }]) => dtype === 'float32')
  return Object.fromEntries(learned.map(([name, { dims }]) => [name, dims]))
}
