/** A prompt of a study that is learned from the model's answers alone. */
import { Random } from '../data/random'
import { TrainingBatches } from '../learning/batches'
import { Loop } from '../learning/loop'
import { BlackBoxPrompt } from '../methods/black-box-prompt'
import { SPSA_SETTINGS, SPSA_TRAINING, spsaRate } from '../methods/spsa-settings'
import { entryOf, VisualPrompt } from '../methods/visual-prompt'
import { PUBLISHED_DESIGNS } from '../prompts/design-settings'
import { openDesign } from '../prompts/pixel-prompt'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained, TrainOptions } from './contenders'
import { learnToBest } from './learn'

/** Validations of a run: each costs as much as some steps. */
const VALIDATIONS = 10

export async function trainBlackBox(
  bench: StudyBench,
  { label: _, method: __, design: named = 'vp', steps: asked, batchSize, ...changes }: ContenderOf<'black-box'>,
  options: TrainOptions,
): Promise<Trained> {
  const { model, task } = bench
  const settings = { ...SPSA_SETTINGS, ...changes }
  const size = batchSize ?? SPSA_TRAINING.batchSize
  const design = openDesign(typeof named === 'string' ? PUBLISHED_DESIGNS[named] : named, model.imageSize, model)
  const classifier = await bench.classifier(size, entryOf(design))
  const seeds = new Random(options.seed)
  const [init, data, seed] = [new Random(seeds.uint32()), seeds.uint32(), seeds.uint32()]
  const prompt = new VisualPrompt(classifier, design, () => init.normal())
  const rows = classifier.batchSize
  const { train, val } = task.splits
  const batches = new TrainingBatches(bench.builder('train', rows), { batchSize: size, maxShift: 0, seed: data })
  const steps = asked ?? SPSA_TRAINING.epochs * Math.ceil(train.count / size)
  const made = { steps: () => 0 }
  const method = new BlackBoxPrompt(prompt, { settings, seed, classifier, stepsMade: () => made.steps() })
  const { momentum } = settings
  const loop = new Loop({
    ...{ method, batches, readEvery: 1, rateAt: (step: number) => spsaRate(settings, step) },
    recipe: {
      optimiser: { kind: 'sgd', momentum, nesterov: true, normaliseGradient: false },
      ...{ learningRate: settings.a, warmupSteps: 0, steps },
    },
  })
  made.steps = () => loop.step
  const lesson = { loop, method, val, builder: bench.builder('val', rows), classes: task.classes.length, steps }
  const { step, validations } = await learnToBest(
    { ...lesson, validateEvery: Math.max(1, Math.round(steps / VALIDATIONS)) },
    options,
  )
  return { method, rows, steps, chosen: { step }, validations }
}
