/**
 * npm run demo: the program's main job without a page. Learns a border on a sample task (or on images of one's own),
 * measures it on the test split against the frozen model alone, and writes figures and pictures.
 */
import { readFile } from 'node:fs/promises'
import type { Arrangement } from '../data/arrangement'
import { checkArrangement } from '../data/arrangement-schema'
import { describeError, UserError } from '../errors'
import { openSource } from '../data/source-node'
import type { LabEvent, ModelInfo, RunResult, TaskInfo } from '../lab/protocol'
import { Lab } from '../lab/session'
import { recipeByName } from '../learning/recipes'
import type { Recipe } from '../learning/recipe'
import { HELP, parseOptions, type DemoOptions } from './options'
import { nodePlatform } from './platform'
import { changedRecipe } from './recipe-options'
import { percent, Progress, type Output } from './progress'
import { curveOf, writeResults, type CurveRow } from './results'

export interface DemoOutcome {
  readonly model: ModelInfo
  readonly task: TaskInfo
  readonly recipe: Recipe
  readonly result: RunResult
  readonly curve: readonly CurveRow[]
}

/** Runs the demo. `out` is where progress goes. */
export async function demo(options: DemoOptions, out: Output): Promise<DemoOutcome> {
  const progress = new Progress(out)
  const events: LabEvent[] = []
  const lab = new Lab(nodePlatform(options.backend), (event) => {
    if (event.type !== 'progress' && event.type !== 'prompt') events.push(event)
    progress.hear(event)
  })
  const stop = () => void lab.handle('stop', {}).catch(() => process.exit(130))
  try {
    const { capability } = await lab.handle('initialise', { backend: 'wasm' })
    const model = await lab.handle('loadModel', { id: options.model })
    const task = await loadImages(lab, options)
    progress.line(`${model.title} on ${capability.description}`)
    progress.line(
      `${task.title}: ${task.classes.length} classes, ${imagesOf(task)}${howClassified(model, task, options)}`,
    )
    progress.before = model.kind === 'clip' ? 'Zero-shot' : 'Frozen model'
    for (const { path, reason } of task.skipped.slice(0, 5)) progress.line(`not taken: ${path} (${reason})`)
    if (task.skipped.length > 5) progress.line(`not taken: ${task.skipped.length - 5} more files`)

    const recipe = chosenRecipe(options, model, task)
    progress.steps = recipe.steps
    // Ctrl-C ends learning early and still measures what was learned; a second one ends the program.
    process.once('SIGINT', stop)
    const outputs = options.outputs === null ? {} : { outputs: options.outputs }
    await lab.handle('start', { recipe, seed: options.seed, paused: false, ...outputs })
    await lab.runEnded()
    const result = outcomeOf(events)
    await writeResults(options, { lab, model, task, result, events })
    return { model, task, recipe, result, curve: curveOf(events) }
  } finally {
    process.removeListener('SIGINT', stop)
    await lab.handle('dispose', {})
  }
}

async function loadImages(lab: Lab, { arrangement: file, data, splitSeed, task }: DemoOptions): Promise<TaskInfo> {
  const arrangement = file === null ? undefined : await readArrangement(file)
  if (data !== null) return lab.loadSource(await openSource(data), splitSeed, arrangement)
  const id = task ?? lab.sampleIds()[0]
  if (id === undefined) throw new UserError('There are no sample tasks.', 'Give images of your own with --data.')
  return lab.handle('loadTask', { kind: 'sample', id, ...(arrangement ? { arrangement } : {}) })
}

async function readArrangement(file: string): Promise<Arrangement> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new UserError(
      `The arrangement "${file}" cannot be read: ${(cause as Error).message.split('\n')[0]}.`,
      'Save it from the page again, or leave --arrangement out.',
      { cause },
    )
  }
  return checkArrangement(value)
}

function chosenRecipe({ changes, recipe: name, steps }: DemoOptions, model: ModelInfo, task: TaskInfo): Recipe {
  const recipe = recipeByName(
    name,
    task.counts.train.reduce((sum, count) => sum + count, 0),
    model.kind,
  )
  const long =
    steps === null ? recipe : { ...recipe, steps, warmupSteps: Math.min(recipe.warmupSteps, Math.floor(steps / 2)) }
  return changedRecipe(long, changes, model.imageSize)
}

function imagesOf({ counts }: TaskInfo): string {
  const sum = (perClass: readonly number[]) => perClass.reduce((a, b) => a + b, 0)
  return `${sum(counts.train)} images to learn from, ${sum(counts.val)} to validate, ${sum(counts.test)} to test`
}

/** The template of a CLIP, the outputs of a classifier that stand for the classes. */
function howClassified(model: ModelInfo, { classes, template }: TaskInfo, { outputs }: DemoOptions): string {
  if (model.labels === null) return `; "${template}"`
  return outputs ? `, by outputs ${outputs.join(', ')}` : `, by the classifier's first ${classes.length} outputs`
}

function outcomeOf(events: readonly LabEvent[]): RunResult {
  for (const event of events) {
    if (event.type === 'finished') return event.result
    if (event.type === 'failed') throw new UserError(event.message, event.remedy)
  }
  throw new Error('the run ended without a result')
}

function summary({ result }: DemoOutcome, out: string): string {
  const { zeroShot, prompted, mapping, fixed, broken, pValue, bestStep, steps, seconds, secondsPerStep } = result
  const row = (name: string, { top1, ci95, correct, total }: RunResult['zeroShot']) =>
    `${name}  ${percent(top1).padStart(7)}   95 % interval ${percent(ci95[0])} to ${percent(ci95[1])}   ${correct} of ${total}`
  const gain = 100 * (prompted.top1 - zeroShot.top1)
  return [
    '',
    'Test split:',
    row(mapping ? '  frozen   ' : '  zero-shot', zeroShot),
    row('  prompted ', prompted),
    ...(mapping
      ? [`  frozen: the model as it is, ${mapping.kind} ${mapping.outputs.length} outputs as the classes`]
      : []),
    `  gain ${gain >= 0 ? '+' : ''}${gain.toFixed(1)} points: ${fixed.length} images fixed, ${broken.length} broken (McNemar's exact test: p ${pValue < 1e-4 ? '< 0.0001' : `= ${pValue.toFixed(4)}`})`,
    `${steps} steps in ${seconds.toFixed(1)} s (${(1000 * secondsPerStep).toFixed(0)} ms a step); best on validation at step ${bestStep}`,
    `Written to ${out}/: result.json, prompt.png, prompted-examples.png, curve.csv`,
  ].join('\n')
}

export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args)
    if (options === 'help') {
      console.log(HELP)
      return 0
    }
    console.log(summary(await demo(options, process.stdout), options.out))
    return 0
  } catch (error) {
    const { message, remedy } = describeError(error)
    console.error(`${message} ${remedy}`)
    return 1
  }
}
