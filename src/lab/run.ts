/**
 * One run: zero-shot on validation, learning under a `Control`, validation every few steps, and at the very end, once, the
 * test split with the prompt that was best on validation. Reports through events; knows no Worker and no page.
 */
import { Random } from '../data/random'
import type { ImageSet, Task } from '../data/task'
import { accuracy, argmaxRows } from '../evaluation/accuracy'
import { compare } from '../evaluation/paired'
import { BatchBuilder, TrainingBatches, type PixelFormat } from '../learning/batches'
import { Loop, type Checkpoint } from '../learning/loop'
import { writeParameters } from '../learning/parameters'
import { borderWidth, type Recipe } from '../learning/recipe'
import { isBetter, predictAll, validationOf, type Validation } from '../learning/selection'
import type { Classifier } from '../methods/classifier'
import type { Method } from '../methods/method'
import { VisualPrompt } from '../methods/visual-prompt'
import { ZeroShot } from '../methods/zero-shot'
import { hashFrozen } from '../models/frozen'
import type { EngineKind } from '../runtime/engine'
import { describeError, UserError } from '../errors'
import { Control } from './control'
import { pickEvenly } from './describe'
import type { LabEvent, MappingInfo, RunResult } from './protocol'
import { RunReporter } from './reporter'
import { yieldToMessages } from './yield'

export interface RunOptions {
  readonly classifier: Classifier
  readonly task: Task
  readonly format: PixelFormat
  readonly model: string
  /** Of a classifier; null for a CLIP. */
  readonly mapping: MappingInfo | null
  readonly recipe: Recipe
  readonly seed: number
  readonly paused: boolean
  readonly engine: EngineKind
  readonly emit: (event: LabEvent) => void
}

/** On WebGPU reading a loss waits for the whole queue; elsewhere it is there already. */
const READ_EVERY = { webgpu: 10, wasm: 1, 'node-cpu': 1 } as const

/**
 * Validation looks at no more images than this, spread evenly over the classes, the same ones each time: with thousands
 * it would take longer than the learning.
 */
const VALIDATION_IMAGES = 600

/** Thrown inside a run that was dropped for another; nobody is told. */
class Abandoned extends Error {}

export class Run {
  readonly method: VisualPrompt
  readonly zeroShot: ZeroShot
  readonly border: number
  readonly #loop: Loop
  readonly #control: Control
  readonly #reporter: RunReporter
  #ended: Promise<void> = Promise.resolve()
  #abandoned = false
  #measured = false
  #best: { readonly validation: Validation; readonly checkpoint: Checkpoint } | null = null
  #lastGood: Checkpoint | null = null
  /** Zero-shot logits of the validation split, before anything was learned. */
  #zeroShotVal: Float32Array = new Float32Array()
  #frozenBefore = ''
  /** Images of the validation split that are looked at. */
  readonly #validated: readonly number[]
  readonly #startedMs = performance.now()

  constructor(readonly options: RunOptions) {
    const { classifier, recipe, seed, task } = options
    this.#validated = pickEvenly(task.splits.val, VALIDATION_IMAGES)
    // Streams of their own, so that the noise drawn for the border moves neither order nor shifts.
    const seeds = new Random(seed)
    const [initSeed, dataSeed] = [seeds.uint32(), seeds.uint32()]
    const init = new Random(initSeed)
    this.border = borderWidth(recipe, classifier.frozen.imageSize)
    this.method = new VisualPrompt(classifier, this.border, recipe.init === 'zero' ? () => 0 : () => init.normal())
    this.zeroShot = new ZeroShot(classifier)
    const batches = new TrainingBatches(this.#builder(task.splits.train), {
      batchSize: recipe.batchSize,
      maxShift: Math.round(recipe.shiftFraction * classifier.frozen.imageSize),
      seed: dataSeed,
    })
    this.#loop = new Loop({ method: this.method, batches, recipe, readEvery: READ_EVERY[options.engine] })
    this.#reporter = new RunReporter(options.emit, recipe.steps)
    this.#control = new Control(options.paused, () => this.#stand())
  }

  get step(): number {
    return this.#loop.step
  }

  /** The test split has been measured, once and for all: from now on its images may be looked at. */
  get measured(): boolean {
    return this.#measured
  }

  /** Resolves when the run has finished, failed or been abandoned. */
  get ended(): Promise<void> {
    return this.#ended
  }

  /** Measures zero-shot on validation, then starts learning in the background. */
  async start(): Promise<void> {
    const { classifier, emit, recipe } = this.options
    this.#frozenBefore = await hashFrozen(classifier.weights)
    this.#zeroShotVal = await this.#predict(this.zeroShot, 'val', { stage: 'zero-shot' })
    const validation = this.#validation(0, this.#zeroShotVal)
    emit({ type: 'zeroShot', split: 'val', accuracy: validation.accuracy })
    // A border of zeros is no border: its validation is already known.
    const first = recipe.init === 'zero' ? validation : this.#validation(0, await this.#predict(this.method, 'val'))
    await this.#keep(first)
    await this.#showBorder()
    emit({ type: 'status', status: this.#control.paused ? 'paused' : 'learning' })
    this.#ended = this.#drive()
  }

  async pause(): Promise<number> {
    await this.#control.pause()
    return this.step
  }

  resume(): number {
    if (this.#control.paused) this.options.emit({ type: 'status', status: 'learning' })
    this.#reporter.resume()
    this.#control.resume()
    return this.step
  }

  async singleStep(): Promise<number> {
    await this.#control.step()
    return this.step
  }

  stop(): number {
    this.#control.stop()
    return this.step
  }

  /** Ends the run without a result and frees it. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    this.#control.stop()
    await this.#ended
    this.#loop.dispose()
    this.method.dispose()
  }

  async #drive(): Promise<void> {
    const { emit } = this.options
    try {
      await this.#learn()
      this.#control.end()
      await this.#finish()
    } catch (error) {
      this.#control.end()
      if (error instanceof Abandoned) return
      this.#reporter.flush()
      if (this.#lastGood) {
        this.#restore(this.#lastGood)
        emit({ type: 'prompt', step: this.#lastGood.step, pixels: await this.method.border() })
      }
      emit({ type: 'status', status: 'failed' })
      emit({ type: 'failed', ...describeError(error), lastGoodStep: this.#lastGood?.step ?? 0 })
    }
  }

  async #learn(): Promise<void> {
    const { recipe } = this.options
    while (!this.#loop.done && (await this.#control.next())) {
      this.#reporter.beginStep()
      const reports = await this.#loop.advance()
      this.#reporter.endStep(reports)
      if (reports.length > 0 && this.#reporter.borderIsDue()) await this.#showBorder()
      if (this.step % recipe.validateEvery === 0 || this.#loop.done) await this.#validate()
      await this.#breathe()
    }
    this.#reporter.endStep(await this.#loop.report())
    this.#reporter.flush()
  }

  async #validate(): Promise<void> {
    this.#reporter.endStep(await this.#loop.report())
    this.#reporter.flush()
    await this.#keep(this.#validation(this.step, await this.#predict(this.method, 'val')))
  }

  /** A validated state of the run: kept as the last good one, and as the best when it is. */
  async #keep(validation: Validation): Promise<void> {
    if (!Number.isFinite(validation.loss)) {
      throw new UserError(
        `Learning stopped at step ${validation.step}: the validation loss is no longer a finite number.`,
        'The last good border is kept; start again with fewer steps or a gentler recipe (quick, not paper).',
      )
    }
    const checkpoint = await this.#loop.save()
    this.#lastGood = checkpoint
    if (isBetter(validation, this.#best?.validation ?? null)) this.#best = { validation, checkpoint }
    this.options.emit({ type: 'validation', step: validation.step, accuracy: validation.accuracy })
  }

  async #finish(): Promise<void> {
    const { classifier, emit, engine, mapping, model, recipe, seed, task } = this.options
    emit({ type: 'status', status: 'testing' })
    const learned = this.step
    const best = this.#best!
    this.#restore(best.checkpoint)

    const total = 2 * task.splits.test.count
    const before = await this.#predict(this.zeroShot, 'test', { stage: 'test', total })
    const after = await this.#predict(this.method, 'test', { stage: 'test', done: total / 2, total })
    await this.#checkFrozen()

    const { labels } = task.splits.test
    const classes = classifier.frozen.classes
    const [zeroShot, prompted] = [argmaxRows(before, classes), argmaxRows(after, classes)]
    const result: RunResult = {
      stoppedEarly: learned < recipe.steps,
      steps: learned,
      bestStep: best.validation.step,
      seconds: (performance.now() - this.#startedMs - this.#reporter.pausedMs) / 1000,
      secondsPerStep: this.#reporter.secondsPerStep,
      zeroShot: accuracy(zeroShot, labels),
      prompted: accuracy(prompted, labels),
      ...compare(zeroShot, prompted, labels),
      prompt: await this.method.border(),
      frozenSha256Before: this.#frozenBefore,
      frozenSha256After: await hashFrozen(classifier.weights),
      model,
      template: mapping ? null : task.template,
      mapping,
      seed,
      engine,
    }
    this.#measured = true
    emit({ type: 'finished', result })
    emit({ type: 'status', status: 'finished' })
  }

  /** Beside the hash of the weights: the frozen model still gives the answers that it gave before learning. */
  async #checkFrozen(): Promise<void> {
    const [batch] = this.#builder(this.options.task.splits.val).inOrder(this.#validated)
    const now = await this.zeroShot.predict(batch!)
    const drift = now.reduce((worst, value, i) => Math.max(worst, Math.abs(value - this.#zeroShotVal[i]!)), 0)
    if (!(drift < 1e-3)) throw new Error(`the frozen model's logits moved by ${drift} while the prompt was learned`)
  }

  /** Logits of the test split, or of the images validated; messages are let in between batches. */
  #predict(
    method: Method,
    split: 'val' | 'test',
    progress?: { readonly stage: 'zero-shot' | 'test'; readonly done?: number; readonly total?: number },
  ): Promise<Float32Array> {
    const set = this.options.task.splits[split]
    const indices = split === 'val' ? this.#validated : Array.from({ length: set.count }, (_, i) => i)
    return predictAll(method, this.#builder(set), {
      indices,
      afterBatch: async (images) => {
        if (progress) {
          const { stage, done = 0, total = indices.length } = progress
          this.options.emit({ type: 'progress', stage, done: done + images, total })
        }
        await this.#breathe()
      },
    })
  }

  #validation(step: number, logits: Float32Array): Validation {
    const { classifier, task } = this.options
    const labels = Uint16Array.from(this.#validated, (index) => task.splits.val.labels[index]!)
    return validationOf(step, logits, labels, classifier.frozen.classes)
  }

  #builder(set: ImageSet): BatchBuilder {
    return new BatchBuilder(set, this.options.format, this.options.classifier.batchSize)
  }

  /** The learner has come to a stand: everything about the steps made is told before the command is answered. */
  async #stand(): Promise<void> {
    this.#reporter.endStep(await this.#loop.report())
    this.#reporter.flush()
    this.#reporter.pause()
    await this.#showBorder()
    this.options.emit({ type: 'status', status: 'paused' })
  }

  async #showBorder(): Promise<void> {
    this.options.emit({ type: 'prompt', step: this.step, pixels: await this.method.border() })
    this.#reporter.borderShown()
  }

  #restore({ parameters }: Checkpoint): void {
    this.method.setParameters(writeParameters(parameters))
  }

  async #breathe(): Promise<void> {
    await yieldToMessages()
    if (this.#abandoned) throw new Abandoned()
  }
}
