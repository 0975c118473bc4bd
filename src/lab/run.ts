/**
 * One run: zero-shot on validation, learning under a `Control`, validation every few steps, and at the very end, once, the
 * test split with the prompt that was best on validation. Reports through events; knows no Worker and no page.
 *
 * Whatever needs the device goes through `Recovery`: when the device is lost or memory runs out, it is done again on a new
 * one, from the last checkpoint.
 */
import type { ImageSet, Task } from '../data/task'
import { accuracy, argmaxRows } from '../evaluation/accuracy'
import { compare } from '../evaluation/paired'
import type { PixelFormat } from '../learning/batches'
import { checkpointOf, type Checkpoint, type LoopState } from '../learning/checkpoint'
import { readParameters, writeParameters } from '../learning/parameters'
import { borderWidth, type Recipe } from '../learning/recipe'
import { isBetter, predictAll, validationOf, type Validation } from '../learning/selection'
import type { Classifier } from '../methods/classifier'
import type { Method, NamedTensors } from '../methods/method'
import type { Keyframe, Predictions } from '../records/run-record'
import type { EngineKind } from '../runtime/engine'
import type { EngineFault } from '../runtime/fault'
import { describeError, UserError } from '../errors'
import { Control } from './control'
import { pickEvenly } from './describe'
import { History } from './history'
import { Learner } from './learner'
import { predictionsOf } from './predicted-rows'
import type { LabEvent, MappingInfo, RunResult, RunStatus } from './protocol'
import { Recovery } from './recovery'
import { RunReporter } from './reporter'
import { yieldToMessages } from './yield'

/** The owner of the device, as a run sees it. */
export interface RunDevice {
  /** The classifier at so many rows a run of the graph; after a fault a new one, on a device that works. */
  open(rows: number, fault: EngineFault | null): Promise<Classifier>
  /** What made the engine faulty; null while it is ready. */
  fault(): EngineFault | null
  /** The fault behind an error; null where it is none. */
  faultOf(error: unknown): Promise<EngineFault | null>
}

export interface RunOptions {
  readonly device: RunDevice
  /** Rows of one run of the graph, to begin with: halved where memory does not suffice. */
  readonly rows: number
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
  /** Waits between rebuilds, ms; tests have no patience. */
  readonly waitMs?: readonly number[]
}

/**
 * Validation looks at no more images than this, spread evenly over the classes, the same ones each time: with thousands
 * it would take longer than the learning.
 */
const VALIDATION_IMAGES = 600

/** Steps between checkpoints: what is lost at most when the device is. */
const CHECKPOINT_EVERY = 10

/** Thrown inside a run that was dropped for another; nobody is told. */
class Abandoned extends Error {}

export class Run {
  readonly border: number
  /** The way of the border, for looking back. */
  readonly history: History
  readonly #recovery: Recovery<Learner>
  readonly #control: Control
  readonly #reporter: RunReporter
  #ended: Promise<void> = Promise.resolve()
  #status: Exclude<RunStatus, 'recovering'> = 'idle'
  #abandoned = false
  #measured = false
  /** Where the run goes on after a fault; null before the first validation. */
  #latest: Checkpoint | null = null
  /** The prompt as it is to be seen now that learning has ended; null while it goes on. */
  #final: NamedTensors | null = null
  /** The last prompt that was validated, and its picture. */
  #lastGood: { readonly step: number; readonly parameters: NamedTensors; readonly border: Float32Array } | null = null
  #step = 0
  #parameterCount = 0
  /** Zero-shot logits of the validation split, before anything was learned. */
  #zeroShotVal: Float32Array = new Float32Array()
  #frozenBefore = ''
  /** Images of the validation split that are looked at. */
  readonly #validated: readonly number[]
  readonly #startedMs = performance.now()

  constructor(readonly options: RunOptions) {
    const { device, emit, format, recipe, rows, task, waitMs } = options
    this.#validated = pickEvenly(task.splits.val, VALIDATION_IMAGES)
    this.border = borderWidth(recipe, format.imageSize)
    this.history = new History({ steps: recipe.steps, onChange: (steps) => emit({ type: 'kept', steps }) })
    this.#reporter = new RunReporter(emit, recipe.steps)
    this.#control = new Control(options.paused, () => this.#stand())
    this.#recovery = new Recovery({
      rows,
      ...(waitMs ? { waitMs } : {}),
      make: async (count, fault) => this.#learner(await device.open(count, fault)),
      free: (learner) => learner.dispose(),
      faultOf: (error) => device.faultOf(error),
      onRebuilding: ({ fault, ...rest }) => {
        emit({ type: 'status', status: 'recovering' })
        const step = this.#latest?.step ?? 0
        emit({ type: 'recovering', cause: fault.kind, message: fault.message, step, ...rest })
      },
      onEnd: () => emit({ type: 'status', status: this.#status }),
      abandoned: () => this.#abandoned,
    })
  }

  /** Steps made. */
  get step(): number {
    return this.#step
  }

  get parameterCount(): number {
    return this.#parameterCount
  }

  /** The test split has been measured, once and for all: from now on its images may be looked at. */
  get measured(): boolean {
    return this.#measured
  }

  /** Resolves when the run has finished, failed or been abandoned. */
  get ended(): Promise<void> {
    return this.#ended
  }

  /** Does what needs the device, with the prompt as it is now; through faults. */
  onDevice<R>(work: (learner: Learner) => Promise<R>): Promise<R> {
    return this.#recovery.run(work)
  }

  /** Measures zero-shot on validation, then starts learning in the background. */
  async start(): Promise<void> {
    const { emit, recipe } = this.options
    this.#frozenBefore = await this.onDevice(async ({ classifier }) => classifier.givenSha256)
    this.#zeroShotVal = await this.#predict('zeroShot', 'val', { stage: 'zero-shot' })
    const validation = this.#validation(0, this.#zeroShotVal)
    emit({ type: 'zeroShot', split: 'val', accuracy: validation.accuracy })
    // A border of zeros is no border: its validation is already known.
    const logits = recipe.init === 'zero' ? this.#zeroShotVal : await this.#predict('method', 'val')
    await this.#keep(0, logits, await this.onDevice((learner) => learner.loop.save()))
    await this.onDevice((learner) => this.#showBorder(learner))
    this.#tell(this.#control.paused ? 'paused' : 'learning')
    this.#ended = this.#drive()
  }

  async pause(): Promise<number> {
    await this.#control.pause()
    return this.step
  }

  resume(): number {
    if (this.#control.paused) this.#tell('learning')
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
    await this.#recovery.dispose()
  }

  async #drive(): Promise<void> {
    try {
      await this.#learn()
      this.#control.end()
      await this.#finish()
    } catch (error) {
      this.#control.end()
      if (this.#abandoned) return
      this.#reporter.flush()
      await this.#fail(error)
    }
  }

  async #learn(): Promise<void> {
    const { recipe } = this.options
    while (this.#step < recipe.steps && (await this.#control.next())) {
      this.#step = await this.onDevice((learner) => this.#advance(learner))
      if (this.#step % recipe.validateEvery === 0 || this.#step === recipe.steps) await this.#validate()
      await this.#breathe()
    }
    this.#reporter.endStep(await this.onDevice(({ loop }) => loop.report()))
    this.#reporter.flush()
  }

  /** One step, and the border and a checkpoint where they are due. Resolves with the steps made. */
  async #advance(learner: Learner): Promise<number> {
    const { loop } = learner
    this.#reporter.beginStep()
    let reports = await loop.advance()
    // After a fault it is not left to the next reading whether the new device works.
    if (this.#recovery.shaky && reports.length === 0) reports = await loop.report()
    this.#reporter.endStep(reports)
    if (this.history.due(loop.step)) this.history.keep(loop.step, await readParameters(learner.method.parameters))
    if (reports.length > 0) {
      if (this.#reporter.borderIsDue()) await this.#showBorder(learner)
      await this.#checkpoint(learner)
    }
    return loop.step
  }

  /** Begins a checkpoint where it is due: every step made so far has been reported. It is read while learning goes on. */
  async #checkpoint(learner: Learner): Promise<void> {
    const { shaky } = this.#recovery
    if (!shaky && learner.loop.step - (this.#latest?.step ?? 0) < CHECKPOINT_EVERY) return
    // What goes wrong in it goes wrong in the next step too, which tells.
    const saved = learner.save()?.then(
      (state) => this.#adopt(learner, state),
      () => undefined,
    )
    if (shaky) await saved
  }

  #adopt(learner: Learner, state: LoopState): void {
    const sound = this.#recovery.current === learner && this.options.device.fault() === null
    if (!sound || state.step <= (this.#latest?.step ?? -1)) return
    this.#latest = checkpointOf(state, this.#latest?.best ?? null)
    this.#recovery.progress()
  }

  /** Reports all steps made and saves the state they led to. */
  #save(): Promise<LoopState> {
    return this.onDevice(async (learner) => {
      this.#reporter.endStep(await learner.loop.report())
      const state = await learner.loop.save()
      this.#adopt(learner, state)
      return state
    })
  }

  async #validate(): Promise<void> {
    const due = this.#step
    const state = await this.#save()
    this.#reporter.flush()
    this.#step = state.step
    // A fault came between: the steps since the checkpoint are made again, and this one is come to again.
    if (state.step < due) return
    await this.#keep(due, await this.#predict('method', 'val'), state)
  }

  /** A validated state of the run: kept as the last good one, and as the best when it is. */
  async #keep(validated: number, logits: Float32Array, state: LoopState): Promise<void> {
    const validation = this.#validation(validated, logits)
    if (!Number.isFinite(validation.loss)) {
      throw new UserError(
        `Learning stopped at step ${validation.step}: the validation loss is no longer a finite number.`,
        'The last good border is kept; start again with fewer steps or a gentler recipe (quick, not paper).',
      )
    }
    const { parameters, step } = state
    const best = this.#latest?.best ?? null
    this.#latest = checkpointOf(
      state,
      isBetter(validation, best?.validation ?? null) ? { validation, parameters } : best,
    )
    this.#lastGood = { step, parameters, border: await this.onDevice(({ method }) => method.border()) }
    this.history.keep(step, parameters, this.#predictions(logits))
    this.options.emit({ type: 'validation', step: validation.step, accuracy: validation.accuracy })
  }

  /** What these parameters answer on the images validated. Messages are let in between batches. */
  async validationAt({ step, parameters }: Keyframe): Promise<Predictions> {
    const known = this.history.validation(step)
    if (known) return known
    const logits = await this.#predict(parameters, 'val')
    const predictions = this.#predictions(logits)
    this.history.setValidation(step, predictions)
    return predictions
  }

  #predictions(logits: Float32Array): Predictions {
    const { classes, splits } = this.options.task
    return predictionsOf(splits.val, this.#validated, this.#zeroShotVal, logits, classes.length)
  }

  async #finish(): Promise<void> {
    const { engine, mapping, model, recipe, seed, task } = this.options
    this.#tell('testing')
    const learned = this.#step
    const best = this.#latest!.best!
    await this.#show(best.parameters)

    const total = 2 * task.splits.test.count
    const before = await this.#predict('zeroShot', 'test', { stage: 'test', total })
    const after = await this.#predict('method', 'test', { stage: 'test', done: total / 2, total })
    await this.#checkFrozen()

    const { labels } = task.splits.test
    const classes = task.classes.length
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
      prompt: await this.onDevice(({ method }) => method.border()),
      frozenSha256Before: this.#frozenBefore,
      frozenSha256After: await this.#frozenAfter(),
      model,
      template: mapping ? null : task.template,
      mapping,
      seed,
      engine,
    }
    this.#measured = true
    this.options.emit({ type: 'finished', result })
    this.#tell('finished')
  }

  /** The run ends by an error; the last good prompt is shown, on a device or without one. */
  async #fail(error: unknown): Promise<void> {
    const { emit } = this.options
    const good = this.#lastGood
    if (good) {
      if (this.#recovery.current) await this.#show(good.parameters).catch(() => undefined)
      this.#final = good.parameters
      emit({ type: 'prompt', step: good.step, pixels: good.border.slice() })
    }
    this.#tell('failed')
    emit({ type: 'failed', ...describeError(error), lastGoodStep: good?.step ?? 0 })
  }

  /** Beside the hash of the weights: the frozen model still gives the answers that it gave before learning. */
  async #checkFrozen(): Promise<void> {
    const { val } = this.options.task.splits
    const now = await this.onDevice((learner) => {
      const some = this.#validated.slice(0, learner.classifier.batchSize)
      return predictAll(learner.zeroShot, learner.builder(val), { indices: some })
    })
    const drift = now.reduce((worst, value, i) => Math.max(worst, Math.abs(value - this.#zeroShotVal[i]!)), 0)
    if (!(drift < 1e-3)) throw new Error(`the frozen model's logits moved by ${drift} while the prompt was learned`)
  }

  /** Empty where the model's files are gone: what was learned is not lost for that. */
  async #frozenAfter(): Promise<string> {
    const hashed = async ({ classifier }: Learner) => {
      try {
        return await classifier.hashFrozen()
      } catch (error) {
        if (error instanceof UserError && !(await this.options.device.faultOf(error))) return ''
        throw error
      }
    }
    return this.onDevice(hashed)
  }

  /** Logits of the test split, or of the images validated; messages are let in between batches. */
  async #predict(
    which: 'zeroShot' | 'method' | NamedTensors,
    split: 'val' | 'test',
    progress?: { readonly stage: 'zero-shot' | 'test'; readonly done?: number; readonly total?: number },
  ): Promise<Float32Array> {
    const set: ImageSet = this.options.task.splits[split]
    const indices = split === 'val' ? this.#validated : Array.from({ length: set.count }, (_, i) => i)
    const classes = this.options.task.classes.length
    const logits = new Float32Array(indices.length * classes)
    let done = 0
    while (done < indices.length) {
      const from = done
      done += await this.onDevice(async (learner) => {
        const some = indices.slice(from, from + learner.classifier.batchSize)
        const predict = (method: Method) => predictAll(method, learner.builder(set), { indices: some })
        const rows = typeof which === 'string' ? predict(learner[which]) : learner.past(which, predict)
        logits.set(await rows, from * classes)
        return some.length
      })
      this.#recovery.progress()
      if (progress) {
        const { stage, done: before = 0, total = indices.length } = progress
        this.options.emit({ type: 'progress', stage, done: before + done, total })
      }
      await this.#breathe()
    }
    return logits
  }

  #validation(step: number, logits: Float32Array): Validation {
    const { classes, splits } = this.options.task
    const labels = Uint16Array.from(this.#validated, (index) => splits.val.labels[index]!)
    return validationOf(step, logits, labels, classes.length)
  }

  /** The learner has come to a stand: everything about the steps made is told before the command is answered. */
  async #stand(): Promise<void> {
    this.#step = (await this.#save()).step
    this.#reporter.flush()
    this.#reporter.pause()
    await this.onDevice((learner) => this.#showBorder(learner))
    this.#tell('paused')
  }

  async #showBorder({ loop, method }: Learner): Promise<void> {
    this.options.emit({ type: 'prompt', step: loop.step, pixels: await method.border() })
    this.#reporter.borderShown()
  }

  /** Learning has ended: from now on the prompt is this one, on whatever device. */
  async #show(parameters: NamedTensors): Promise<void> {
    this.#final = parameters
    await this.onDevice(async ({ method }) => method.setParameters(writeParameters(parameters)))
  }

  /** A learner that goes on where the last one stood. */
  #learner(classifier: Classifier): Learner {
    const learner = new Learner(classifier, this.options)
    if (this.#latest) learner.loop.load(this.#latest)
    if (this.#final) learner.method.setParameters(writeParameters(this.#final))
    this.#parameterCount = learner.method.parameterCount
    return learner
  }

  #tell(status: Exclude<RunStatus, 'recovering'>): void {
    this.#status = status
    this.options.emit({ type: 'status', status })
  }

  async #breathe(): Promise<void> {
    await yieldToMessages()
    if (this.#abandoned) throw new Abandoned()
  }
}
