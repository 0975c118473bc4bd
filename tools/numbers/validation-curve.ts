/** Learning watched on the validation split alone, for finding a recipe's values: the test split is not read. */
import type { Task } from '../../src/data/task'
import { Random } from '../../src/data/random'
import { BatchBuilder, TrainingBatches, type PixelFormat } from '../../src/learning/batches'
import { Loop } from '../../src/learning/loop'
import { borderWidth, type Recipe } from '../../src/learning/recipe'
import { predictAll, validationOf } from '../../src/learning/selection'
import type { Classifier } from '../../src/methods/classifier'
import { VisualPrompt } from '../../src/methods/visual-prompt'

/** Accuracies on validation: before learning, every `validateEvery` steps, and after the last. */
export async function validationCurve(
  classifier: Classifier,
  task: Task,
  format: PixelFormat,
  recipe: Recipe,
  seed: number,
): Promise<number[]> {
  const init = new Random(seed)
  const width = borderWidth(recipe, format.imageSize)
  const method = new VisualPrompt(classifier, width, recipe.init === 'zero' ? () => 0 : () => init.normal())
  const maxShift = Math.round(recipe.shiftFraction * format.imageSize)
  const train = new BatchBuilder(task.splits.train, format, classifier.batchSize)
  const val = new BatchBuilder(task.splits.val, format, classifier.batchSize)
  const batches = new TrainingBatches(train, { batchSize: recipe.batchSize, maxShift, seed })
  const loop = new Loop({ method, batches, recipe, readEvery: 1 })
  const validate = async () =>
    validationOf(loop.step, await predictAll(method, val), task.splits.val.labels, task.classes.length).accuracy.top1
  const curve = [await validate()]
  while (!loop.done) {
    await loop.advance()
    if (loop.step % recipe.validateEvery === 0 || loop.done) curve.push(await validate())
  }
  loop.dispose()
  method.dispose()
  return curve
}
