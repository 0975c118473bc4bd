/**
 * Compares recipes for a classifier on validation splits; test is not read:
 *   node scripts/run-ts.mjs tools/numbers/tune-classifiers.ts resnet20-cifar10 flowers5 '[{"learningRate":0.1}]' [seeds] [images a class]
 * Each line: the change to `quick`, then validation accuracy before learning, at each validation, and the best.
 */
import { nodeDecoder } from '../../src/data/decode-node'
import { loadTask } from '../../src/data/load'
import { recipeSchema } from '../../src/learning/recipe'
import { quick } from '../../src/learning/recipes'
import { Classifier, mappedClassifier } from '../../src/methods/classifier'
import { firstOutputs } from '../../src/methods/label-mapping'
import { loadModel } from '../../src/models/frozen-model'
import { createNodeEngine } from '../../src/runtime/node'
import { referenceFiles } from '../../tests/support/reference-classifiers'
import { CLASSIFIER_TASKS, classifierSource } from './classifier-tasks'
import { validationCurve } from './validation-curve'

const [modelId, taskId, changes = '[{}]', seeds = '1', each = 'Infinity'] = process.argv.slice(2)
const engine = await createNodeEngine()
const model = await loadModel(referenceFiles(modelId!))
if (model.kind !== 'classifier') throw new Error(`${modelId} is a CLIP`)
const source = await classifierSource(
  CLASSIFIER_TASKS.find(({ id }) => id === taskId)!,
  model.outputs,
  Number(each),
)
const { imageSize, resize } = model
const task = await loadTask(source, { decoder: nodeDecoder, imageSize, resize, splitSeed: 0 })
const mapping = firstOutputs(model.outputs, task.classes.length)

const percent = (x: number) => (100 * x).toFixed(1)
for (const change of JSON.parse(changes) as object[]) {
  const recipe = recipeSchema.parse({ ...quick, ...change })
  const rows = Math.min(imageSize <= 96 ? 64 : 16, recipe.batchSize)
  const classifier = await Classifier.open(engine, mappedClassifier(model, mapping), rows)
  for (const seed of seeds.split(',').map(Number)) {
    const curve = await validationCurve(classifier, task, model, recipe, seed)
    console.log(
      `${JSON.stringify(change)} seed ${seed}: ${curve.map(percent).join(' ')}, best ${percent(Math.max(...curve))}`,
    )
  }
  await classifier.dispose()
}
process.exit(0)
