/**
 * The figures of runs as files for other programs: the curve of one run as CSV, the table of many as CSV, everything as JSON.
 * Accuracies are fractions of 1 with 95 % Wilson intervals, losses nats, rates and norms in normalised pixel units.
 */
import type { Accuracy } from '../evaluation/accuracy'
import type { Predictions, RunCurves, RunRecord } from '../records/run-record'
import { csv, type Cell } from './csv'

/** A run and what there is of its figures. */
export interface MeasuredRun {
  readonly record: RunRecord
  readonly curves: RunCurves | null
  /** On test; null where it was not measured. */
  readonly test: Predictions | null
}

const CURVE_HEADER = [
  'step',
  'loss',
  'learning_rate',
  'gradient_norm',
  'batch_accuracy',
  'images_per_second',
  'val_top1',
  'val_low95',
  'val_high95',
  'val_zero_shot_top1',
] as const

/** A row for each step made, and for each validation; step 0 is the validation before learning. */
export function curveCsv({ curves, record }: MeasuredRun): string {
  const rows = new Map<number, Cell[]>()
  const row = (step: number): Cell[] => {
    const known = rows.get(step)
    if (known) return known
    const empty = [step, ...CURVE_HEADER.slice(1).map(() => null)]
    rows.set(step, empty)
    return empty
  }
  const zeroShot = record.zeroShot?.top1 ?? null
  curves?.steps.step.forEach((step, i) => {
    const { accuracy, gradientNorm, imagesPerSecond: pace, learningRate, loss } = curves.steps
    const figures = [loss[i]!, learningRate[i]!, gradientNorm[i]!, unlessNaN(accuracy[i]!), unlessNaN(pace[i]!)]
    row(step).splice(1, figures.length, ...figures)
  })
  curves?.validations.step.forEach((step, i) => {
    const { high, low, top1 } = curves.validations
    row(step).splice(6, 4, top1[i]!, low[i]!, high[i]!, zeroShot)
  })
  const ordered = [...rows.values()].sort(([a], [b]) => (a as number) - (b as number))
  return csv(CURVE_HEADER, ordered)
}

/** What was not read is no figure. */
const unlessNaN = (value: number): Cell => (Number.isNaN(value) ? null : value)

/** What each run was and came to, a row a run. */
export function runsCsv(records: readonly RunRecord[]): string {
  const columns: readonly (readonly [head: string, (run: RunRecord) => Cell])[] = [
    ['run', ({ id }) => id],
    ['name', ({ name }) => name],
    ['created_at', ({ createdAt }) => createdAt],
    ['state', ({ state }) => state],
    ['kind', ({ kind }) => kind],
    ['model', ({ model }) => model.title],
    ['model_sha256', ({ model }) => model.sha256],
    ['data', ({ task }) => task.title],
    ['data_fingerprint', ({ task }) => task.fingerprint],
    ['template', ({ model, task }) => (model.kind === 'clip' ? task.template : null)],
    ['classes', ({ task }) => task.classes.length],
    ['train_images', ({ task }) => total(task.counts.train)],
    ['val_images', ({ task }) => total(task.counts.val)],
    ['test_images', ({ task }) => total(task.counts.test)],
    ['split_seed', ({ task }) => task.splitSeed],
    ['recipe', ({ recipe }) => recipe.name],
    ['recipe_json', ({ recipe }) => JSON.stringify(recipe)],
    ['seed', ({ seed }) => seed],
    ['engine', ({ engine }) => engine],
    ['engine_description', ({ engineDescription }) => engineDescription],
    ['border_pixels', ({ border }) => border],
    ['parameters', ({ parameterCount }) => parameterCount],
    ['steps', ({ step }) => step],
    ['seconds', ({ seconds }) => seconds],
    ['images_per_second', imagesPerSecond],
    ['best_step', ({ best, outcome }) => outcome?.bestStep ?? best?.step ?? null],
    ...accuracyColumns('val_zero_shot', ({ zeroShot }) => zeroShot),
    ...accuracyColumns('val_prompted', ({ best }) => best?.accuracy ?? null),
    ...accuracyColumns('test_zero_shot', ({ outcome }) => outcome?.zeroShot ?? null),
    ...accuracyColumns('test_prompted', ({ outcome }) => outcome?.prompted ?? null),
    ['test_fixed', ({ outcome }) => outcome?.fixed ?? null],
    ['test_broken', ({ outcome }) => outcome?.broken ?? null],
    ['mcnemar_exact_p', ({ outcome }) => outcome?.pValue ?? null],
  ]
  return csv(
    columns.map(([head]) => head),
    records.map((run) => columns.map(([, value]) => value(run))),
  )
}

function accuracyColumns(prefix: string, of: (run: RunRecord) => Accuracy | null) {
  return [
    [`${prefix}_top1`, (run: RunRecord) => of(run)?.top1 ?? null],
    [`${prefix}_low95`, (run: RunRecord) => of(run)?.ci95[0] ?? null],
    [`${prefix}_high95`, (run: RunRecord) => of(run)?.ci95[1] ?? null],
    [`${prefix}_correct`, (run: RunRecord) => of(run)?.correct ?? null],
    [`${prefix}_total`, (run: RunRecord) => of(run)?.total ?? null],
  ] as const
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

/** While learning, the mean of the run; null where no step was timed. An epoch's last batch may be smaller: at most this. */
export function imagesPerSecond({ recipe, secondsPerStep, task }: RunRecord): number | null {
  const batch = Math.min(recipe.batchSize, total(task.counts.train))
  return secondsPerStep > 0 ? batch / secondsPerStep : null
}

/** Everything that was measured of these runs. NaN and infinities, which JSON has not, are texts: "NaN", "Infinity". */
export function metricsJson(runs: readonly MeasuredRun[]): string {
  const value = {
    format: 'passepartout.metrics.1',
    units: {
      accuracy: 'fraction of 1, with 95 % Wilson interval',
      loss: 'nats, mean over the batch before the step',
      learningRate: 'normalised pixel units',
      gradientNorm: 'L2, before any normalisation',
    },
    runs: runs.map(({ curves, record, test }) => ({
      record,
      imagesPerSecond: imagesPerSecond(record),
      steps: curves && columns(curves.steps),
      validations: curves && columns(curves.validations),
      test: test && {
        paths: test.paths,
        labels: [...test.labels],
        zeroShot: columns(test.zeroShot),
        prompted: columns(test.prompted),
      },
    })),
  }
  return `${JSON.stringify(value, finite, 2)}\n`
}

const finite = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value

const columns = (of: object): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(of as Record<string, ArrayLike<number>>).map(([name, column]) => [name, Array.from(column)]),
  )
