/**
 * Per-step figures of the run, in growing typed arrays outside any store: hundreds of steps a second must not render
 * React. Readers subscribe, mark themselves dirty and read at their own rate.
 */
import type { Accuracy } from '../lab/protocol'

/** Columns of equal length that grow by doubling. `column(i)` is a view, valid until the next push. */
export class Columns {
  #columns: Float64Array[]
  #length = 0

  constructor(width: number, capacity = 256) {
    this.#columns = Array.from({ length: width }, () => new Float64Array(capacity))
  }

  get length(): number {
    return this.#length
  }

  push(...values: readonly number[]): void {
    if (values.length !== this.#columns.length) throw new Error(`expected ${this.#columns.length} values a row`)
    const capacity = this.#columns[0]?.length ?? 0
    if (this.#length === capacity) {
      this.#columns = this.#columns.map((old) => {
        const grown = new Float64Array(capacity * 2)
        grown.set(old)
        return grown
      })
    }
    this.#columns.forEach((column, i) => (column[this.#length] = values[i] ?? NaN))
    this.#length++
  }

  column(i: number): Float64Array {
    const column = this.#columns[i]
    if (!column) throw new Error(`no column ${i}`)
    return column.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  copy(): Columns {
    const copy = new Columns(this.#columns.length, Math.max(1, this.#length))
    copy.#columns = this.#columns.map((column) => column.slice())
    copy.#length = this.#length
    return copy
  }
}

export interface StepsEvent {
  readonly step: readonly number[]
  readonly loss: readonly number[]
  readonly learningRate: readonly number[]
  readonly gradientNorm: readonly number[]
  /** Share of each batch that was answered rightly, before its update; left out where it is not known. */
  readonly batchAccuracy?: readonly (number | null)[]
  /** Of all of them, or of each. */
  readonly imagesPerSecond?: number | readonly number[]
}

/** What the columns of `Metrics.steps` hold. */
export const STEP_COLUMNS = [
  'step',
  'loss',
  'smoothLoss',
  'rate',
  'gradient',
  'accuracy',
  'smoothAccuracy',
  'speed',
] as const
export type StepColumn = (typeof STEP_COLUMNS)[number]
export type StepFigures = Readonly<Record<StepColumn, number>>

export class Metrics {
  /** As STEP_COLUMNS says; NaN where a figure is not known. */
  steps = new Columns(STEP_COLUMNS.length)
  /** step, accuracy, low and high end of its 95 % interval; fractions of 1. */
  validations = new Columns(4, 64)
  #listeners = new Set<() => void>()
  #smoothLoss = NaN
  #smoothAccuracy = NaN

  addSteps({ step, loss, learningRate, gradientNorm, batchAccuracy, imagesPerSecond }: StepsEvent): void {
    step.forEach((s, i) => {
      this.#smoothLoss = smooth(this.#smoothLoss, loss[i] ?? NaN)
      const accuracy = batchAccuracy?.[i] ?? NaN
      this.#smoothAccuracy = smooth(this.#smoothAccuracy, accuracy)
      const speed = (typeof imagesPerSecond === 'number' ? imagesPerSecond : imagesPerSecond?.[i]) || NaN
      const [rate, gradient] = [learningRate[i] ?? NaN, gradientNorm[i] ?? NaN]
      this.steps.push(s, loss[i] ?? NaN, this.#smoothLoss, rate, gradient, accuracy, this.#smoothAccuracy, speed)
    })
    this.#notify()
  }

  column(name: StepColumn): Float64Array {
    return this.steps.column(STEP_COLUMNS.indexOf(name))
  }

  /** The figures of a step, or of the last one made before it; null where there is none. */
  at(step: number): StepFigures | null {
    const row = lastAtMost(this.column('step'), step)
    if (row < 0) return null
    return Object.fromEntries(STEP_COLUMNS.map((name) => [name, this.column(name)[row]!])) as StepFigures
  }

  /** The last validation at or before a step. */
  validationAt(step: number): { readonly step: number; readonly top1: number } | null {
    const row = lastAtMost(this.validations.column(0), step)
    if (row < 0) return null
    return { step: this.validations.column(0)[row]!, top1: this.validations.column(1)[row]! }
  }

  addValidation(step: number, accuracy: Accuracy): void {
    this.validations.push(step, accuracy.top1, accuracy.ci95[0], accuracy.ci95[1])
    this.#notify()
  }

  clear(): void {
    this.steps.clear()
    this.validations.clear()
    this.#smoothLoss = this.#smoothAccuracy = NaN
    this.#notify()
  }

  /** All figures as they are now; returns what brings them back. */
  keep(): () => void {
    const [steps, validations, loss, accuracy] = [
      this.steps.copy(),
      this.validations.copy(),
      this.#smoothLoss,
      this.#smoothAccuracy,
    ]
    return () => {
      this.steps = steps
      this.validations = validations
      this.#smoothLoss = loss
      this.#smoothAccuracy = accuracy
      this.#notify()
    }
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** An exponential mean over about 12 steps: single batches are too noisy to be read as a trend. */
function smooth(mean: number, value: number): number {
  if (!Number.isFinite(mean)) return value
  return Number.isFinite(value) ? mean + 0.15 * (value - mean) : mean
}

/** Index of the last of ascending values that is at most `value`; -1 where none is. */
function lastAtMost(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

export const metrics = new Metrics()
