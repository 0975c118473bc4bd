/**
 * A visual prompt for one picture (the objective of TPT, Shu et al. 2022, on pixels instead of words): without its label the
 * border is moved from zero so that the model agrees with itself over views of the picture; then the picture is answered and the
 * border forgotten.
 *
 *   kept = the floor(V x share) views that are answered with the lowest entropy without a border; fixed there
 *   loss = -sum_c m_c ln m_c,   m = mean over the kept v of softmax(Z(x_v + D(θ)))
 *
 * One session of few rows serves everything: the views in turn, then forwards and backwards the kept ones alone.
 * Legend: V views, C classes, S image side, R = kept + 1 rows of a run, the last of which is the picture itself.
 */
import { interleaved } from '../data/augment/crop-flip'
import type { RgbImage } from '../data/decode'
import { Random } from '../data/random'
import { softmaxRows } from '../evaluation/accuracy'
import { gradientName } from '../gradient/gate'
import { marginalEntropyHead } from '../gradient/heads'
import { buildTrainingGraph } from '../gradient/training'
import { readFrozen } from '../models/frozen-graph'
import type { PromptDesign, PromptTensors } from '../prompts/design'
import { openDesign } from '../prompts/pixel-prompt'
import type { Engine, HostTensor, Outputs, Session } from '../runtime/engine'
import { tf } from '../runtime/tfjs'
import { yieldToMessages } from '../yield'
import { entropies, marginalEntropy, mostConfident } from './agreement'
import type { FrozenClassifier } from './classifier'
import { DELTA } from './entry'
import type { Batch, Method } from './method'
import type { TestTimeVisualSettings } from './test-time-visual-settings'
import type { FreshOptimiser, Tuned } from './text/tpt'
import { viewsOf, type ViewFormat } from './views'

export interface TestTimeVisualOptions {
  readonly engine: Engine
  readonly frozen: FrozenClassifier
  readonly format: ViewFormat
  readonly settings: TestTimeVisualSettings
  /** AdamW with the rate and decay of the settings (learning/fresh.ts). */
  readonly optimiser: () => FreshOptimiser
}

const NO_PLACE = { strength: 1, place: null }

export class TestTimeVisualPrompt implements Method {
  readonly id = 'test-time-visual'
  readonly parameterCount: number

  private constructor(
    private readonly options: TestTimeVisualOptions,
    private readonly design: PromptDesign,
    private readonly session: Session,
    /** R */
    private readonly rows: number,
    private readonly classEmbeddings: tf.Tensor2D,
  ) {
    this.parameterCount = design.parameterCount
  }

  /** @throws UserError where the encoder cannot be differentiated, or its files have changed */
  static async open(options: TestTimeVisualOptions): Promise<TestTimeVisualPrompt> {
    const { engine, format, frozen, settings } = options
    const { classes, classEmbeddings, imageSize: S, input, normalise, output } = frozen
    const border = { kind: 'padding', borderFraction: settings.borderFraction } as const
    const design = openDesign({ ...border, space: 'after', clamp: 'none', init: { kind: 'zero' } }, S, format)
    const rows = Math.max(1, Math.floor(settings.views * settings.keep)) + 1
    const { model, externalData } = buildTrainingGraph(await readFrozen(frozen.vision), {
      ...{ inputs: { [input]: [rows, 3, S, S] }, output, head: marginalEntropyHead({ classes, normalise }) },
      ...{ wrt: [DELTA], additive: { input, delta: DELTA } },
    })
    const session = await engine.createSession(model, externalData)
    const embeddings = tf.tensor2d(classEmbeddings, [classEmbeddings.length / classes, classes])
    return new TestTimeVisualPrompt(options, design, session, rows, embeddings)
  }

  /** @param picture of any size, as it was decoded; `seed` is that of its views, of the settings unless said */
  async tune(picture: RgbImage, options: { readonly seed?: number } = {}): Promise<Tuned> {
    const { format, settings } = this.options
    return this.#tune(await viewsOf(picture, format, settings, new Random(options.seed ?? settings.seed)))
  }

  /** As test-time prompt tuning: each picture of a set by itself, its views depend on seed and picture alone. */
  async predict(batch: Batch): Promise<Float32Array> {
    const { source, count } = batch
    if (!source) throw new Error('test-time tuning needs the pictures themselves: this batch has no source')
    const { frozen, settings } = this.options
    const logits = new Float32Array(count * frozen.classes)
    const planes = new Uint8Array(3 * frozen.imageSize ** 2)
    for (let row = 0; row < count; row++) {
      const index = source.indices[row]!
      await yieldToMessages()
      source.set.read(index, planes)
      const tuned = await this.tune(interleaved(planes), { seed: settings.seed + index })
      logits.set(tuned.logits, row * frozen.classes)
    }
    return logits
  }

  dispose(): void {
    this.classEmbeddings.dispose()
    void this.session.dispose()
  }

  async #tune(views: Float32Array): Promise<Tuned> {
    const { frozen, optimiser: fresh, settings } = this.options
    const { classes: C } = frozen
    let prompt: PromptTensors = this.design.init({ normal: () => 0 })
    const optimiser = fresh()
    try {
      const answers = softmaxRows(await this.#answers(views), C)
      const sure = entropies(answers, C)
      const kept = mostConfident(sure, settings.keep)
      const pixels = this.#rowsOf(views, [...kept, 0])
      for (let step = 0; step < settings.steps; step++) {
        const gradient = await this.#gradient(prompt, pixels, kept.length)
        const next = optimiser.step(gradient, prompt)
        tf.dispose([{ ...gradient }, { ...prompt }])
        prompt = next
      }
      const last = await this.#logits(prompt, pixels)
      const after = softmaxRows(last, C)
      const own = kept.length * C
      return {
        ...{ views, entropies: sure, kept },
        entropyBefore: marginalEntropy(answers, kept, C),
        entropyAfter: marginalEntropy(after, [...kept.keys()], C),
        before: answers.slice(0, C),
        after: after.slice(own, own + C),
        logits: last.slice(own, own + C),
      }
    } finally {
      optimiser.dispose()
      tf.dispose({ ...prompt })
    }
  }

  /** Logits [V,C] of the views without a border, a run of R of them at a time. */
  async #answers(views: Float32Array): Promise<Float32Array> {
    const { classes: C } = this.options.frozen
    const V = this.options.settings.views
    const none = this.design.init({ normal: () => 0 })
    const all = new Float32Array(V * C)
    try {
      for (let from = 0; from < V; from += this.rows) {
        const count = Math.min(this.rows, V - from)
        const indices = Array.from({ length: count }, (_, i) => from + i)
        const logits = await this.#logits(none, this.#rowsOf(views, indices))
        all.set(logits.subarray(0, count * C), from * C)
      }
      return all
    } finally {
      tf.dispose({ ...none })
    }
  }

  /** Views of these indices, [R,3,S,S]; what is left of the rows is zero. */
  #rowsOf(views: Float32Array, indices: readonly number[]): HostTensor {
    const { imageSize: S } = this.options.frozen
    const size = 3 * S * S
    const data = new Float32Array(this.rows * size)
    indices.forEach((view, row) => data.set(views.subarray(view * size, (view + 1) * size), row * size))
    return { dtype: 'float32', dims: [this.rows, 3, S, S], data }
  }

  #logits(prompt: PromptTensors, pixels: HostTensor): Promise<Float32Array> {
    // The weights decide the loss alone, which is not read.
    return this.#run(prompt, pixels, 1, false, 'logits', async ({ logits }) =>
      Float32Array.from(await logits!.data<'float32'>()),
    )
  }

  /** Of the marginal entropy over the first `kept` rows. */
  #gradient(prompt: PromptTensors, pixels: HostTensor, kept: number): Promise<PromptTensors> {
    const name = gradientName(DELTA)
    return this.#run(prompt, pixels, kept, true, name, (outputs) =>
      this.design.pullBack(prompt, outputs[name] as tf.Tensor4D, null, NO_PLACE),
    )
  }

  async #run<T>(
    prompt: PromptTensors,
    pixels: HostTensor,
    kept: number,
    backward: boolean,
    fetch: string,
    use: (outputs: Outputs) => T | Promise<T>,
  ): Promise<T> {
    const delta = this.design.added(prompt, NO_PLACE)
    const weights = Float32Array.from({ length: this.rows }, (_, row) => (row < kept ? 1 / kept : 0))
    const feeds = {
      [this.options.frozen.input]: pixels,
      [DELTA]: delta,
      class_embeddings: this.classEmbeddings,
      weights: { dtype: 'float32', dims: [this.rows], data: weights },
      do_backward: { dtype: 'bool', dims: [], data: Uint8Array.of(Number(backward)) },
    } as const
    try {
      return await this.session.run(feeds, use, [fetch])
    } finally {
      delta.dispose()
    }
  }
}
