/**
 * One run: zero-shot on validation, learning under a `Control`, validation every few steps, and at the very end, once, the
 * test split with the prompt that was best on validation. Reports through events; knows no Worker and no page.
 *
 * Whatever needs the device goes through `Recovery`: when the device is lost or memory runs out, it is done again on a new
 * one, from the last checkpoint.
 */
import { checkpointOf, type Best, type Checkpoint, type LoopState } from '../learning/checkpoint'
import { readParameters, writeParameters } from '../learning/parameters'
import { borderWidth } from '../learning/recipe'
import { isBetter } from '../learning/selection'
import type { Classifier } from '../methods/classifier'
import type { NamedTensors } from '../methods/method'
import type { Keyframe, Predictions } from '../records/run-record'
import { faultIn } from '../runtime/fault'
import { describeError, UserError } from '../errors'
import { Answers } from './answers'
import { Control } from './control'
import { checkAnswers, hashAfter } from './frozen-proof'
import { History } from './history'
import { Learner } from './learner'
import { outcomeOf, resultOf } from './outcome'
import type { RunStatus } from './protocol'
import { Recovery } from './recovery'
import { RunReporter } from './reporter'
import type { Brought, RunOptions } from './run-options'
import { yieldToMessages } from './yield'

export type { RunDevice } from './run-options'

/** Steps between checkpoints, or fewer where steps are slow: what is lost at most when the device is. */
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
  #latest: Checkpoint | null
  /** The prompt as it is to be seen now that learning has ended; null while it goes on. */
  #final: NamedTensors | null = null
  /** The last prompt that was validated, and its picture. */
  #lastGood: { readonly step: number; readonly parameters: NamedTensors; readonly border: Float32Array } | null = null
  #step: number
  #parameterCount = 0
  #frozenBefore = ''
  readonly #answers: Answers
  readonly #startedMs = performance.now()

  constructor(readonly options: RunOptions) {
    const { device, emit, format, from, keeper, recipe, rows, task, waitMs } = options
    this.#latest = from?.checkpoint ?? null
    this.#step = from?.checkpoint.step ?? 0
    this.border = borderWidth(recipe, format.imageSize)
    this.history = new History({ steps: recipe.steps, onChange: (steps) => emit({ type: 'kept', steps }) })
    if (from) this.history.load(from.history)
    this.#reporter = new RunReporter(emit, recipe.steps, {
      onSteps: (reports) => keeper?.steps(reports),
      before: { steps: this.#step, secondsPerStep: from?.secondsPerStep ?? 0 },
    })
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
    this.#answers = new Answers({
      ...{ task, emit },
      onDevice: (work) => this.onDevice(work),
      afterBatch: () => {
        this.#recovery.progress()
        return this.#breathe()
      },
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

  /** Measures zero-shot on validation, then starts learning in the background, or goes on with it. */
  async start(): Promise<void> {
    const { from, recipe } = this.options
    await this.#measureBaseline()
    if (from) {
      const { parameters, step } = from.checkpoint
      this.#lastGood = { step, parameters, border: await this.onDevice(({ method }) => method.border()) }
      this.options.emit({ type: 'kept', steps: this.history.steps })
    } else {
      // A border of zeros is no border: its validation is already known.
      const logits = recipe.init === 'zero' ? this.#answers.zeroShot : await this.#answers.logits('method', 'val')
      await this.#keep(0, logits, await this.onDevice((learner) => learner.loop.save()))
    }
    await this.onDevice((learner) => this.#showBorder(learner))
    this.#tell(this.#control.paused ? 'paused' : 'learning')
    void this.options.keeper?.save()
    this.#ended = this.#drive(() => this.#learn())
  }

  /** Nothing is learned: a border that was learned elsewhere is measured on this task and model. */
  async measure({ parameters, step }: Brought): Promise<void> {
    this.#step = step
    this.#final = parameters
    await this.#measureBaseline()
    const logits = await this.#answers.logits('method', 'val')
    const validation = this.#answers.validation(step, logits)
    const val = this.#answers.predictions(logits)
    const best: Best = { validation, parameters }
    const { border, state } = await this.onDevice(async ({ loop, method }) => {
      return { border: await method.border(), state: await loop.save() }
    })
    this.#latest = checkpointOf({ ...state, step, parameters }, best)
    this.#keepKeyframe({ step, parameters }, val)
    this.options.emit({ type: 'prompt', step, pixels: border.slice() })
    this.options.emit({ type: 'validation', step, accuracy: validation.accuracy })
    this.options.keeper?.validated(validation, { val, border })
    this.#stood()
    this.#ended = this.#drive(async () => best)
  }

  /** Nothing is learned and nothing measured: a run that was kept is asked, with these parameters. */
  show(parameters: NamedTensors, status: 'finished' | 'failed' | 'paused'): void {
    this.#control.end()
    this.#final = parameters
    this.#answers.zeroShot = this.options.from?.baseline ?? this.#answers.zeroShot
    this.#measured = status === 'finished'
    this.#status = status
    this.options.emit({ type: 'kept', steps: this.history.steps })
  }

  /** Zero-shot on validation. */
  async #measureBaseline(): Promise<void> {
    const { emit, from, keeper } = this.options
    this.#frozenBefore = await this.onDevice(async ({ classifier }) => classifier.givenSha256)
    const answers = this.#answers
    const known = from?.baseline
    answers.zeroShot = answers.fits(known) ? known : await answers.logits('zeroShot', 'val', { stage: 'zero-shot' })
    const { accuracy: zeroShot } = answers.validation(0, answers.zeroShot)
    keeper?.note({ zeroShot, parameterCount: this.#parameterCount })
    if (answers.zeroShot !== known) keeper?.keep({ baseline: answers.zeroShot })
    emit({ type: 'zeroShot', split: 'val', accuracy: zeroShot })
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
    const { keeper } = this.options
    if (keeper) {
      const { state } = keeper.record
      if (state === 'learning') {
        keeper.note({ state: 'paused', ...this.#clock() })
        await keeper.save()
      }
      await keeper.close()
    }
    await this.#recovery.dispose()
  }

  /** @param learn resolves with the border that is reported */
  async #drive(learn: () => Promise<Best>): Promise<void> {
    try {
      const best = await learn()
      this.#control.end()
      await this.#finish(best)
    } catch (error) {
      this.#control.end()
      if (this.#abandoned) return
      this.#reporter.flush()
      await this.#fail(error)
    }
  }

  async #learn(): Promise<Best> {
    const { from, recipe } = this.options
    // It was left between a step and its validation.
    if (from && from.validated < this.#step && this.#validationIsDue()) await this.#validate()
    while (this.#step < recipe.steps && (await this.#control.next())) {
      this.#step = await this.onDevice((learner) => this.#advance(learner))
      if (this.#validationIsDue()) await this.#validate()
      await this.#breathe()
    }
    this.#step = (await this.#save()).step
    this.#reporter.flush()
    return this.#latest!.best!
  }

  #validationIsDue(): boolean {
    const { steps, validateEvery } = this.options.recipe
    return this.#step > 0 && (this.#step % validateEvery === 0 || this.#step === steps)
  }

  /** One step, and the border and a checkpoint where they are due. Resolves with the steps made. */
  async #advance(learner: Learner): Promise<number> {
    const { loop } = learner
    this.#reporter.beginStep()
    let reports = await loop.advance()
    // After a fault it is not left to the next reading whether the new device works.
    const wanted = this.#recovery.shaky || this.options.keeper?.due
    if (wanted && reports.length === 0) reports = await loop.report()
    this.#reporter.endStep(reports)
    if (this.history.due(loop.step)) {
      this.#keepKeyframe({ step: loop.step, parameters: await readParameters(learner.method.parameters) })
    }
    if (reports.length > 0) {
      if (this.#reporter.borderIsDue()) await this.#showBorder(learner)
      await this.#checkpoint(learner)
    }
    return loop.step
  }

  /** Begins a checkpoint where it is due: every step made so far has been reported. It is read while learning goes on. */
  async #checkpoint(learner: Learner): Promise<void> {
    const { shaky } = this.#recovery
    const since = learner.loop.step - (this.#latest?.step ?? 0)
    if (!shaky && since < CHECKPOINT_EVERY && !this.options.keeper?.due) return
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
    this.#stood()
  }

  /** There is a new state to go on from: it may be time to keep it. */
  #stood(): void {
    const { keeper } = this.options
    keeper?.note(this.#clock())
    if (this.#latest) keeper?.stood(this.#latest)
  }

  #clock(): { readonly seconds: number; readonly secondsPerStep: number } {
    const here = (performance.now() - this.#startedMs - this.#reporter.pausedMs) / 1000
    return { seconds: (this.options.from?.seconds ?? 0) + here, secondsPerStep: this.#reporter.secondsPerStep }
  }

  #keepKeyframe(keyframe: Keyframe, validation: Predictions | null = null): void {
    this.history.keep(keyframe.step, keyframe.parameters, validation)
    this.options.keeper?.keyframe(keyframe)
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
    await this.#keep(due, await this.#answers.logits('method', 'val'), state)
  }

  /** A validated state of the run: kept as the last good one, and as the best when it is. */
  async #keep(validated: number, logits: Float32Array, state: LoopState): Promise<void> {
    const validation = this.#answers.validation(validated, logits)
    if (!Number.isFinite(validation.loss)) {
      throw new UserError(
        `Learning stopped at step ${validation.step}: the validation loss is no longer a finite number.`,
        'The last good border is kept; start again with fewer steps or a gentler recipe (quick, not paper).',
      )
    }
    const { parameters, step } = state
    const border = await this.onDevice(({ method }) => method.border())
    const best = this.#latest?.best ?? null
    const better = isBetter(validation, best?.validation ?? null)
    const val = this.#answers.predictions(logits)
    this.#latest = checkpointOf(state, better ? { validation, parameters } : best)
    this.#lastGood = { step, parameters, border }
    this.#keepKeyframe({ step, parameters }, val)
    this.options.emit({ type: 'validation', step: validation.step, accuracy: validation.accuracy })
    this.options.keeper?.validated(validation, better ? { val, border } : null)
    this.#stood()
  }

  /** What these parameters answer on the images validated. Messages are let in between batches. */
  async validationAt({ step, parameters }: Keyframe): Promise<Predictions> {
    const known = this.history.validation(step)
    if (known) return known
    const logits = await this.#answers.logits(parameters, 'val')
    const predictions = this.#answers.predictions(logits)
    this.history.setValidation(step, predictions)
    return predictions
  }

  async #finish(best: Best): Promise<void> {
    const { device, emit, keeper, task } = this.options
    this.#tell('testing')
    const steps = this.#step
    await this.#show(best.parameters)

    const answers = this.#answers
    const total = 2 * task.splits.test.count
    const zeroShot = await answers.logits('zeroShot', 'test', { stage: 'test', total })
    const prompted = await answers.logits('method', 'test', { stage: 'test', done: total / 2, total })
    await this.onDevice((learner) => checkAnswers(learner, task.splits.val, answers.validated, answers.zeroShot))
    const test = answers.testPredictions(zeroShot, prompted)
    const result = resultOf(this.options, best, test, {
      steps,
      ...this.#clock(),
      prompt: await this.onDevice(({ method }) => method.border()),
      frozenSha256Before: this.#frozenBefore,
      frozenSha256After: await this.onDevice((learner) => hashAfter(learner, device)),
    })
    this.#measured = true
    keeper?.keep({ test, border: result.prompt.slice() })
    keeper?.note({ outcome: outcomeOf(result), seconds: result.seconds })
    emit({ type: 'finished', result })
    this.#tell('finished')
    await keeper?.save()
    await keeper?.close()
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
    const trouble = describeError(error)
    this.options.keeper?.note({ trouble })
    this.#tell('failed')
    const cause = faultIn(error)?.kind
    emit({ type: 'failed', ...trouble, lastGoodStep: good?.step ?? 0, ...(cause && { cause }) })
    await this.options.keeper?.save()
    await this.options.keeper?.close()
  }

  /** The learner has come to a stand: everything about the steps made is told before the command is answered. */
  async #stand(): Promise<void> {
    this.#step = (await this.#save()).step
    this.#reporter.flush()
    this.#reporter.pause()
    await this.onDevice((learner) => this.#showBorder(learner))
    this.#tell('paused')
    this.options.keeper?.note(this.#clock())
    await this.options.keeper?.save()
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
    if (status !== 'idle') this.options.keeper?.note({ state: status === 'testing' ? 'learning' : status })
    this.options.emit({ type: 'status', status })
  }

  async #breathe(): Promise<void> {
    await yieldToMessages()
    if (this.#abandoned) throw new Abandoned()
  }
}
