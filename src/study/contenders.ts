/**
 * How each method of a study is made ready on a bench: trained or solved on the training split, chosen on validation. What
 * comes back answers any picture; the test split is nobody's business here.
 */
import { recipeByName } from '../learning/recipes'
import type { Recipe } from '../learning/recipe'
import type { Method } from '../methods/method'
import { ZeroShot } from '../methods/zero-shot'
import type { StudyBench } from './bench'
import type { Contender, ContenderOf } from './contender'
import { learnToBest } from './learn'

export interface TrainOptions {
  readonly seed: number
  /** Part of the whole that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void
  /** Ends it with what it was aborted with. */
  readonly signal?: AbortSignal
}

export interface Trained {
  /** The caller disposes it. */
  readonly method: Method
  /** Rows of its batches. */
  readonly rows: number
  /** Steps of an optimiser; 0 where there were none. */
  readonly steps: number
  /** What was chosen on validation, by name: a step, a C, a number of neighbours. */
  readonly chosen: Readonly<Record<string, number | string>>
}

type Train<M extends Contender['method']> = (
  bench: StudyBench,
  contender: ContenderOf<M>,
  options: TrainOptions,
) => Promise<Trained>

const CONTENDERS: { readonly [M in Contender['method']]: Train<M> } = {
  'zero-shot': async (bench) => {
    const classifier = await bench.classifier(Infinity)
    return { method: new ZeroShot(classifier), rows: classifier.batchSize, steps: 0, chosen: {} }
  },
  padding: async (bench, { recipe, steps }, options) => {
    const { method, best } = await learnToBest(bench, withSteps(recipeOf(bench, recipe), steps), options)
    return { method, rows: best.rows, steps: best.steps, chosen: { step: best.step } }
  },
}

/** @throws UserError as the method does; what the signal was aborted with */
export function train<M extends Contender['method']>(
  bench: StudyBench,
  contender: ContenderOf<M>,
  options: TrainOptions,
): Promise<Trained> {
  return CONTENDERS[contender.method as M](bench, contender, options)
}

function recipeOf({ model, task }: StudyBench, recipe: ContenderOf<'padding'>['recipe']): Recipe {
  return typeof recipe === 'string' ? recipeByName(recipe, task.splits.train.count, model.kind) : recipe
}

function withSteps(recipe: Recipe, steps: number | undefined): Recipe {
  if (steps === undefined) return recipe
  return { ...recipe, steps, warmupSteps: Math.min(recipe.warmupSteps, Math.floor(steps / 2)) }
}
