/**
 * The recipe in the address: settings, never data. `#learn?sample=digits&recipe=quick&steps=200&seed=3` is what a person sends
 * to another, or puts into a worksheet; `hide=model,recipe` takes away what a lesson does not need.
 */
import { RECIPE_NAMES } from '../learning/recipes'
import { routeStore, setQuery } from './route'
import {
  chooseRecipe,
  OVERRIDABLE,
  runStore,
  setOverride,
  setSeed,
  setSteps,
  type Overridable,
  type RunState,
} from './run'
import { taskStore } from './task'

/** Parts of the Learn view that an address can hide. */
export const HIDEABLE = ['model', 'images', 'classes', 'recipe', 'curves'] as const
export type Hideable = (typeof HIDEABLE)[number]

const NAMES: Readonly<Record<Overridable, string>> = {
  steps: 'steps',
  borderFraction: 'border',
  learningRate: 'rate',
  batchSize: 'batch',
  init: 'init',
}

/** Takes over what the address says of the recipe; what it does not say, or says wrongly, stays as it is. */
export function applyRecipeAddress(query: URLSearchParams = routeStore.getState().query): void {
  const name = RECIPE_NAMES.find((one) => one === query.get('recipe'))
  if (name) chooseRecipe(name)
  const seed = query.get('seed')
  if (seed !== null && seed !== '') setSeed(Number(seed))
  for (const key of OVERRIDABLE) {
    const text = query.get(NAMES[key])
    if (text === null || text === '') continue
    if (key === 'init') {
      if (text === 'zero' || text === 'normal') setOverride('init', text)
    } else if (key === 'steps') setSteps(Number(text))
    else if (key === 'batchSize') setOverride('batchSize', Math.round(Number(text)))
    else setOverride(key, Number(text))
  }
}

/** The address as the settings are now: what is as it comes is left out. */
export function recipeQuery({ recipeName, overrides, seed }: Pick<RunState, 'recipeName' | 'overrides' | 'seed'>) {
  const changed = Object.fromEntries(
    OVERRIDABLE.map((key) => [NAMES[key], overrides[key] === undefined ? null : String(overrides[key])]),
  )
  return {
    recipe: recipeName === 'quick' ? null : recipeName,
    seed: seed === 1 ? null : String(seed),
    ...changed,
  }
}

/** Keeps the address in step with the settings. Returns the undoing. */
export function followRecipe(): () => void {
  const undo = [
    runStore.subscribe((now, before) => {
      if (now.recipeName === before.recipeName && now.overrides === before.overrides && now.seed === before.seed) return
      setQuery(recipeQuery(now))
    }),
    taskStore.subscribe(({ choice }, before) => {
      if (choice !== before.choice && choice) setQuery({ sample: choice.kind === 'sample' ? choice.id : null })
    }),
  ]
  return () => {
    for (const one of undo) one()
  }
}

/** What the address hides; names that are none are passed over. */
export function hiddenParts(query: URLSearchParams): ReadonlySet<Hideable> {
  const asked = (query.get('hide') ?? '').split(',')
  return new Set(HIDEABLE.filter((part) => asked.includes(part)))
}
