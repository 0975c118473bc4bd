/** Methods of a study that learn on the pictures' features: encoded once for all of them, by the frozen encoder alone. */
import { Random } from '../data/random'
import { BatchBuilder, TrainingBatches } from '../learning/batches'
import { Loop } from '../learning/loop'
import type { OptimiserChoice } from '../learning/recipe'
import type { FeatureTask } from '../methods/features/feature-task'
import type { LearnableMethod } from '../methods/method'
import type { StudyBench } from './bench'
import type { TrainOptions } from './contenders'
import { learnToBest, type Learned } from './learn'

/** Pictures whose features are asked for at once: they are looked up. */
export const FEATURE_ROWS = 256

export async function featureTask(bench: StudyBench): Promise<FeatureTask & { readonly width: number }> {
  const { classes, splits } = bench.task
  const { features, width } = await bench.features()
  return { features, train: splits.train, val: splits.val, classes: classes.length, width }
}

export interface FeatureTraining {
  readonly optimiser: OptimiserChoice
  readonly learningRate: number
  readonly epochs: number
  readonly batchSize: number
  /** Rows of the batches of validation, where they cannot be many. */
  readonly rows?: number
  /** Rate of an epoch, counted from 0; a cosine by steps where it is not given. */
  readonly rateOf?: (epoch: number) => number
  readonly beforeValidation?: () => Promise<void>
}

/** Epochs on pictures that stay as they are; validation after each tenth of them. */
export async function learnOnFeatures(
  { task }: StudyBench,
  method: LearnableMethod,
  training: FeatureTraining,
  options: TrainOptions,
): Promise<Learned & { readonly steps: number }> {
  const { batchSize, beforeValidation, epochs, learningRate, optimiser, rateOf, rows = FEATURE_ROWS } = training
  const { train, val } = task.splits
  const format = { imageSize: task.imageSize, mean: [0, 0, 0], std: [1, 1, 1] }
  const stepsPerEpoch = Math.ceil(train.count / batchSize)
  const steps = epochs * stepsPerEpoch
  const batches = new TrainingBatches(new BatchBuilder(train, format, batchSize), {
    ...{ batchSize, maxShift: 0, seed: new Random(options.seed).uint32() },
  })
  const loop = new Loop({
    ...{ method, batches, recipe: { optimiser, learningRate, warmupSteps: 0, steps }, readEvery: stepsPerEpoch },
    ...(rateOf && { rateAt: (step: number) => rateOf(Math.floor(step / stepsPerEpoch)) }),
  })
  const { step, validations } = await learnToBest(
    {
      ...{ loop, method, val, classes: task.classes.length, steps },
      builder: new BatchBuilder(val, format, rows),
      validateEvery: stepsPerEpoch * Math.max(1, Math.round(epochs / 10)),
      ...(beforeValidation && { beforeValidation }),
    },
    options,
  )
  return { step, steps, validations }
}
