/** What the command line of the demo understands. */
import { parseArgs } from 'node:util'
import { UserError } from '../errors'
import { RECIPE_NAMES, type RecipeName } from '../learning/recipes'
import { RECIPE_HELP, RECIPE_OPTIONS, type RecipeChanges, type RecipeOption } from './recipe-options'

export const HELP = `Learns a border of pixels that adapts a frozen CLIP or classifier to a task, and measures what it gained.

  npm run demo -- [options]

  --task ID            an embedded sample task (default: the first; an unknown one lists them)
  --data PATH          your own images instead: a folder with a folder per class, or a zip of one
  --arrangement FILE   classes, template and splits as they were edited on the page, JSON (default: as the folders are)
  --model DIR          a CLIP as on the model hub, or a classifier: model.onnx, preprocessor_config.json, labels.txt
                       (default: public/models/stamp)
  --outputs K,K,...    of a classifier: the output of each class, in alphabetical order (default: the first ones)
  --recipe quick|paper how it is learned (default: quick)
  --steps N            steps to learn (default: as the recipe says)
${RECIPE_HELP}
  --seed N             seed of everything that is drawn (default: 1)
  --split-seed N       decides the split of images that come without one (default: 0)
  --backend cpu|wasm   ONNX Runtime native or as WebAssembly (default: cpu)
  --out DIR            where the results go (default: demo-out)
  --json FILE          result.json a second time, to this file
  --help               this text

Written to DIR: result.json, prompt.png, prompted-examples.png, curve.csv`

export interface DemoOptions {
  readonly task: string | null
  readonly data: string | null
  /** A file of classes, template and splits; null = as the images come. */
  readonly arrangement: string | null
  readonly model: string
  /** Of a classifier, an output for each class; null = the first ones. */
  readonly outputs: readonly number[] | null
  readonly recipe: RecipeName
  readonly steps: number | null
  /** What is changed of the recipe, besides its steps. */
  readonly changes: RecipeChanges
  readonly seed: number
  readonly splitSeed: number
  readonly backend: 'cpu' | 'wasm'
  readonly out: string
  readonly json: string | null
}

const REMEDY = 'See "npm run demo -- --help".'

/**
 * @returns the options, or 'help'
 * @throws UserError naming what is wrong
 */
export function parseOptions(args: readonly string[]): DemoOptions | 'help' {
  const values = readArguments(args)
  if (values.help) return 'help'
  if (values.task !== undefined && values.data !== undefined) {
    throw new UserError('--task and --data name two different sets of images.', 'Give one of them.')
  }
  return {
    task: values.task ?? null,
    data: values.data ?? null,
    arrangement: values.arrangement ?? null,
    model: values.model ?? 'public/models/stamp',
    outputs: values.outputs?.split(',').map((output) => wholeNumber('--outputs', output, 0)) ?? null,
    recipe: oneOf('--recipe', values.recipe ?? 'quick', RECIPE_NAMES),
    steps: values.steps === undefined ? null : wholeNumber('--steps', values.steps, 1),
    changes: Object.fromEntries(
      RECIPE_OPTIONS.flatMap((option) => (values[option] === undefined ? [] : [[option, values[option]]])),
    ),
    seed: wholeNumber('--seed', values.seed ?? '1', 0),
    splitSeed: wholeNumber('--split-seed', values['split-seed'] ?? '0', 0),
    backend: oneOf('--backend', values.backend ?? 'cpu', ['cpu', 'wasm'] as const),
    out: values.out ?? 'demo-out',
    json: values.json ?? null,
  }
}

function readArguments(args: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        task: text,
        data: text,
        arrangement: text,
        model: text,
        outputs: text,
        recipe: text,
        steps: text,
        seed: text,
        'split-seed': text,
        ...(Object.fromEntries(RECIPE_OPTIONS.map((option) => [option, text])) as Record<RecipeOption, typeof text>),
        backend: text,
        out: text,
        json: text,
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values
  } catch (cause) {
    const [sentence] = (cause as Error).message.split(/\. |\n/)
    throw new UserError(`${sentence!.replace(/\.$/, '')}.`, REMEDY, { cause })
  }
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found) return found
  throw new UserError(`${option} cannot be "${value}".`, `It is one of ${allowed.join(', ')}.`)
}

function wholeNumber(option: string, value: string, least: number): number {
  const number = Number(value)
  if (value.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number
  throw new UserError(`${option} cannot be "${value}".`, `It is a whole number, ${least} or more.`)
}
