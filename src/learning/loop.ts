/**
 * Learning, one step at a time, as the design draws it:
 *
 *   next batch -> loss and gradient (compose, frozen encoder, pull back: the method's) -> step -> report
 *
 * Who drives it (the lab, a test) decides when to pause, validate and stop; between steps everything that decides the
 * rest of the run can be saved, and a run continued from there goes on bit for bit on engines that repeat themselves.
 */
import { UserError } from '../errors'
import type { LossScale } from '../methods/loss-scale'
import type { LearnableMethod, LossAndGradient } from '../methods/method'
import { tf } from '../runtime/tfjs'
import type { TrainingBatches } from './batches'
import type { LoopState } from './checkpoint'
import {
  createOptimiser,
  disposeOptimiser,
  loadOptimiser,
  saveOptimiser,
  type Optimiser,
  type OptimiserState,
} from './optimiser'
import { mapParameters, normOf, readParameters, writeParameters } from './parameters'
import type { OptimiserChoice } from './recipe'
import { PendingReports, type StepReport } from './report'
import { learningRateAt, type Schedule } from './schedule'
import { said } from '../sentence'

export interface LoopOptions {
  readonly method: LearnableMethod
  readonly batches: Pick<TrainingBatches, 'next' | 'getState' | 'setState'>
  readonly recipe: Schedule & { readonly optimiser: OptimiserChoice }
  /** In place of the recipe's. */
  readonly optimiser?: Optimiser
  /** Rate of the step with this index, counted from 0, in place of the recipe's schedule. */
  readonly rateAt?: (step: number) => number
  /** Of an encoder in half precision: it begins anew with each run, whatever the last one found. */
  readonly lossScale?: LossScale | null
  /** Reports are read back after so many steps. */
  readonly readEvery: number
}

export class Loop {
  readonly #method: LearnableMethod
  readonly #batches: LoopOptions['batches']
  readonly #recipe: LoopOptions['recipe']
  readonly #rateAt: (step: number) => number
  readonly #readEvery: number
  readonly #lossScale: LossScale | null
  readonly #optimiser: Optimiser
  #state: OptimiserState
  #step = 0
  readonly #pending = new PendingReports()

  constructor({ method, batches, recipe, optimiser: given, rateAt, lossScale = null, readEvery }: LoopOptions) {
    this.#method = method
    this.#batches = batches
    this.#recipe = recipe
    this.#rateAt = rateAt ?? ((step) => learningRateAt(recipe, step))
    this.#readEvery = readEvery
    this.#lossScale = lossScale
    lossScale?.load(null)
    this.#optimiser = given ?? createOptimiser(recipe.optimiser)
    this.#state = this.#optimiser.init(method.parameters)
  }

  /** Steps made. */
  get step(): number {
    return this.#step
  }

  get done(): boolean {
    return this.#step >= this.#recipe.steps
  }

  /**
   * One step. Resolves with the reports that are due: of this step, of the last few, or none yet.
   * @throws UserError when a loss or gradient that is read is not a finite number
   */
  async advance(): Promise<readonly StepReport[]> {
    const method = this.#method
    const batch = this.#batches.next()

    const due = this.#step + 1 >= this.#recipe.steps || this.#pending.length + 1 >= this.#readEvery
    const parts: LossAndGradient[] = []
    try {
      for (const microBatch of batch) {
        parts.push(await method.lossAndGradient(microBatch, due))
      }
    } catch (error) {
      disposeParts(parts)
      throw error
    }
    const { loss, gradient, correct } = sumOf(parts)

    const learningRate = this.#rateAt(this.#step)
    const updated = this.#optimiser.update(gradient, this.#state, method.parameters, learningRate)
    method.setParameters(updated.parameters)
    disposeOptimiser(this.#state)
    this.#state = updated.state
    this.#step++

    const gradientNorm = normOf(gradient)
    const images = batch.reduce((sum, { count }) => sum + count, 0)
    const accuracy = correct === null ? null : correct / images
    this.#pending.add({ step: this.#step, learningRate, images, accuracy }, loss, gradientNorm)
    tf.dispose([loss, gradientNorm, { ...gradient }])
    return due ? this.report() : []
  }

  /** Reads what is not yet reported. */
  async report(): Promise<readonly StepReport[]> {
    const reports = await this.#pending.read()
    for (const { step, loss, gradientNorm } of reports) {
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) throw diverged(step)
    }
    return reports
  }

  /** The state as it is at the call; learning may go on while it is read. */
  async save(): Promise<LoopState> {
    const step = this.#step
    const batches = this.#batches.getState()
    const lossScale = this.#lossScale?.state ?? null
    const parameters = readParameters(this.#method.parameters)
    const optimiser = saveOptimiser(this.#state)
    // Both are waited for, so that nothing is still being read when this has failed.
    await Promise.allSettled([parameters, optimiser])
    return { step, parameters: await parameters, optimiser: await optimiser, batches, lossScale }
  }

  load({ step, parameters, optimiser, batches, lossScale }: LoopState): void {
    this.#method.setParameters(writeParameters(parameters))
    disposeOptimiser(this.#state)
    this.#state = loadOptimiser(optimiser)
    this.#batches.setState(batches)
    this.#lossScale?.load(lossScale)
    this.#step = step
    this.#pending.clear()
  }

  /** Frees the optimiser's state; the method is its owner's. */
  dispose(): void {
    this.#pending.clear()
    disposeOptimiser(this.#state)
  }
}

/** Losses and gradients of micro-batches add: their row weights already hold 1/batch. Disposes the parts. */
function sumOf(parts: readonly LossAndGradient[]): LossAndGradient {
  const [only] = parts
  if (only && parts.length === 1) return only
  const sum = tf.tidy(() => ({
    loss: tf.addN(parts.map(({ loss }) => loss)),
    gradient: mapParameters(parts[0]!.gradient, (_, name) => tf.addN(parts.map(({ gradient }) => gradient[name]!))),
  }))
  disposeParts(parts)
  const counts = parts.map(({ correct }) => correct)
  return { ...sum, correct: counts.includes(null) ? null : counts.reduce<number>((all, one) => all + one!, 0) }
}

function disposeParts(parts: readonly LossAndGradient[]): void {
  for (const { loss, gradient } of parts) tf.dispose([loss, { ...gradient }])
}

function diverged(step: number): UserError {
  return new UserError(
    said`Learning stopped at step ${step}: the loss or its gradient is no longer a finite number.`,
    'The last good border is kept; start again with fewer steps or a gentler recipe (quick, not paper).',
  )
}
