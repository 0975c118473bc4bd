/**
 * Learning from the first step to the last without anyone at the controls: the same steps and the same choice on validation as a
 * run on the page makes of this recipe and seed (lab/learning.ts), bit for bit where the engine repeats itself.
 */
import { UserError } from '../errors'
import type { Best } from '../learning/checkpoint'
import { Learner } from '../learning/learner'
import { readParameters, writeParameters } from '../learning/parameters'
import type { Recipe } from '../learning/recipe'
import { isBetter, predictAll, validatedImages, validationOf } from '../learning/selection'
import type { Method } from '../methods/method'
import { said } from '../sentence'
import type { StudyBench } from './bench'
import type { TrainOptions } from './contenders'

export interface LearnedBest {
  readonly method: Method
  readonly best: { readonly step: number; readonly steps: number; readonly rows: number }
}

/** @throws UserError where the loss is no longer a number; what the signal was aborted with */
export async function learnToBest(
  bench: StudyBench,
  recipe: Recipe,
  { seed, onProgress, signal }: TrainOptions,
): Promise<LearnedBest> {
  const { engine, model, task } = bench
  const classifier = await bench.classifier(recipe.batchSize)
  const learner = new Learner(classifier, { task, format: model, recipe, seed, engine: engine.kind })
  const { loop, method } = learner
  const validated = validatedImages(task.splits.val)
  const labels = Uint16Array.from(validated, (index) => task.splits.val.labels[index]!)
  let best: Best | null = null
  const validate = async () => {
    const logits = await predictAll(method, learner.builder(task.splits.val), { indices: validated })
    const validation = validationOf(loop.step, logits, labels, task.classes.length)
    if (!Number.isFinite(validation.loss)) throw notFinite(loop.step)
    if (isBetter(validation, best?.validation ?? null)) {
      best = { validation, parameters: await readParameters(method.parameters) }
    }
    return best!
  }
  try {
    let found = await validate()
    while (!loop.done) {
      signal?.throwIfAborted()
      await loop.advance()
      onProgress?.(loop.step / recipe.steps)
      if (loop.step % recipe.validateEvery === 0 || loop.done) found = await validate()
    }
    method.setParameters(writeParameters(found.parameters))
    loop.dispose()
    return { method, best: { step: found.validation.step, steps: loop.step, rows: classifier.batchSize } }
  } catch (error) {
    await learner.dispose()
    throw error
  }
}

function notFinite(step: number): UserError {
  return new UserError(
    said`Learning stopped at step ${step}: the validation loss is no longer a finite number.`,
    'Take fewer steps or a gentler recipe.',
  )
}
