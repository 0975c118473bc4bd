/** Methods of a study from before visual prompting: adversarial reprogramming, and patches that make objects be known. */
import { Random } from '../data/random'
import { TrainingBatches } from '../learning/batches'
import { Loop } from '../learning/loop'
import { signSgd } from '../learning/optimiser-groups'
import { sgd } from '../learning/recipes'
import { REPROGRAMMING_SETTINGS, REPROGRAMMING_TRAINING, reprogrammingRate } from '../methods/reprogramming-settings'
import { UnadversarialPatches } from '../methods/unadversarial'
import { UNADVERSARIAL_SETTINGS, UNADVERSARIAL_TRAINING } from '../methods/unadversarial-settings'
import { VisualPrompt } from '../methods/visual-prompt'
import { PUBLISHED_DESIGNS } from '../prompts/design-settings'
import { openDesign } from '../prompts/pixel-prompt'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained, TrainOptions } from './contenders'
import { learnToBest } from './learn'

/** Validations of a run, at ends of epochs. */
const VALIDATIONS = 10

export async function trainReprogramming(
  bench: StudyBench,
  { label: _, method: __, epochs: asked, batchSize: size, ...changes }: ContenderOf<'reprogramming'>,
  options: TrainOptions,
): Promise<Trained> {
  const settings = { ...REPROGRAMMING_SETTINGS, ...changes }
  const { innerAdded, innerFraction, learningRate, penalty } = settings
  const { model } = bench
  const design = openDesign({ ...PUBLISHED_DESIGNS.reprogramming, innerAdded, innerFraction }, model.imageSize, model)
  const classifier = await bench.classifier(size ?? REPROGRAMMING_TRAINING.batchSize, 'pixels')
  const seeds = new Random(options.seed)
  const init = new Random(seeds.uint32())
  const method = new VisualPrompt(classifier, design, () => init.normal())
  const { beta1 } = REPROGRAMMING_TRAINING
  // The gradient of λ |θ|² is 2 λ θ.
  const optimiser = { kind: 'adam', beta1, beta2: 0.999, epsilon: 1e-8, weightDecay: 2 * penalty } as const
  return byEpochs(bench, {
    ...{ method, classifier, epochs: asked ?? REPROGRAMMING_TRAINING.epochs, seed: seeds.uint32(), options },
    batchSize: size ?? REPROGRAMMING_TRAINING.batchSize,
    ...{ rateOf: (epoch) => reprogrammingRate(settings, epoch), loop: { recipe: { optimiser, learningRate } } },
  })
}

export async function trainUnadversarial(
  bench: StudyBench,
  { label: _, method: __, epochs: asked, batchSize: size, ...changes }: ContenderOf<'unadversarial'>,
  options: TrainOptions,
): Promise<Trained> {
  const settings = { ...UNADVERSARIAL_SETTINGS, ...changes }
  const { learningRate } = settings
  const batchSize = size ?? UNADVERSARIAL_TRAINING.batchSize
  const classifier = await bench.classifier(batchSize, 'pixels')
  const seeds = new Random(options.seed)
  const method = new UnadversarialPatches(classifier, bench.model, settings, seeds.uint32())
  return byEpochs(bench, {
    ...{ method, classifier, epochs: asked ?? UNADVERSARIAL_TRAINING.epochs, seed: seeds.uint32(), options, batchSize },
    ...{ rateOf: () => learningRate, loop: { recipe: { optimiser: sgd, learningRate }, optimiser: signSgd() } },
  })
}

interface Epochs {
  readonly method: VisualPrompt | UnadversarialPatches
  readonly classifier: Awaited<ReturnType<StudyBench['classifier']>>
  readonly epochs: number
  readonly batchSize: number
  /** Of the order. */
  readonly seed: number
  readonly options: TrainOptions
  readonly rateOf: (epoch: number) => number
  readonly loop: {
    readonly recipe: Pick<ConstructorParameters<typeof Loop>[0]['recipe'], 'optimiser' | 'learningRate'>
    readonly optimiser?: ReturnType<typeof signSgd>
  }
}

/** On pictures as they are, at a rate by epochs. */
async function byEpochs(bench: StudyBench, about: Epochs): Promise<Trained> {
  const { batchSize, classifier, epochs, loop: parts, method, options, rateOf, seed } = about
  const { classes, splits } = bench.task
  const rows = classifier.batchSize
  const stepsPerEpoch = Math.ceil(splits.train.count / batchSize)
  const steps = epochs * stepsPerEpoch
  const loop = new Loop({
    ...{ method, readEvery: 1, lossScale: classifier.lossScale },
    batches: new TrainingBatches(bench.builder('train', rows), { batchSize, maxShift: 0, seed }),
    recipe: { ...parts.recipe, warmupSteps: 0, steps },
    ...(parts.optimiser && { optimiser: parts.optimiser }),
    rateAt: (step) => rateOf(Math.floor(step / stepsPerEpoch)),
  })
  const validateEvery = stepsPerEpoch * Math.max(1, Math.round(epochs / VALIDATIONS))
  const lesson = { loop, method, val: splits.val, builder: bench.builder('val', rows), classes: classes.length, steps }
  const { step, validations } = await learnToBest({ ...lesson, validateEvery }, options)
  return { method, rows, steps, chosen: { step }, validations }
}
