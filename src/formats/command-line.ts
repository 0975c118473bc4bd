/** The same run as a command for the headless program (src/cli), and what a command cannot carry, in words. */
import { DEFAULT_SPLIT, DEFAULT_TEMPLATE, type Arrangement } from '../data/arrangement'
import { byCodeUnits } from '../data/album'
import { cleanClassName } from '../models/class-names'
import { recipeByName, RECIPE_NAMES } from '../learning/recipes'
import type { Recipe } from '../learning/recipe'
import type { RunRecord } from '../records/run-record'
import { said, type Sentence } from '../sentence'

export interface RunCommand {
  /** One line for sh. */
  readonly command: string
  /** What the person has to see to before it gives the same run; a sentence each. */
  readonly notes: readonly Sentence[]
}

/** What the command line does when it is told nothing. */
const DEFAULT_MODEL = 'stamp'
const DEFAULT_SEED = 1
const DEFAULT_SPLIT_SEED = 0

/** What is known of how a run's images were arranged. */
export interface ArrangedAs {
  /** null where it was not kept. */
  readonly arrangement: Arrangement | null
  /** Name of the file that it is saved as (JSON of src/data/arrangement.ts). */
  readonly file: string
  /** Of a sample: its classes in order, and its template, as it comes. */
  readonly sample: Pick<RunRecord['task'], 'classes' | 'template'> | null
}

/** null for a run that learned nothing: its border came from another run, and that one's command is the one to give. */
export function runCommand(run: RunRecord, arranged: ArrangedAs): RunCommand | null {
  if (run.kind !== 'learned') return null
  const notes: Sentence[] = []
  const options: (readonly [name: string, value: string | number])[] = [
    ...taskOptions(run, arranged, notes),
    ...modelOptions(run, notes),
    ...(run.outputs ? [['outputs', run.outputs.join(',')] as const] : []),
    ...recipeOptions(run),
    ...(run.seed === DEFAULT_SEED ? [] : [['seed', run.seed] as const]),
  ]
  if (run.engine === 'wasm') options.push(['backend', 'wasm'])
  if (run.engine === 'webgpu') {
    notes.push(
      said`The run was made on WebGPU, which the command line does not have: its curve will be the same within rounding.`,
    )
  }
  const text = options.map(([name, value]) => ` ${option(name, String(value))}`).join('')
  return { command: `npm run demo --${text}`, notes }
}

type Options = (readonly [name: string, value: string | number])[]

function taskOptions({ task }: RunRecord, arranged: ArrangedAs, notes: Sentence[]): Options {
  const { arrangement, file, sample } = arranged
  const images: Options = task.sample === null ? [['data', task.title]] : [['task', task.sample]]
  const split = task.splitSeed ?? DEFAULT_SPLIT_SEED
  if (task.sample === null) {
    notes.push(
      said`--data is the folder or zip of "${task.title}" on your disk; its images are the same where result.json says the fingerprint ${task.fingerprint.slice(0, 12)}.`,
    )
  }
  if (arrangement === null) {
    notes.push(
      said`How the images were arranged was not kept: it is the same run only where result.json says the fingerprint ${task.fingerprint.slice(0, 12)}.`,
    )
  } else if (!asItComes(arrangement, task.splitSeed, task.sample === null ? null : sample)) {
    notes.push(
      said`--arrangement is the file "${file}", with the classes, template and splits of this run: it is among the files here.`,
    )
    return [...images, ['arrangement', file]]
  }
  const drawn = task.sample === null && split !== DEFAULT_SPLIT_SEED
  return drawn ? [...images, ['split-seed', split]] : images
}

/**
 * Whether the command line arranges the images so of itself: all folders, in order, under their own names, the usual shares. For
 * own images it can be told the seed of the split.
 * @param splitSeed null where nothing was drawn, whatever the rule says
 */
function asItComes(of: Arrangement, splitSeed: number | null, sample: ArrangedAs['sample']): boolean {
  const folders = of.classes.map(({ key }) => key)
  const usual =
    sample?.classes ?? folders.toSorted(byCodeUnits).map((folder) => ({ folder, name: cleanClassName(folder) }))
  const classes = of.classes.every(({ folders, included, key, name }, i) => {
    const { folder, name: own } = usual[i] ?? {}
    return included && key === folder && name === own && folders.length === 1 && folders[0] === key
  })
  const { seed, ...split } = of.split
  const { seed: usualSeed, ...usualSplit } = DEFAULT_SPLIT
  return (
    classes &&
    of.classes.length === usual.length &&
    of.template === (sample?.template ?? DEFAULT_TEMPLATE) &&
    Object.keys(of.labels).length === 0 &&
    of.without.length === 0 &&
    Object.entries(usualSplit).every(([name, value]) => split[name as keyof typeof split] === value) &&
    (sample === null || splitSeed === null || seed === usualSeed)
  )
}

function modelOptions({ model }: RunRecord, notes: Sentence[]): Options {
  if (model.origin === 'embedded') return model.id === DEFAULT_MODEL ? [] : [['model', `public/models/${model.id}`]]
  const variant = model.variant === null ? '' : ` (${model.variant})`
  notes.push(
    said`--model is a folder with the files of ${model.id}${variant}, sha256 ${model.sha256.slice(0, 12)} of its graphs and weights.`,
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
