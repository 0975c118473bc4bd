/** The curves of a run while they grow, and their rows: cut into stretches, so that what is saved anew stays short. */
import { z } from 'zod'
import type { RunCurves } from './run-record'

/** Steps of one row. */
export const STRETCH = 2048

const numbers = z.instanceof(Float64Array)
const stepsSchema = z.strictObject({
  step: numbers,
  loss: numbers,
  learningRate: numbers,
  gradientNorm: numbers,
  // Rows of older programs lack these.
  accuracy: numbers.optional(),
  imagesPerSecond: numbers.optional(),
})
const validationsSchema = z.strictObject({ step: numbers, top1: numbers, low: numbers, high: numbers })

type Columns = Readonly<Record<string, Float64Array>>

/** The curves as they were after `step` steps. */
export function curvesUntil({ steps, validations }: RunCurves, step: number): RunCurves {
  return {
    steps: cut(steps, 0, countUntil(steps.step, step)),
    validations: cut(validations, 0, countUntil(validations.step, step)),
  }
}

/** Steps grow along the column. */
const countUntil = (column: Float64Array, step: number) => column.filter((value) => value <= step).length

function cut<C extends Columns>(columns: C, from: number, to: number): C {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.slice(from, to)])) as C
}

/** Number of a stretch and its row, of all that hold steps from number `from` on. */
export function stretches({ steps }: RunCurves, from: number): readonly (readonly [number, RunCurves['steps']])[] {
  const first = Math.floor(from / STRETCH)
  const count = Math.ceil(steps.step.length / STRETCH)
  return Array.from({ length: Math.max(0, count - first) }, (_, i) => {
    const n = first + i
    return [n, cut(steps, n * STRETCH, (n + 1) * STRETCH)] as const
  })
}

/** Rows to curves. @throws ZodError when they are none */
export function joinCurves(rows: readonly unknown[], validations: unknown): RunCurves {
  const parts = rows.map((row) => stepsSchema.parse(row))
  const joined = (name: keyof RunCurves['steps']) =>
    Float64Array.from(parts.flatMap((part) => [...(part[name] ?? part.step.map(() => NaN))]))
  return {
    steps: {
      step: joined('step'),
      loss: joined('loss'),
      learningRate: joined('learningRate'),
      gradientNorm: joined('gradientNorm'),
      accuracy: joined('accuracy'),
      imagesPerSecond: joined('imagesPerSecond'),
    },
    validations: validationsSchema.parse(validations),
  }
}
