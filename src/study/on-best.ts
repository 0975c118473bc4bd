/** The strongest known recipe of pixels alone, in a study: a picture moved, coloured and framed, on augmented pictures. */
import { Random } from '../data/random'
import { AugmentedBatches } from '../learning/augmented-batches'
import { TrainingBatches } from '../learning/batches'
import { Loop } from '../learning/loop'
import { createOptimiser } from '../learning/optimiser'
import { grouped, onNormalised } from '../learning/optimiser-groups'
import { BEST_SETTINGS } from '../methods/best-settings'
import { VisualPrompt } from '../methods/visual-prompt'
import { AFFINE_GROUPS, AffineColourFrame } from '../prompts/affine-colour-frame'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained, TrainOptions } from './contenders'
import { learnToBest } from './learn'

/** Side of the pictures that the rate of the frame is given for. */
const RATED_SIDE = 224

export async function trainBest(
  bench: StudyBench,
  { label: _, method: __, ...changes }: ContenderOf<'best'>,
  options: TrainOptions,
): Promise<Trained> {
  const { model, task } = bench
  const settings = { ...BEST_SETTINGS, ...changes }
  const { batchSize, clip, flip, learningRate, momentum, steps, trivial, validateEvery } = settings
  const classifier = await bench.classifier(batchSize, 'pixels')
  const design = new AffineColourFrame(settings, model.imageSize, model)
  const seeds = new Random(options.seed)
  const [data, changesSeed] = [seeds.uint32(), seeds.uint32()]
  const method = new VisualPrompt(classifier, design, () => 0)
  const rows = classifier.batchSize
  const plain = new TrainingBatches(bench.builder('train', rows), { batchSize, maxShift: 0, seed: data })
  const batches = new AugmentedBatches(plain, model, { flip, trivial, seed: changesSeed })
  const choice = { kind: 'sgd', momentum, normaliseGradient: false } as const
  const group = (names: readonly string[], limit: number, factor: number) => ({
    ...{ names, factor, optimiser: onNormalised(createOptimiser(choice), limit) },
  })
  const optimiser = grouped([
    ...AFFINE_GROUPS.affine.map((name) => group([name], clip, 1)),
    group(AFFINE_GROUPS.colour, clip, 1),
    group(AFFINE_GROUPS.frame, Infinity, model.imageSize / RATED_SIDE),
  ])
  const recipe = { optimiser: choice, learningRate, warmupSteps: 0, steps }
  const loop = new Loop({ method, batches, recipe, optimiser, lossScale: classifier.lossScale, readEvery: 1 })
  const lesson = { loop, method, val: task.splits.val, builder: bench.builder('val', rows) }
  const found = await learnToBest({ ...lesson, classes: task.classes.length, steps, validateEvery }, options)
  return { method, rows, steps, chosen: { step: found.step }, validations: found.validations }
}
