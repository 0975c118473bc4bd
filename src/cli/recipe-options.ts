/** The options that change single values of a recipe; what they leave alone is as the named recipe has it. */
import { UserError } from '../errors'
import { recipeSchema, type Recipe } from '../learning/recipe'
import { adam, sgd } from '../learning/recipes'

export const RECIPE_HELP = `  --border N           width of the border, pixels
  --init zero|normal   what the border starts from
  --optimiser sgd|adam the rule of its steps; of sgd --momentum F and --normalise-gradient yes|no,
                       of adam --beta1 F, --beta2 F and --epsilon F
  --learning-rate F    its peak, in normalised pixel units
  --warmup N           steps of linear warm-up
  --batch N            images of a step
  --shift F            largest random shift of an image, as a fraction of its side
  --validate-every N   steps between validations`

/** In the order in which they are written. */
export const RECIPE_OPTIONS = [
  'border',
  'init',
  'optimiser',
  'momentum',
  'normalise-gradient',
  'beta1',
  'beta2',
  'epsilon',
  'learning-rate',
  'warmup',
  'batch',
  'shift',
  'validate-every',
] as const
export type RecipeOption = (typeof RECIPE_OPTIONS)[number]
/** Texts as given; read when model and images are known. */
export type RecipeChanges = Readonly<Partial<Record<RecipeOption, string>>>

const REMEDY = 'See "npm run demo -- --help".'

/**
 * @param imageSize side of the model's images, pixels
 * @throws UserError naming the option that cannot be
 */
export function changedRecipe(recipe: Recipe, changes: RecipeChanges, imageSize: number): Recipe {
  const number = (option: RecipeOption, otherwise: number): number => {
    const text = changes[option]
    if (text === undefined) return otherwise
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value)) throw refused(option, text, 'It is a number.')
    return value
  }
  const border = changes.border === undefined ? null : number('border', 0)
  if (border !== null && (!Number.isInteger(border) || border < 1 || 2 * border >= imageSize)) {
    throw refused('border', changes.border!, `It is a whole number of pixels, and the images have ${imageSize}.`)
  }
  const parsed = recipeSchema.safeParse({
    ...recipe,
    borderFraction: border === null ? recipe.borderFraction : border / imageSize,
    init: changes.init ?? recipe.init,
    optimiser: optimiserOf(recipe.optimiser, changes, number),
    learningRate: number('learning-rate', recipe.learningRate),
    warmupSteps: number('warmup', recipe.warmupSteps),
    batchSize: number('batch', recipe.batchSize),
    shiftFraction: number('shift', recipe.shiftFraction),
    validateEvery: number('validate-every', recipe.validateEvery),
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const option = OPTION_OF[issue?.path.at(-1) as keyof typeof OPTION_OF] ?? 'optimiser'
  throw refused(option, changes[option] ?? '', `${issue?.message}.`)
}

function optimiserOf(
  { kind, ...values }: Recipe['optimiser'],
  changes: RecipeChanges,
  number: (option: RecipeOption, otherwise: number) => number,
): unknown {
  const wanted = changes.optimiser ?? kind
  if (wanted !== 'sgd' && wanted !== 'adam') throw refused('optimiser', wanted, 'It is sgd or adam.')
  const foreign = (['momentum', 'normalise-gradient', 'beta1', 'beta2', 'epsilon'] as const).find(
    (option) => changes[option] !== undefined && !OWN[wanted].includes(option),
  )
  if (foreign) throw new UserError(`--${foreign} is no option of the optimiser ${wanted}.`, REMEDY)
  const base = { ...DEFAULTS[wanted], ...(wanted === kind ? values : {}) }
  if (wanted === 'adam') {
    const { beta1, beta2, epsilon } = base as typeof DEFAULTS.adam
    return { kind: wanted, beta1: number('beta1', beta1), beta2: number('beta2', beta2), epsilon: number('epsilon', epsilon) } // prettier-ignore
  }
  const { momentum, normaliseGradient } = base as typeof DEFAULTS.sgd
  const normalise = changes['normalise-gradient'] ?? (normaliseGradient ? 'yes' : 'no')
  if (normalise !== 'yes' && normalise !== 'no') throw refused('normalise-gradient', normalise, 'It is yes or no.')
  return { kind: wanted, momentum: number('momentum', momentum), normaliseGradient: normalise === 'yes' }
}

const OWN: Readonly<Record<'sgd' | 'adam', readonly RecipeOption[]>> = {
  sgd: ['momentum', 'normalise-gradient'],
  adam: ['beta1', 'beta2', 'epsilon'],
}

const DEFAULTS = { sgd, adam }

const OPTION_OF: Readonly<Record<string, RecipeOption>> = {
  init: 'init',
  momentum: 'momentum',
  beta1: 'beta1',
  beta2: 'beta2',
  epsilon: 'epsilon',
  learningRate: 'learning-rate',
  warmupSteps: 'warmup',
  batchSize: 'batch',
  shiftFraction: 'shift',
  validateEvery: 'validate-every',
}

const refused = (option: RecipeOption, value: string, remedy: string): UserError =>
  new UserError(`--${option} cannot be "${value}".`, remedy)
