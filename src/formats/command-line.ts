/** The same run as a command for the headless program (src/cli), and what a command cannot carry, in words. */
import { DEFAULT_TEMPLATE } from '../data/arrangement'
import { recipeByName, RECIPE_NAMES } from '../learning/recipes'
import type { Recipe } from '../learning/recipe'
import type { RunRecord } from '../records/run-record'

export interface RunCommand {
  /** One line for sh. */
  readonly command: string
  /** What the person has to see to before it gives the same run; a sentence each. */
  readonly notes: readonly string[]
}

/** What the command line does when it is told nothing. */
const DEFAULT_MODEL = 'stamp'
const DEFAULT_SEED = 1
const DEFAULT_SPLIT_SEED = 0

export interface CommandOptions {
  /** Name of the file in which the arrangement of the classes was saved (JSON of src/data/arrangement.ts). */
  readonly arrangement?: string
}

/** null for a run that learned nothing: its border came from another run, and that one's command is the one to give. */
export function runCommand(run: RunRecord, { arrangement }: CommandOptions = {}): RunCommand | null {
  if (run.kind !== 'learned') return null
  const notes: string[] = []
  const options: (readonly [name: string, value: string | number])[] = [
    ...taskOptions(run, arrangement, notes),
    ...modelOptions(run, notes),
    ...(run.outputs ? [['outputs', run.outputs.join(',')] as const] : []),
    ...recipeOptions(run),
    ...(run.seed === DEFAULT_SEED ? [] : [['seed', run.seed] as const]),
  ]
  if (run.engine === 'wasm') options.push(['backend', 'wasm'])
  if (run.engine === 'webgpu') {
    notes.push(
      'The run was made on WebGPU, which the command line does not have: its curve will be the same within rounding.',
    )
  }
  const text = options.map(([name, value]) => ` ${option(name, String(value))}`).join('')
  return { command: `npm run demo --${text}`, notes }
}

type Options = (readonly [name: string, value: string | number])[]

function taskOptions({ task }: RunRecord, arrangement: string | undefined, notes: string[]): Options {
  const arranged: Options = arrangement === undefined ? [] : [['arrangement', arrangement]]
  if (task.sample !== null) return [['task', task.sample], ...arranged]
  notes.push(
    `--data is the folder or zip of "${task.title}" on your disk; its images are the same where result.json says the fingerprint ${task.fingerprint.slice(0, 12)}.`,
  )
  if (arranged.length > 0) return [['data', task.title], ...arranged]
  if (task.template !== DEFAULT_TEMPLATE || task.classes.some(({ folder, name }) => cleaned(folder) !== name)) {
    notes.push(
      `The classes or the template were edited here ("${task.template}"): save their arrangement, and give it with --arrangement.`,
    )
  }
  const split = task.splitSeed ?? DEFAULT_SPLIT_SEED
  return [['data', task.title], ...(split === DEFAULT_SPLIT_SEED ? [] : [['split-seed', split] as const])]
}

const cleaned = (folder: string) => folder.replaceAll(/[_-]/g, ' ').trim()

function modelOptions({ model }: RunRecord, notes: string[]): Options {
  if (model.origin === 'embedded') return model.id === DEFAULT_MODEL ? [] : [['model', `public/models/${model.id}`]]
  const variant = model.variant === null ? '' : ` (${model.variant})`
  notes.push(
    `--model is a folder with the files of ${model.id}${variant}, sha256 ${model.sha256.slice(0, 12)} of its graphs and weights.`,
  )
  return [['model', model.name]]
}

/** What the recipe has otherwise than the one it is named after. */
function recipeOptions({ border, model, recipe, task }: RunRecord): Options {
  const name = RECIPE_NAMES.find((one) => one === recipe.name) ?? 'quick'
  const images = task.counts.train.reduce((sum, count) => sum + count, 0)
  const named = recipeByName(name, images, model.kind)
  // As the command line does: warm-up never takes more than half of the steps that it is told.
  const warmupSteps =
    named.steps === recipe.steps ? named.warmupSteps : Math.min(named.warmupSteps, Math.floor(recipe.steps / 2))
  const base: Recipe = { ...named, steps: recipe.steps, warmupSteps }
  const options: Options = name === 'quick' ? [] : [['recipe', name]]
  if (recipe.steps !== named.steps) options.push(['steps', recipe.steps])
  if (recipe.borderFraction !== base.borderFraction) options.push(['border', border])
  if (recipe.init !== base.init) options.push(['init', recipe.init])
  options.push(...optimiserOptions(recipe.optimiser, base.optimiser))
  const plain = {
    'learning-rate': 'learningRate',
    warmup: 'warmupSteps',
    batch: 'batchSize',
    shift: 'shiftFraction',
    'validate-every': 'validateEvery',
  } as const
  for (const [name, key] of Object.entries(plain)) if (recipe[key] !== base[key]) options.push([name, recipe[key]])
  return options
}

function optimiserOptions(wanted: Recipe['optimiser'], base: Recipe['optimiser']): Options {
  if (JSON.stringify(wanted) === JSON.stringify(base)) return []
  const { kind } = wanted
  const values: Options =
    kind === 'sgd'
      ? [['momentum', wanted.momentum], ['normalise-gradient', wanted.normaliseGradient ? 'yes' : 'no']] // prettier-ignore
      : [['beta1', wanted.beta1], ['beta2', wanted.beta2], ['epsilon', wanted.epsilon]] // prettier-ignore
  return [...(kind === base.kind ? [] : [['optimiser', kind] as const]), ...values]
}

function option(name: string, value: string): string {
  // A value that looks like an option must not stand alone.
  return value.startsWith('-') ? `--${name}=${quoted(value)}` : `--${name} ${quoted(value)}`
}

/** A word of sh (POSIX.1-2017, 2.2.2): inside of single quotes every letter is itself. */
export function quoted(word: string): string {
  const clean = word.replaceAll('\0', '')
  return /^[\w./:@%+,-]+$/.test(clean) ? clean : `'${clean.replaceAll("'", `'\\''`)}'`
}
