/** Full fine-tuning of the image tower in a study: what prompts are measured against where a model may be changed. */
import { Random } from '../data/random'
import { TrainingBatches } from '../learning/batches'
import { Loop } from '../learning/loop'
import { FineTune } from '../methods/fine-tune'
import { FINE_TUNE_SETTINGS } from '../methods/fine-tune-settings'
import { MOST_ROWS } from '../methods/training-memory'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained, TrainOptions } from './contenders'
import { learnToBest } from './learn'

export async function trainFineTune(
  bench: StudyBench,
  { label: _, method: __, ...changes }: ContenderOf<'fine-tune'>,
  options: TrainOptions,
): Promise<Trained> {
  const { engine, task } = bench
  const settings = { ...FINE_TUNE_SETTINGS, ...changes }
  const { batchSize, learningRate, steps, validateEvery, warmupSteps, weightDecay } = settings
  const { train, val } = task.splits
  const method = await FineTune.open({
    ...{ engine, frozen: await bench.frozen(), batchSize: Math.min(batchSize, train.count, MOST_ROWS) },
  })
  const rows = method.batchSize
  const batches = new TrainingBatches(bench.builder('train', rows), {
    ...{ batchSize, maxShift: 0, seed: new Random(options.seed).uint32() },
  })
  const optimiser = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay } as const
  const recipe = { optimiser, learningRate, steps, warmupSteps: Math.min(warmupSteps, Math.floor(steps / 2)) }
  const loop = new Loop({ method, batches, recipe, readEvery: 1 })
  const lesson = { loop, method, val, builder: bench.builder('val', rows), classes: task.classes.length, steps }
  const { step, validations } = await learnToBest({ ...lesson, validateEvery }, options)
  return { method, rows, steps, chosen: { step }, validations }
}
