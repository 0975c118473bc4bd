/** Methods of a study that learn pixels and words together, on the image tower and the text tower. */
import { Random } from '../data/random'
import { TrainingBatches } from '../learning/batches'
import { Loop } from '../learning/loop'
import { createOptimiser } from '../learning/optimiser'
import { grouped } from '../learning/optimiser-groups'
import { CONTEXT, JointPrompt } from '../methods/joint-prompt'
import { JOINT_SETTINGS } from '../methods/joint-settings'
import { COOP_TRAINING } from '../methods/text/coop-settings'
import { contextTokens, firstContext } from '../methods/text/first-context'
import { Sentences } from '../methods/text/sentences'
import { entryOf, VisualPrompt } from '../methods/visual-prompt'
import { openDesign } from '../prompts/pixel-prompt'
import { PUBLISHED_DESIGNS } from '../prompts/design-settings'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained, TrainOptions } from './contenders'
import { learnToBest } from './learn'
import { recipeOf, withSteps } from './on-pixels'
import { clipOf } from './on-text'

/** The pixels by a recipe, the context by CoOp's SGD, both along the recipe's schedule. */
export async function trainJoint(
  bench: StudyBench,
  {
    label: _,
    method: __,
    design: named = 'ilm-vp',
    recipe: from = 'quick',
    steps: asked,
    ...changes
  }: ContenderOf<'joint'>,
  options: TrainOptions,
): Promise<Trained> {
  const clip = clipOf(bench, 'A visual prompt with learned words')
  const { engine, task } = bench
  const settings = { ...JOINT_SETTINGS, ...changes }
  const recipe = withSteps(recipeOf(bench, from), asked)
  const design = openDesign(typeof named === 'string' ? PUBLISHED_DESIGNS[named] : named, clip.imageSize, clip)
  const seeds = new Random(options.seed)
  const [init, data, words] = [new Random(seeds.uint32()), seeds.uint32(), new Random(seeds.uint32())]
  const names = task.classes.map(({ name }) => name)
  const places = contextTokens(clip, settings)
  const classifier = await bench.classifier(recipe.batchSize, entryOf(design), 'open')
  const sentences = await Sentences.open(engine, clip, { names, places, position: settings.position })
  const first = { copies: null, places, width: sentences.width, random: words }
  const context = await firstContext(engine, clip, settings.init, first)
  const visual = new VisualPrompt(classifier, design, () => init.normal())
  const method = new JointPrompt(clip, visual, sentences, context)
  const rows = classifier.batchSize
  const batches = new TrainingBatches(bench.builder('train', rows), {
    batchSize: recipe.batchSize,
    maxShift: Math.round(recipe.shiftFraction * clip.imageSize),
    seed: data,
  })
  const { momentum, weightDecay } = COOP_TRAINING
  const optimiser = grouped([
    { names: Object.keys(visual.parameters), optimiser: createOptimiser(recipe.optimiser), factor: 1 },
    {
      names: [CONTEXT],
      optimiser: createOptimiser({ kind: 'sgd', momentum, weightDecay, normaliseGradient: false }),
      factor: settings.textLearningRate / recipe.learningRate,
    },
  ])
  const loop = new Loop({ method, batches, recipe, optimiser, lossScale: classifier.lossScale, readEvery: 1 })
  const { steps, validateEvery } = recipe
  const { val } = task.splits
  const lesson = { loop, method, val, builder: bench.builder('val', rows), classes: names.length, steps, validateEvery }
  const { step, validations } = await learnToBest(lesson, options)
  return { method, rows, steps, chosen: { step }, validations }
}
