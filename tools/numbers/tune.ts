/**
 * Compares recipes on the validation splits of the sample tasks; test is not read. For finding the values of `quick`:
 *   node scripts/run-ts.mjs tools/numbers/tune.ts '[{"learningRate":0.1},{"learningRate":0.2}]' [tasks] [seeds]
 * Each line: the change to `quick`, then for each task zero-shot, last and best validation accuracy, mean of the seeds.
 */
import { nodePlatform } from '../../src/cli/platform'
import { Random } from '../../src/data/random'
import { loadSample } from '../../src/data/samples'
import type { Task } from '../../src/data/task'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import { Loop } from '../../src/learning/loop'
import { borderWidth, recipeSchema, type Recipe } from '../../src/learning/recipe'
import { quick } from '../../src/learning/recipes'
import { predictAll, validationOf } from '../../src/learning/selection'
import { Classifier, clipClassifier } from '../../src/methods/classifier'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { loadClip } from '../../src/models/clip'
import { encodeClasses } from '../../src/models/text'

const [changes = '[{}]', wantedTasks = '', seeds = '1'] = process.argv.slice(2)
const recipes = (JSON.parse(changes) as object[]).map((change) => recipeSchema.parse({ ...quick, ...change }))
const platform = nodePlatform('cpu')
const { engine } = await platform.openEngine('auto')
const clip = await loadClip(platform.modelFiles('public/models/stamp'))
const samples = (await platform.samples()).filter(({ id }) => wantedTasks === '' || wantedTasks.split(',').includes(id))

async function validationCurve(classifier: Classifier, task: Task, recipe: Recipe, seed: number): Promise<number[]> {
  const init = new Random(seed)
  const width = borderWidth(recipe, clip.imageSize)
  const method = new VisualPrompt(classifier, width, recipe.init === 'zero' ? () => 0 : () => init.normal())
  const maxShift = Math.round(recipe.shiftFraction * clip.imageSize)
  const train = new BatchBuilder(task.splits.train, clip, classifier.batchSize)
  const val = new BatchBuilder(task.splits.val, clip, classifier.batchSize)
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

const percent = (x: number) => (100 * x).toFixed(1).padStart(5)
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
for (const [i, recipe] of recipes.entries()) {
  const cells: string[] = []
  const bests: number[] = []
  for (const manifest of samples) {
    const source = await platform.sampleSource(manifest)
    const task = await loadSample(manifest, source, { decoder: platform.decoder, imageSize: clip.imageSize })
    const names = task.classes.map(({ name }) => name)
    const classEmbeddings = await encodeClasses(engine, clip, task.template, names)
    const frozen = clipClassifier(clip, names.length, classEmbeddings)
    const classifier = await Classifier.open(engine, frozen, Math.min(64, recipe.batchSize))
    const curves: number[][] = []
    for (const seed of seeds.split(',')) curves.push(await validationCurve(classifier, task, recipe, Number(seed)))
    await classifier.dispose()
    const best = mean(curves.map((curve) => Math.max(...curve)))
    bests.push(best - curves[0]![0]!)
    cells.push(
      `${manifest.id} ${percent(curves[0]![0]!)} > ${percent(mean(curves.map((c) => c.at(-1)!)))} / ${percent(best)}`,
    )
  }
  const change = JSON.stringify((JSON.parse(changes) as object[])[i])
  console.log(`${change}  ${cells.join('   ')}   gain ${percent(mean(bests))}`)
}
process.exit(0)
