/**
 * Where a run is: the steps made, the checkpoint that it goes on from after a fault, the last border that was validated, the
 * time at work. Whatever of it is worth keeping is told to the keeper as it comes.
 */
import { checkpointOf, type Best, type Checkpoint, type LoopState } from '../learning/checkpoint'
import { writeParameters } from '../learning/parameters'
import { isBetter, type Validation } from '../learning/selection'
import type { NamedTensors } from '../methods/method'
import type { Keyframe, Predictions } from '../records/run-record'
import { History } from './history'
import type { Learner } from '../learning/learner'
import type { RunReporter } from './reporter'
import type { RunOptions } from './run-options'

/** A prompt that was validated, and its picture. */
export interface GoodPrompt extends Keyframe {
  readonly border: Float32Array
}

export class RunProgress {
  /** The way of the border, for looking back. */
  readonly history: History
  /** Steps made. */
  step: number
  lastGood: GoodPrompt | null = null
  /** The prompt as it is to be seen now that learning has ended; null while it goes on. */
  final: NamedTensors | null = null
  #latest: Checkpoint | null
  readonly #startedMs = performance.now()

  constructor(
    private readonly options: RunOptions,
    private readonly reporter: Pick<RunReporter, 'pausedMs' | 'secondsPerStep'>,
  ) {
    const { emit, from, recipe } = options
    this.#latest = from?.checkpoint ?? null
    this.step = from?.checkpoint.step ?? 0
    this.history = new History({ steps: recipe.steps, onChange: (steps) => emit({ type: 'kept', steps }) })
    if (from) this.history.load(from.history)
  }

  /** Where the run goes on after a fault; null before the first validation. */
  get latest(): Checkpoint | null {
    return this.#latest
  }

  /** Seconds at work, pauses left out, and of a step. */
  get clock(): { readonly seconds: number; readonly secondsPerStep: number } {
    const here = (performance.now() - this.#startedMs - this.reporter.pausedMs) / 1000
    return { seconds: (this.options.from?.seconds ?? 0) + here, secondsPerStep: this.reporter.secondsPerStep }
  }

  /** Lets a new learner go on where the last one stood. */
  restore({ loop, method }: Learner): void {
    if (this.#latest) loop.load(this.#latest)
    if (this.final) method.setParameters(writeParameters(this.final))
  }

  /** Takes over a state of the loop. False where it is no newer than what there is. */
  adopt(state: LoopState): boolean {
    if (state.step <= (this.#latest?.step ?? -1)) return false
    this.#latest = checkpointOf(state, this.#latest?.best ?? null)
    this.stood()
    return true
  }

  /** A validated state: the last good one, and the best when it is. */
  validated(state: LoopState, validation: Validation, seen: { border: Float32Array; val: Predictions }): void {
    const { parameters, step } = state
    const best = this.#latest?.best ?? null
    const better = isBetter(validation, best?.validation ?? null)
    this.#latest = checkpointOf(state, better ? { validation, parameters } : best)
    this.lastGood = { step, parameters, border: seen.border }
    this.keyframe({ step, parameters }, seen.val)
    this.options.emit({ type: 'validation', step: validation.step, accuracy: validation.accuracy })
    this.options.keeper?.validated(validation, better ? seen : null)
    this.stood()
  }

  /** A border that was learned elsewhere is all there is. */
  bring(state: LoopState, best: Best): void {
    this.#latest = checkpointOf(state, best)
  }

  keyframe(keyframe: Keyframe, validation: Predictions | null = null): void {
    this.history.keep(keyframe.step, keyframe.parameters, validation)
    this.options.keeper?.keyframe(keyframe)
  }

  /** There is a new state to go on from: it may be time to keep it. */
  stood(): void {
    const { keeper } = this.options
    keeper?.note(this.clock)
    if (this.#latest) keeper?.stood(this.#latest)
  }
}
