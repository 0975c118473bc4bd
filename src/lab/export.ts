/** Runs as files: made in the lab, so that the page stays quick however large they are. */
import type { Split } from '../data/task'
import { UserError } from '../errors'
import { confusion } from '../evaluation/accuracy'
import { writeBahng } from '../formats/bahng-checkpoint'
import { writeBorder } from '../formats/border-file'
import { borderPng, type BorderLook } from '../formats/border-png'
import { comparisonReport } from '../formats/comparison-report'
import { runCommand, type ArrangedAs } from '../formats/command-line'
import { barsFigure } from '../formats/figure/bars'
import { confusionFigure } from '../formats/figure/confusion'
import { curvesFigure } from '../formats/figure/curves'
import { curveCsv, metricsJson, runsCsv, type MeasuredRun } from '../formats/metrics-file'
import type { Project, ProjectData, SplitReference } from '../formats/project/project'
import { writeProject } from '../formats/project/write'
import { runReport, titleOf } from '../formats/report'
import { learningRateAt } from '../learning/schedule'
import type { KeptRun, RunRecord } from '../records/run-record'
import type { RunStore } from '../records/run-store'
import type { Holdings } from './holdings'
import type { ExportKind, ExportedFile } from './protocol-runs'

/** The reference code's, where the run's own optimiser has none. */
const MOMENTUM = 0.9

/** A run with what is known of how its images were arranged. */
interface Exported extends KeptRun {
  readonly arranged: ArrangedAs
}

type Writer = (run: Exported) => Uint8Array
const text = (written: string): Uint8Array => new TextEncoder().encode(written)

/** Of several runs at once, too. */
type Together = 'runs.csv' | 'comparison.md' | 'curves.svg' | 'accuracy.svg'

const TOGETHER: Readonly<Record<Together, (runs: readonly KeptRun[]) => string>> = {
  'runs.csv': (runs) => runsCsv(runs.map(({ record }) => record)),
  'comparison.md': (runs) => {
    if (runs.length < 2) throw new UserError('There is only one run to compare.', 'Choose two or more.')
    return comparisonReport(runs.map(measured), { writtenAt: new Date().toISOString() })
  },
  'curves.svg': (runs) => {
    const drawn = runs.flatMap(({ record, parts: { curves } }) =>
      curves ? [{ name: titleOf(record), record, curves }] : [],
    )
    if (drawn.length === 0) throw new UserError('This run has no curves yet.', 'Learn it further first.')
    return curvesFigure(drawn)
  },
  'accuracy.svg': (runs) => {
    if (runs.some(({ record }) => !record.outcome)) throw notMeasured()
    return barsFigure(runs.map(({ record }) => ({ name: titleOf(record), record })))
  },
}

const isTogether = (kind: ExportKind): kind is Together => Object.hasOwn(TOGETHER, kind)

const WRITERS: Readonly<Record<Exclude<ExportKind, 'project' | Together>, Writer>> = {
  'as-is.png': (run) => png(run, 'as-is'),
  'signed.png': (run) => png(run, 'signed'),
  'linear.png': (run) => png(run, 'linear'),
  safetensors: (run) => writeBorder(bestOf(run).parameters, run.record),
  'pth.tar': checkpointFile,
  'curve.csv': (run) => text(curveCsv(measured(run))),
  'metrics.json': (run) => text(metricsJson([measured(run)])),
  'report.md': (run) => {
    const command = runCommand(run.record, run.arranged)
    return text(runReport(measured(run), { writtenAt: new Date().toISOString(), command }))
  },
  'arrangement.json': ({ arranged: { arrangement } }) => {
    if (arrangement) return text(`${JSON.stringify(arrangement, null, 2)}\n`)
    throw new UserError('How the images of this run were arranged was not kept.', 'Learn it again to keep it.')
  },
  'confusion.svg': ({ record, parts: { test } }) => {
    if (!test) throw notMeasured()
    const counts = confusion(test.prompted.top1, test.labels, record.task.classes.length)
    return text(confusionFigure({ record, counts, answers: 'with the border', split: 'test' }))
  },
}

/** @throws UserError where a run has not what the file is made of */
export async function exportFile(
  lab: Holdings,
  ids: readonly string[],
  kind: ExportKind,
  withImages: boolean,
): Promise<ExportedFile> {
  const store = await lab.runs.store()
  const runs: KeptRun[] = []
  for (const id of ids) {
    const run = await store.read(id)
    if (run) runs.push(run)
  }
  const [first] = runs
  if (!first) throw new UserError('This run is no longer there.', 'Look at the list of runs anew.')
  if (kind === 'project') {
    const bytes = await writeProject(await projectOf(lab, store, runs), { withImages })
    return { name: `${stem(first.record)}.passepartout.zip`, bytes }
  }
  const name = runs.length === 1 && kind !== 'runs.csv' ? `${stem(first.record)}.${kind}` : kind
  return { name, bytes: isTogether(kind) ? text(TOGETHER[kind](runs)) : await written(lab, first, kind) }
}

const written = async (lab: Holdings, run: KeptRun, kind: keyof typeof WRITERS): Promise<Uint8Array> =>
  WRITERS[kind]({ ...run, arranged: await arrangedAs(lab, run.record) })

/** How a run's images were arranged, for who makes the same task of them elsewhere. */
export async function arrangedAs(lab: Holdings, record: RunRecord): Promise<ArrangedAs> {
  return {
    arrangement: await (await lab.runs.store()).arrangement(record.id),
    file: `${stem(record)}.arrangement.json`,
    sample: lab.samples.find(({ id }) => id === record.task.sample) ?? null,
  }
}

const notMeasured = () =>
  new UserError('This run was not measured on its test images.', 'Let it learn to its end first.')

function bestOf({ parts }: KeptRun) {
  const best = parts.checkpoint?.best
  if (best) return best
  throw new UserError('This run has no border yet.', 'Learn it further first.')
}

function png({ record, parts }: KeptRun, look: BorderLook): Uint8Array {
  if (!parts.border) throw new UserError('This run has no border yet.', 'Learn it further first.')
  const { imageSize, mean, std } = record.model
  return borderPng(
    { pixels: parts.border, imageSize, width: record.border, mean, std },
    // The one to be read back keeps its pixels.
    { look, enlarge: look === 'linear' ? 1 : Math.max(1, Math.round(512 / imageSize)), texts: { Title: stem(record) } },
  )
}

function checkpointFile(run: KeptRun): Uint8Array {
  const { record, parts } = run
  const { optimiser, batchSize } = record.recipe
  const best = bestOf(run)
  const images = record.task.counts.train.reduce((sum, count) => sum + count, 0)
  return writeBahng(best.parameters, {
    epoch: Math.floor(best.validation.step / Math.max(1, Math.ceil(images / batchSize))),
    bestAccuracy: 100 * best.validation.accuracy.top1,
    learningRate: learningRateAt(record.recipe, Math.max(0, best.validation.step - 1)),
    momentum: optimiser.kind === 'sgd' ? optimiser.momentum : MOMENTUM,
    // Theirs is the state after the last step, which belongs to these parameters only where the last was the best.
    optimiser:
      optimiser.kind === 'sgd' && parts.checkpoint?.step === best.validation.step ? parts.checkpoint.optimiser : null,
  })
}

const measured = ({ record, parts }: KeptRun): MeasuredRun => ({ record, curves: parts.curves, test: parts.test })

async function projectOf(lab: Holdings, store: RunStore, runs: readonly KeptRun[]): Promise<Project> {
  const data = new Map<string, ProjectData>()
  for (const { record } of runs) {
    const { task } = lab
    const known = task && record.task.fingerprint === task.fingerprint
    if (!known || data.has(task.fingerprint)) continue
    const reference = (split: Split): SplitReference => {
      const { paths, labels, digests } = task.splits[split]
      return { paths, labels, digests }
    }
    data.set(task.fingerprint, {
      task: record.task,
      arrangement: (await store.arrangement(record.id)) ?? task.arrangement,
      splits: { train: reference('train'), val: reference('val'), test: reference('test') },
      resize: lab.images.held?.opened.cut.resize ?? null,
      pixels: task.splits,
    })
  }
  const now = new Date().toISOString()
  return { title: stem(runs[0]!.record), createdAt: now, runs, data: [...data.values()], settings: {} }
}

/** What its files are called: letters, digits and dashes of what it is. */
function stem({ name, task, recipe, seed }: RunRecord): string {
  const said = name ?? `${task.title} ${recipe.name} seed ${seed}`
  return (
    said
      .normalize('NFKC')
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 80) || 'run'
  )
}
