/**
 * One run: zero-shot on validation, learning under a `Control`, validation every few steps, and at the very end, once, the
 * test split with the prompt that was best on validation. Reports through events; knows no Worker and no page.
 *
 * Whatever needs the device goes through `Recovery`: when the device is lost or memory runs out, it is done again on a new
 * one, from the last checkpoint.
 */
import type { Best } from '../learning/checkpoint'
import { borderWidth } from '../learning/recipe'
import type { Classifier } from '../methods/classifier'
import type { NamedTensors } from '../methods/method'
import type { Keyframe, Predictions } from '../records/run-record'
import { Answers } from './answers'
import { Control } from './control'
import { fail, finish } from './ending'
import type { History } from './history'
import { Learner } from '../learning/learner'
import { Learning } from './learning'
import type { RunStatus } from './protocol'
import { Recovery } from './recovery'
import { RunReporter } from './reporter'
import type { Brought, RunOptions } from './run-options'
import type { RunParts } from './run-parts'
import { RunProgress } from './run-progress'
import { yieldToMessages } from '../yield'

export type { RunDevice } from './run-options'

/** Thrown inside a run that was dropped for another; nobody is told. */
class Abandoned extends Error {}

export class Run {
  readonly border: number
  readonly #parts: RunParts
  readonly #learning: Learning
  #ended: Promise<void> = Promise.resolve()
  #status: Exclude<RunStatus, 'recovering'> = 'idle'
  #abandoned = false
  #measured = false
  #parameterCount = 0
  #frozenBefore = ''

  constructor(readonly options: RunOptions) {
    const { emit, format, from, keeper, paused, recipe, task } = options
    this.border = borderWidth(recipe, format.imageSize)
    const { steps, validateEvery } = recipe
    const plan = { steps, validateEvery, testImages: task.splits.test.count }
    const reporter = new RunReporter(emit, plan, {
      onSteps: (reports, imagesPerSecond) => keeper?.steps(reports, imagesPerSecond),
      before: { steps: from?.checkpoint.step ?? 0, secondsPerStep: from?.secondsPerStep ?? 0 },
    })
    const progress = new RunProgress(options, reporter)
    const recovery = this.#recovery(progress)
    const breathe = () => this.#breathe()
    const answers = new Answers({
      ...{ task, emit },
      onDevice: (work) => recovery.run(work),
      afterBatch: () => {
        recovery.progress()
        return breathe()
      },
      onValidated: (images, ms) => reporter.validated(images, ms),
    })
    const control = new Control(paused, () => this.#learning.stand())
    const tell = (status: Exclude<RunStatus, 'recovering'>) => this.#tell(status)
    this.#parts = { options, answers, control, progress, recovery, reporter, tell, breathe }
    this.#learning = new Learning(this.#parts)
  }

  /** Steps made. */
  get step(): number {
    return this.#parts.progress.step
  }

  /** The way of the border, for looking back. */
  get history(): History {
    return this.#parts.progress.history
  }

  get parameterCount(): number {
    return this.#parameterCount
  }

  /** The test split has been measured, once and for all: from now on its images may be looked at. */
  get measured(): boolean {
    return this.#measured
  }

  /** It learns or measures, or is about to. */
  get working(): boolean {
    return this.#status === 'learning' || this.#status === 'testing' || this.#parts.recovery.busy
  }

  /** Gives up what it holds on the device, until it is asked something: other work needs the room. */
  rest(): Promise<void> {
    return this.#parts.recovery.rest()
  }

  /** Resolves when the run has finished, failed or been abandoned. */
  get ended(): Promise<void> {
    return this.#ended
  }

  /** Does what needs the device, with the prompt as it is now; through faults. */
  onDevice<R>(work: (learner: Learner) => Promise<R>): Promise<R> {
    return this.#parts.recovery.run(work)
  }

  /** Measures zero-shot on validation, then starts learning in the background, or goes on with it. */
  async start(): Promise<void> {
    const { answers, control, progress, reporter } = this.#parts
    const { emit, from, keeper, recipe } = this.options
    await this.#measureBaseline()
    if (from) {
      const { parameters, step } = from.checkpoint
      progress.lastGood = { step, parameters, border: await this.onDevice(({ method }) => method.border()) }
      emit({ type: 'kept', steps: this.history.steps })
    } else {
      // A border of zeros is no border: its validation is already known.
      const logits = recipe.init === 'zero' ? answers.zeroShot : await answers.logits('method', 'val')
      await this.#learning.validated(0, logits, await this.onDevice((learner) => learner.loop.save()))
    }
    await this.onDevice((learner) => reporter.showBorder(learner))
    this.#tell(control.paused ? 'paused' : 'learning')
    void keeper?.save()
    this.#ended = this.#drive(() => this.#learning.run())
  }

  /** Nothing is learned: a border that was learned elsewhere is measured on this task and model. */
  async measure({ parameters, step }: Brought): Promise<void> {
    const { answers, progress } = this.#parts
    const { emit, keeper } = this.options
    progress.step = step
    progress.final = parameters
    await this.#measureBaseline()
    const logits = await answers.logits('method', 'val')
    const validation = answers.validation(step, logits)
    const val = answers.predictions(logits)
    const best: Best = { validation, parameters }
    const { border, state } = await this.onDevice(async ({ loop, method }) => {
      return { border: await method.border(), state: await loop.save() }
    })
    progress.bring({ ...state, step, parameters }, best)
    progress.keyframe({ step, parameters }, val)
    emit({ type: 'prompt', step, pixels: border.slice() })
    emit({ type: 'validation', step, accuracy: validation.accuracy })
    keeper?.validated(validation, { val, border })
    progress.stood()
    this.#ended = this.#drive(async () => best)
  }

  /** Nothing is learned and nothing measured: a run that was kept is asked, with these parameters. */
  show(parameters: NamedTensors, status: 'finished' | 'failed' | 'paused'): void {
    const { answers, control, progress } = this.#parts
    control.end()
    progress.final = parameters
    answers.zeroShot = this.options.from?.baseline ?? answers.zeroShot
    this.#measured = status === 'finished'
    this.#status = status
    this.options.emit({ type: 'kept', steps: this.history.steps })
  }

  async pause(): Promise<number> {
    await this.#parts.control.pause()
    return this.step
  }

  resume(): number {
    const { control, reporter } = this.#parts
    if (control.paused) this.#tell('learning')
    reporter.resume()
    control.resume()
    return this.step
  }

  async singleStep(): Promise<number> {
    await this.#parts.control.step()
    return this.step
  }

  stop(): number {
    this.#parts.control.stop()
    return this.step
  }

  /** Ends the run without a result and frees it. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    this.#parts.control.stop()
    await this.#ended
    const { keeper } = this.options
    if (keeper) {
      const { state } = keeper.record
      if (state === 'learning') {
        keeper.note({ state: 'paused', ...this.#parts.progress.clock })
        await keeper.save()
      }
      await keeper.close()
    }
    await this.#parts.recovery.dispose()
  }

  /**
   * What these parameters answer on the images validated. Messages are let in between batches.
   * @throws what the signal was aborted with
   */
  async validationAt({ step, parameters }: Keyframe, signal?: AbortSignal): Promise<Predictions> {
    const known = this.history.validation(step)
    if (known) return known
    const { answers } = this.#parts
    const predictions = answers.predictions(await answers.logits(parameters, 'val', { signal }))
    this.history.setValidation(step, predictions)
    return predictions
  }

  /** Zero-shot on validation. */
  async #measureBaseline(): Promise<void> {
    const { emit, from, keeper } = this.options
    const { answers } = this.#parts
    this.#frozenBefore = await this.onDevice(async ({ classifier }) => classifier.givenSha256)
    const known = from?.baseline
    answers.zeroShot = answers.fits(known)
      ? known
      : await answers.logits('zeroShot', 'val', { progress: { stage: 'zero-shot' } })
    const { accuracy: zeroShot } = answers.validation(0, answers.zeroShot)
    keeper?.note({ zeroShot, parameterCount: this.#parameterCount })
    if (answers.zeroShot !== known) keeper?.keep({ baseline: answers.zeroShot })
    emit({ type: 'zeroShot', split: 'val', accuracy: zeroShot })
  }

  /** @param learn resolves with the border that is reported */
  async #drive(learn: () => Promise<Best>): Promise<void> {
    const { control, reporter } = this.#parts
    try {
      const best = await learn()
      control.end()
      await finish(this.#parts, best, { frozenBefore: this.#frozenBefore, onMeasured: () => (this.#measured = true) })
    } catch (error) {
      control.end()
      if (this.#abandoned) return
      reporter.flush()
      await fail(this.#parts, error)
    }
  }

  #recovery(progress: RunProgress): Recovery<Learner> {
    const { device, emit, rows, waitMs } = this.options
    return new Recovery({
      rows,
      ...(waitMs ? { waitMs } : {}),
      make: async (count, fault) => this.#learner(await device.open(count, fault), progress),
      free: (learner) => learner.dispose(),
      faultOf: (error) => device.faultOf(error),
      onRebuilding: ({ fault, ...rest }) => {
        emit({ type: 'status', status: 'recovering' })
        const step = progress.latest?.step ?? 0
        const { kind: cause, message, said } = fault
        emit({ type: 'recovering', cause, message, said: said.message, step, ...rest })
      },
      onEnd: () => emit({ type: 'status', status: this.#status }),
      abandoned: () => this.#abandoned,
    })
  }

  #learner(classifier: Classifier, progress: RunProgress): Learner {
    const learner = new Learner(classifier, this.options)
    progress.restore(learner)
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
