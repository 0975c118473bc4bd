/** A run on what the lab holds: its record, its keeper and the run itself. The run before is let go. */
import { SPLITS, type Task } from '../data/task'
import { borderWidth } from '../learning/border'
import type { Recipe } from '../learning/recipe'
import type { RunRecord } from '../records/run-record'
import { mappingInfo, mappingOf, taskInfo } from './describe'
import type { Holdings } from './holdings'
import type { RunKeeper } from './keeper'
import { ZeroShotCache } from './pictures'
import type { ModelInfo } from './protocol'
import { Run } from './run'
import type { Begun } from './run-options'

export interface Asked {
  readonly recipe: Recipe
  readonly seed: number
  readonly outputs?: readonly number[] | undefined
}

/** A new record on what the lab holds now. */
export function newRecord(
  lab: Holdings,
  { recipe, seed, outputs }: Asked,
  given: Partial<Pick<RunRecord, 'kind' | 'origin' | 'group' | 'state' | 'step'>> = {},
): RunRecord {
  const [{ engine, description }, model, task] = [lab.need('engine'), lab.need('model'), lab.need('task')]
  const mapping = mappingInfo(model, mappingOf(model, task, outputs))
  const now = new Date().toISOString()
  return {
    ...{ version: 1, id: crypto.randomUUID(), name: null, pinned: false, createdAt: now, updatedAt: now },
    ...{ state: 'learning', kind: 'learned', origin: null, group: null, recipe, seed },
    model: modelReference(lab.modelInfo!),
    task: taskReference(lab, task),
    ...{ outputs: mapping?.outputs ?? null, outputLabels: mapping?.labels ?? null },
    ...{ engine: lab.bench.kind ?? engine, engineDescription: description },
    ...{ parameterCount: 0, border: borderWidth(recipe, model.imageSize), step: 0, seconds: 0, secondsPerStep: 0 },
    ...{ zeroShot: null, best: null, outcome: null, trouble: null },
    ...given,
  }
}

function modelReference(info: ModelInfo): RunRecord['model'] {
  const { id, kind, origin, variant, name, title, imageSize, mean, std, sha256 } = info
  return { id, kind, origin, variant, name, title, imageSize, mean, std, sha256 }
}

function taskReference({ samples }: Holdings, task: Task): RunRecord['task'] {
  const { title, template, classes, counts, imageSize, fingerprint, splitSeed } = taskInfo(task)
  const sample = samples.find(({ id }) => id === task.id)?.id ?? null
  return { sample, title, template, classes, counts, imageSize, fingerprint, splitSeed, album: task.album }
}

/** A run's outputs as they are asked for: the first ones go without saying. */
export function askedOutputs({ outputs }: RunRecord): readonly number[] | undefined {
  return outputs?.every((output, i) => output === i) ? undefined : (outputs ?? undefined)
}

/** What must be loaded for this run to be gone on with. */
export function missingFor({ task, model }: Holdings, record: RunRecord): ('model' | 'task')[] {
  const missing: ('model' | 'task')[] = []
  if (model?.sha256 !== record.model.sha256) missing.push('model')
  // What a classifier is called to say does not come from the template.
  const sameText = record.model.kind === 'classifier' || task?.template === record.task.template
  if (task?.fingerprint !== record.task.fingerprint || !sameText) missing.push('task')
  return missing
}

export interface Making extends Asked {
  readonly paused: boolean
  readonly keeper?: RunKeeper
  readonly from?: Begun
}

/** The run before must be gone. */
export function makeRun(lab: Holdings, { recipe, seed, outputs, paused, keeper, from }: Making): Run {
  const { device, engine, mapping, model, rows, task } = benchFor(lab, { recipe, outputs })
  lab.zeroShot = new ZeroShotCache()
  return new Run({
    ...{ device, rows, task, format: model, model: model.name, mapping: mappingInfo(model, mapping) },
    ...{ recipe, seed, paused, engine, emit: lab.emit },
    ...(keeper && { keeper }),
    ...(from && { from }),
  })
}

/** @throws UserError where the gradient of the model in use is wrong on this engine */
export async function requireGradient(lab: Holdings, asked: Omit<Asked, 'seed'>): Promise<void> {
  const { device, engine, model, rows, task } = benchFor(lab, asked)
  await lab.gradients.require({ device, rows, model, task, recipe: asked.recipe, engine })
}

function benchFor(lab: Holdings, { recipe, outputs }: Omit<Asked, 'seed'>) {
  const [{ engine }, model, task] = [lab.need('engine'), lab.need('model'), lab.need('task')]
  const mapping = mappingOf(model, task, outputs)
  const job = { model, task, mapping }
  // A split may be smaller than a batch.
  const largest = Math.max(...SPLITS.map((split) => task.splits[split].count))
  const rows = lab.bench.rows(job, Math.min(recipe.batchSize, largest))
  return { device: lab.bench.device(job), engine: lab.bench.kind ?? engine, mapping, model, rows, task }
}
