/**
 * Compares recipes on the validation splits of the sample tasks; test is not read. For finding the values of `quick`:
 *   node scripts/run-ts.mjs tools/numbers/tune.ts '[{"learningRate":0.1},{"learningRate":0.2}]' [tasks] [seeds]
 * Each line: the change to `quick`, then for each task zero-shot, last and best validation accuracy, mean of the seeds.
 */
import { nodePlatform } from '../../src/cli/platform'
import { loadSample } from '../../src/data/samples'
import { recipeSchema } from '../../src/learning/recipe'
import { quick } from '../../src/learning/recipes'
import { Classifier, clipClassifier } from '../../src/methods/classifier'
import { loadClip } from '../../src/models/clip'
import { encodeClasses } from '../../src/models/text'
import { validationCurve } from './validation-curve'

const [changes = '[{}]', wantedTasks = '', seeds = '1'] = process.argv.slice(2)
const recipes = (JSON.parse(changes) as object[]).map((change) => recipeSchema.parse({ ...quick, ...change }))
const platform = nodePlatform('cpu')
const { engine } = await platform.openEngine('auto')
const clip = await loadClip(platform.modelFiles('public/models/stamp'))
const samples = (await platform.samples()).filter(({ id }) => wantedTasks === '' || wantedTasks.split(',').includes(id))

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
    for (const seed of seeds.split(','))
      curves.push(await validationCurve(classifier, task, clip, recipe, Number(seed)))
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
