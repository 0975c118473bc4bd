/**
 * The steps of a run: made while its `Control` allows it, with a checkpoint, a picture of the border and a validation
 * wherever they are due. After a fault the steps since the checkpoint are made again.
 */
import type { Best, LoopState } from '../learning/checkpoint'
import { readParameters } from '../learning/parameters'
import { UserError } from '../errors'
import type { Learner } from '../learning/learner'
import type { RunParts } from './run-parts'
import { said } from '../sentence'

/** Steps between checkpoints, or fewer where steps are slow: what is lost at most when the device is. */
const CHECKPOINT_EVERY = 10

export class Learning {
  /** Step of the last validation. */
  #validated: number

  constructor(private readonly parts: RunParts) {
    this.#validated = parts.options.from?.validated ?? 0
  }

  /** Steps until there are enough of them, or until it is stopped. Resolves with the best prompt on validation. */
  async run(): Promise<Best> {
    const { breathe, control, options, progress, recovery, reporter } = this.parts
    const { from, recipe } = options
    // It was left between a step and its validation.
    if (from && from.validated < progress.step && this.#validationIsDue()) await this.#validate()
    while (progress.step < recipe.steps && (await control.next())) {
      progress.step = await recovery.run((learner) => this.#advance(learner))
      if (this.#validationIsDue()) await this.#validate()
      await breathe()
    }
    // Stopped between two validations: what was learned since the last one counts too. After a fault it may be fewer steps.
    while (progress.step > this.#validated) {
      await breathe()
      await this.#validate()
    }
    progress.step = (await this.save()).step
    reporter.flush()
    return progress.latest!.best!
  }

  /** Reports all steps made and saves the state they led to. */
  save(): Promise<LoopState> {
    const { recovery, reporter } = this.parts
    return recovery.run(async (learner) => {
      const reports = await learner.loop.report()
      this.#requireSound()
      reporter.endStep(reports)
      const state = await learner.loop.save()
      this.#adopt(learner, state)
      return state
    })
  }

  /** The learner has come to a stand: everything about the steps made is told. */
  async stand(): Promise<void> {
    const { options, progress, recovery, reporter, tell } = this.parts
    progress.step = (await this.save()).step
    reporter.flush()
    reporter.pause()
    await recovery.run((learner) => reporter.showBorder(learner))
    tell('paused')
    options.keeper?.note(progress.clock)
    await options.keeper?.save()
  }

  /**
   * What a state of the run answered on validation.
   * @throws UserError where it is no longer finite
   */
  async validated(step: number, logits: Float32Array, state: LoopState): Promise<void> {
    const { answers, progress, recovery } = this.parts
    const validation = answers.validation(step, logits)
    if (!Number.isFinite(validation.loss)) {
      throw new UserError(
        said`Learning stopped at step ${validation.step}: the validation loss is no longer a finite number.`,
        'The last good border is kept; start again with fewer steps or a gentler recipe (quick, not paper).',
      )
    }
    const border = await recovery.run(({ method }) => method.border())
    progress.validated(state, validation, { border, val: answers.predictions(logits) })
    this.#validated = step
  }

  #validationIsDue(): boolean {
    const { steps, validateEvery } = this.parts.options.recipe
    const { step } = this.parts.progress
    return step > 0 && (step % validateEvery === 0 || step === steps)
  }

  /** One step, and the border and a checkpoint where they are due. Resolves with the steps made. */
  async #advance(learner: Learner): Promise<number> {
    const { options, progress, recovery, reporter } = this.parts
    const { loop } = learner
    reporter.beginStep()
    let reports = await loop.advance()
    // After a fault it is not left to the next reading whether the new device works.
    const wanted = recovery.shaky || options.keeper?.due
    if (wanted && reports.length === 0) reports = await loop.report()
    this.#requireSound()
    reporter.endStep(reports)
    if (progress.history.due(loop.step)) {
      progress.keyframe({ step: loop.step, parameters: await readParameters(learner.method.parameters) })
    }
    if (reports.length > 0) {
      if (reporter.borderIsDue()) await reporter.showBorder(learner)
      await this.#checkpoint(learner)
    }
    return loop.step
  }

  /** Begins a checkpoint where it is due: every step made so far has been reported. It is read while learning goes on. */
  async #checkpoint(learner: Learner): Promise<void> {
    const { options, progress, recovery } = this.parts
    const { shaky } = recovery
    const since = learner.loop.step - (progress.latest?.step ?? 0)
    if (!shaky && since < CHECKPOINT_EVERY && !options.keeper?.due) return
    // What goes wrong in it goes wrong in the next step too, which tells.
    const saved = learner.save()?.then(
      (state) => this.#adopt(learner, state),
      () => undefined,
    )
    if (shaky) await saved
  }

  /** What is read from a device that dropped a run is no number of this run's, and is not told. @throws EngineFault */
  #requireSound(): void {
    const fault = this.parts.options.device.fault()
    if (fault) throw fault
  }

  #adopt(learner: Learner, state: LoopState): void {
    const { options, progress, recovery } = this.parts
    const sound = recovery.current === learner && options.device.fault() === null
    if (sound && progress.adopt(state)) recovery.progress()
  }

  async #validate(): Promise<void> {
    const { answers, progress, reporter } = this.parts
    const due = progress.step
    const state = await this.save()
    reporter.flush()
    progress.step = state.step
    // A fault came between: the steps since the checkpoint are made again, and this one is come to again.
    if (state.step < due) return
    await this.validated(due, await answers.logits('method', 'val', { progress: { stage: 'validation' } }), state)
  }
}
