/**
 * A border learned for a classifier with published weights, the classifier's first outputs standing for the classes:
 *   node scripts/run-ts.mjs tools/numbers/classifiers.ts [MODEL TASK [SEEDS [STEPS]]] && node scripts/run-ts.mjs tools/numbers/render.ts
 * Needs PASSEPARTOUT_DATA. A run takes its row's place in docs/numbers/classifiers.json; the others stay as they are.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { nodePlatform } from '../../src/cli/platform'
import type { LabEvent, RunResult } from '../../src/lab/protocol'
import { Lab } from '../../src/lab/session'
import type { Recipe } from '../../src/learning/recipe'
import { REFERENCE_CLASSIFIERS, referenceFiles } from '../../tests/support/reference-classifiers'
import { CLASSIFIER_TASKS, classifierRecipe, classifierSource, imagesOfClass } from './classifier-tasks'

const FILE = 'docs/numbers/classifiers.json'

export interface ClassifierRow {
  readonly date: string
  readonly model: string
  readonly modelTitle: string
  readonly modelSha256: string
  readonly imageSize: number
  readonly border: number
  readonly task: string
  readonly fingerprint: string
  readonly classes: readonly string[]
  /** Of each class at most; null = all. */
  readonly imagesOfClass: number | null
  readonly images: { readonly train: number; readonly val: number; readonly test: number }
  readonly mapping: NonNullable<RunResult['mapping']>
  readonly recipe: Recipe
  readonly seed: number
  readonly zeroShot: RunResult['zeroShot']
  readonly prompted: RunResult['prompted']
  readonly fixed: number
  readonly broken: number
  readonly pValue: number
  readonly bestStep: number
  readonly steps: number
  readonly seconds: number
  readonly engine: string
  readonly cores: number
  readonly node: string
}

const keyOf = (row: Pick<ClassifierRow, 'model' | 'task' | 'seed'>) => `${row.model} ${row.task} ${row.seed}`

async function run(model: string, task: string, seed: number, wantedSteps: number | null): Promise<ClassifierRow> {
  const described = REFERENCE_CLASSIFIERS.find(({ id }) => id === model)!
  const data = CLASSIFIER_TASKS.find(({ id }) => id === task)!
  const results: RunResult[] = []
  const failures: string[] = []
  const lab = new Lab({ ...nodePlatform('cpu'), modelFiles: referenceFiles }, (event: LabEvent) => {
    if (event.type === 'validation')
      console.log(`  step ${event.step}: ${(100 * event.accuracy.top1).toFixed(1)} % of validation`)
    if (event.type === 'failed') failures.push(`${event.message} ${event.remedy}`)
    if (event.type === 'finished') results.push(event.result)
  })
  await lab.handle('initialise', { backend: 'wasm' })
  const info = await lab.handle('loadModel', { id: model })
  const each = imagesOfClass(info.imageSize, Math.min(data.classes, info.labels!.length))
  const loaded = await lab.loadSource(await classifierSource(data, info.labels!.length, each), 0)
  const usual = classifierRecipe(info.imageSize)
  const half = wantedSteps === null ? {} : { steps: wantedSteps, validateEvery: Math.ceil(wantedSteps / 2) }
  const recipe = { ...usual, ...half }
  const { border } = await lab.handle('start', { recipe, seed, paused: false })
  await lab.runEnded()
  const [result] = results
  if (!result) throw new Error(failures.join(' ') || 'the run ended without a result')
  const { zeroShot, prompted, fixed, broken, pValue, bestStep, steps, seconds, engine, mapping } = result
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0)
  const { train, val, test } = loaded.counts
  await lab.handle('dispose', {})
  return {
    date: new Date().toISOString().slice(0, 10),
    model,
    modelTitle: described.title,
    modelSha256: info.sha256,
    imageSize: info.imageSize,
    border,
    task,
    fingerprint: loaded.fingerprint,
    classes: loaded.classes.map(({ name }) => name),
    imagesOfClass: Number.isFinite(each) ? each : null,
    images: { train: sum(train), val: sum(val), test: sum(test) },
    mapping: mapping!,
    recipe,
    seed,
    zeroShot,
    prompted,
    fixed: fixed.length,
    broken: broken.length,
    pValue,
    bestStep,
    steps,
    seconds,
    engine,
    cores: availableParallelism(),
    node: process.versions.node,
  }
}

const [model, task, seeds = '1', steps] = process.argv.slice(2)
const text = await readFile(FILE, 'utf8').catch(() => '[]')
const rows = new Map((JSON.parse(text) as ClassifierRow[]).map((row) => [keyOf(row), row]))
for (const seed of seeds.split(',').map(Number)) {
  for (const { id: modelId } of REFERENCE_CLASSIFIERS.filter(({ id }) => model === undefined || id === model)) {
    for (const { id: taskId } of CLASSIFIER_TASKS.filter(({ id }) => task === undefined || id === task)) {
      console.log(`${modelId} on ${taskId}, seed ${seed}`)
      const row = await run(modelId, taskId, seed, steps === undefined ? null : Number(steps))
      rows.set(keyOf(row), row)
      await mkdir('docs/numbers', { recursive: true })
      await writeFile(FILE, `${JSON.stringify([...rows.values()], null, 2)}\n`)
      console.log(
        `  ${(100 * row.zeroShot.top1).toFixed(1)} % -> ${(100 * row.prompted.top1).toFixed(1)} % of ${row.images.test} test images`,
      )
    }
  }
}
process.exit(0)
