/** The curves of a run while it grows: what it has told of its steps and validations, once each, whatever was made again. */
import type { StepReport } from '../learning/report'
import type { Validation } from '../learning/selection'
import type { RunCurves } from '../records/run-record'

type Row<C> = { readonly [N in keyof C]: number }

export class Journal {
  readonly #steps: Row<RunCurves['steps']>[] = []
  readonly #validations: Row<RunCurves['validations']>[] = []

  /** @param curves of a run that is gone on with */
  constructor(curves: RunCurves | null = null) {
    if (!curves) return
    this.#steps.push(...rows(curves.steps))
    this.#validations.push(...rows(curves.validations))
  }

  /** Last step told; 0 before the first. */
  get step(): number {
    return this.#steps.at(-1)?.step ?? 0
  }

  /** Last step validated; -1 before the first. */
  get validated(): number {
    return this.#validations.at(-1)?.step ?? -1
  }

  /** @param imagesPerSecond as it was while this step was made; null where it is not known */
  add({ step, loss, learningRate, gradientNorm, accuracy }: StepReport, imagesPerSecond: number | null): void {
    if (step <= this.step) return
    const [answered, pace] = [accuracy ?? NaN, imagesPerSecond ?? NaN]
    this.#steps.push({ step, loss, learningRate, gradientNorm, accuracy: answered, imagesPerSecond: pace })
  }

  addValidation({ step, accuracy: { top1, ci95 } }: Validation): void {
    if (step > this.validated) this.#validations.push({ step, top1, low: ci95[0], high: ci95[1] })
  }

  /** As they were after `step` steps. */
  until(step: number): RunCurves {
    const steps = this.#steps.filter((row) => row.step <= step)
    const validations = this.#validations.filter((row) => row.step <= step)
    return {
      steps: {
        step: Float64Array.from(steps, (row) => row.step),
        loss: Float64Array.from(steps, (row) => row.loss),
        learningRate: Float64Array.from(steps, (row) => row.learningRate),
        gradientNorm: Float64Array.from(steps, (row) => row.gradientNorm),
        accuracy: Float64Array.from(steps, (row) => row.accuracy),
        imagesPerSecond: Float64Array.from(steps, (row) => row.imagesPerSecond),
      },
      validations: {
        step: Float64Array.from(validations, (row) => row.step),
        top1: Float64Array.from(validations, (row) => row.top1),
        low: Float64Array.from(validations, (row) => row.low),
        high: Float64Array.from(validations, (row) => row.high),
      },
    }
  }
}

/** Parallel arrays as rows. */
function rows<N extends string>(columns: Readonly<Record<N, Float64Array>>): Record<N, number>[] {
  const entries = Object.entries(columns) as [N, Float64Array][]
  const length = entries[0]?.[1].length ?? 0
  return Array.from(
    { length },
    (_, i) => Object.fromEntries(entries.map(([name, column]) => [name, column[i]!])) as Record<N, number>,
  )
}
