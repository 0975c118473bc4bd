/** Methods of a study that learn pixels through the frozen encoder: the padding of a recipe, and any other design. */
import { Random } from '../data/random'
import { TrainingBatches } from '../learning/batches'
import { Learner } from '../learning/learner'
import { Loop } from '../learning/loop'
import type { Recipe } from '../learning/recipe'
import { recipeByName } from '../learning/recipes'
import { PromptPlaces } from '../methods/prompt-places'
import { entryOf, VisualPrompt } from '../methods/visual-prompt'
import { PUBLISHED_DESIGNS } from '../prompts/design-settings'
import { openDesign } from '../prompts/pixel-prompt'
import type { StudyBench } from './bench'
import type { ContenderOf } from './contender'
import type { Trained, TrainOptions } from './contenders'
import { learnToBest } from './learn'
import { headFor, withMapping } from './on-mapping'

/** The same border, step for step, as the page learns by this recipe and seed. */
export async function trainPadding(
  bench: StudyBench,
  { recipe: named, steps: asked }: ContenderOf<'padding'>,
  options: TrainOptions,
): Promise<Trained> {
  const { engine, model, task } = bench
  const recipe = withSteps(recipeOf(bench, named), asked)
  const classifier = await bench.classifier(recipe.batchSize)
  const { seed } = options
  const learner = new Learner(classifier, { task, format: model, recipe, seed, engine: engine.kind })
  const { loop, method } = learner
  const { steps, validateEvery } = recipe
  const { val } = task.splits
  const lesson = {
    loop,
    method,
    val,
    builder: learner.builder(val),
    classes: task.classes.length,
    steps,
    validateEvery,
  }
  const { step, validations } = await learnToBest(lesson, options)
  return { method, rows: classifier.batchSize, steps, chosen: { step }, validations }
}

/** A design with the optimiser, schedule and shifts of a recipe, where they are not named. */
export async function trainDesign(
  bench: StudyBench,
  { design: named, recipe: from, mapping, label: _, method: __, ...changes }: ContenderOf<'visual-prompt'>,
  options: TrainOptions,
): Promise<Trained> {
  const { model, task } = bench
  const recipe = { ...withSteps(recipeOf(bench, from), changes.steps), ...changes }
  const settings = typeof named === 'string' ? PUBLISHED_DESIGNS[named] : named
  const design = openDesign(settings, model.imageSize, model)
  const classifier = await bench.classifier(recipe.batchSize, entryOf(design), headFor(mapping))
  const seeds = new Random(options.seed)
  const [init, data, places, mapped] = [new Random(seeds.uint32()), seeds.uint32(), seeds.uint32(), seeds.uint32()]
  const prompt = new VisualPrompt(classifier, design, () => init.normal(), new PromptPlaces(places))
  const rows = classifier.batchSize
  const { batchSize, steps, validateEvery } = recipe
  const stepsPerEpoch = Math.ceil(task.splits.train.count / batchSize)
  const about = { random: new Random(mapped), stepsPerEpoch, recipe }
  const { method, hooks, optimiser } = await withMapping(bench, classifier, prompt, mapping, about)
  const batches = new TrainingBatches(bench.builder('train', rows), {
    batchSize,
    maxShift: Math.round(recipe.shiftFraction * model.imageSize),
    seed: data,
  })
  const { lossScale } = classifier
  const loop = new Loop({ method, batches, recipe, lossScale, readEvery: 1, ...(optimiser && { optimiser }) })
  const { val } = task.splits
  const lesson = { loop, method, val, builder: bench.builder('val', rows), classes: task.classes.length, ...hooks }
  const { step, validations } = await learnToBest({ ...lesson, steps, validateEvery }, options)
  return { method, rows, steps, chosen: { step }, validations }
}

export function recipeOf({ model, task }: StudyBench, recipe: ContenderOf<'padding'>['recipe']): Recipe {
  return typeof recipe === 'string' ? recipeByName(recipe, task.splits.train.count, model.kind) : recipe
}

export function withSteps(recipe: Recipe, steps: number | undefined): Recipe {
  if (steps === undefined) return recipe
  return { ...recipe, steps, warmupSteps: Math.min(recipe.warmupSteps, Math.floor(steps / 2)) }
}
