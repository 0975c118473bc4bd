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
}

export interface StepsEvent {
  readonly step: readonly number[]
  readonly loss: readonly number[]
  readonly learningRate: readonly number[]
  readonly gradientNorm: readonly number[]
}

export class Metrics {
  /** step, loss, smoothed loss, learning rate, gradient norm. */
  readonly steps = new Columns(5)
  /** step, accuracy, low and high end of its 95 % interval; fractions of 1. */
  readonly validations = new Columns(4, 64)
  #listeners = new Set<() => void>()
  #smooth = NaN

  addSteps({ step, loss, learningRate, gradientNorm }: StepsEvent): void {
    step.forEach((s, i) => {
      const value = loss[i] ?? NaN
      // An exponential mean over about 12 steps: single batches are too noisy to be read as a trend.
      this.#smooth = Number.isFinite(this.#smooth) ? this.#smooth + 0.15 * (value - this.#smooth) : value
      this.steps.push(s, value, this.#smooth, learningRate[i] ?? NaN, gradientNorm[i] ?? NaN)
    })
    this.#notify()
  }

  addValidation(step: number, accuracy: Accuracy): void {
    this.validations.push(step, accuracy.top1, accuracy.ci95[0], accuracy.ci95[1])
    this.#notify()
  }

  clear(): void {
    this.steps.clear()
    this.validations.clear()
    this.#smooth = NaN
    this.#notify()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}

export const metrics = new Metrics()
