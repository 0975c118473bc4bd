/** What the plots are given: the columns of the metrics, joined where curves have steps of their own. */
import type { Metrics, StepColumn } from '../../state/metrics'
import type { CurveName } from '../../state/view'

const COLUMNS: Readonly<Record<CurveName, readonly StepColumn[]>> = {
  loss: ['step', 'loss', 'smoothLoss'],
  rate: ['step', 'rate'],
  gradient: ['step', 'gradient'],
  speed: ['step', 'speed'],
}

export const figureColumns = (metrics: Metrics, curve: CurveName): readonly Float64Array[] =>
  COLUMNS[curve].map((name) => metrics.column(name))

/** A figure that is not there: what the plot leaves a gap for. */
type Gaps = (number | null)[]

/** Step; validation accuracy with both ends of its interval; training accuracy. All of one length, with gaps. */
export function accuracyColumns(metrics: Metrics): readonly (Float64Array | Gaps)[] {
  const validations = [0, 1, 2, 3].map((i) => metrics.validations.column(i))
  const [validated, ...values] = validations as [Float64Array, ...Float64Array[]]
  const train = metrics.column('smoothAccuracy')
  if (!Number.isFinite(train.at(-1) ?? NaN)) return [...validations, validated.length ? gaps(validated.length) : []]
  const steps = metrics.column('step')
  const joined: number[] = []
  const columns: Gaps[] = values.map(() => [])
  const training: Gaps = []
  let at = 0
  const push = (step: number, validation: number | null, accuracy: number | null) => {
    joined.push(step)
    columns.forEach((column, i) => column.push(validation === null ? null : values[i]![validation]!))
    training.push(accuracy !== null && Number.isFinite(accuracy) ? accuracy : null)
  }
  for (const [i, step] of steps.entries()) {
    while (at < validated.length && validated[at]! < step) push(validated[at]!, at++, null)
    const here = validated[at] === step
    push(step, here ? at++ : null, train[i]!)
  }
  while (at < validated.length) push(validated[at]!, at++, null)
  return [Float64Array.from(joined), ...columns, training]
}

const gaps = (count: number): Gaps => Array.from({ length: count }, () => null)
