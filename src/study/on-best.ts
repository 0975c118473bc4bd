/** The strongest known recipe of pixels alone, in a study: a picture moved, coloured and framed, on augmented pictures. */
import { Random } from '../data/random'
import { AugmentedBatches } from '../learning/augmented-batches'
import { TrainingBatches } from '../learning/batches'
import { Loop } from '../learning/loop'
import { createOptimiser } from '../learning/optimiser'
import { grouped, onNormalised } from '../learning/optimiser-groups'
import { adam } from '../learning/recipes'
import { BEST_RECIPES } from '../methods/best-settings'
import { VisualPrompt } from '../methods/visual-prompt'
import { AFFINE_GROUPS, AffineColourFrame } from '../prompts/affine-colour-frame'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained, TrainOptions } from './contenders'
import { learnToBest } from './learn'

/** The authors' optimiser, behind the norm; and what they cut gradients of place and colour to. */
const SGD = { kind: 'sgd', momentum: 0.9, normaliseGradient: false } as const
const CUT = 0.001

/** Side of the pictures that the rate of the frame is given for. */
const RATED_SIDE = 224

export async function trainBest(
  bench: StudyBench,
  { label: _, method: __, recipe = 'best', ...changes }: ContenderOf<'best'>,
  options: TrainOptions,
): Promise<Trained> {
  const { model, task } = bench
  const settings = { ...BEST_RECIPES[recipe], ...changes }
  const { batchSize, colourRate, flip, learningRate, placeRate, shiftFraction, steps, trivial, validateEvery } =
    settings
  const classifier = await bench.classifier(batchSize, 'pixels')
  const design = new AffineColourFrame(settings, model.imageSize, model)
  const seeds = new Random(options.seed)
  const [data, augmentation] = [seeds.uint32(), seeds.uint32()]
  const method = new VisualPrompt(classifier, design, () => 0)
  const rows = classifier.batchSize
  const maxShift = Math.round(shiftFraction * model.imageSize)
  const plain = new TrainingBatches(bench.builder('train', rows), { batchSize, maxShift, seed: data })
  const batches = flip || trivial ? new AugmentedBatches(plain, model, { flip, trivial, seed: augmentation }) : plain
  const normalised = settings.optimiser === 'normalised'
  const choice = normalised ? SGD : adam
  const group = (names: readonly string[], limit: number, rate: number) => {
    const optimiser = createOptimiser(choice)
    return { names, optimiser: normalised ? onNormalised(optimiser, limit) : optimiser, factor: rate / learningRate }
  }
  const optimiser = grouped([
    ...AFFINE_GROUPS.affine.map((name) => group([name], CUT, placeRate)),
    group(AFFINE_GROUPS.colour, CUT, colourRate),
    group(AFFINE_GROUPS.frame, Infinity, normalised ? (learningRate * model.imageSize) / RATED_SIDE : learningRate),
  ])
  const recipeOfLoop = { optimiser: choice, learningRate, warmupSteps: 0, steps }
  const loop = new Loop({
    method,
    batches,
    recipe: recipeOfLoop,
    optimiser,
    lossScale: classifier.lossScale,
    readEvery: 1,
  })
  const lesson = { loop, method, val: task.splits.val, builder: bench.builder('val', rows) }
  const found = await learnToBest({ ...lesson, classes: task.classes.length, steps, validateEvery }, options)
  return { method, rows, steps, chosen: { step: found.step }, validations: found.validations }
}
