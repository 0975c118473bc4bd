/** Settings that outlive a visit: the choice of recipe and what was changed of it, the seed, how the border is looked at. Each is checked as it is read. */
import { RECIPE_NAMES } from '../learning/recipes'
import { read, write } from './remembered'
import { chooseRecipe, OVERRIDABLE, runStore, setOverride, setSeed, type Overridable } from './run'
import { BORDER_DISPLAYS, CURVE_NAMES, setDisplay, setStrength, viewStore } from './view'

const RECIPE = 'recipe'
const SEED = 'seed'
const DISPLAY = 'display'
const CURVE = 'curve'
const STRENGTH = 'strength'
/** What was changed of the recipe. Not the steps, which belong to a task. */
const OVERRIDES = 'overrides'

/** Takes over what was set at the last visit; what is none of its possible values counts as nothing. */
export function recallSettings(): void {
  const recipe = RECIPE_NAMES.find((name) => name === read(RECIPE))
  if (recipe) chooseRecipe(recipe)
  recallOverrides(read(OVERRIDES))
  const seed = read(SEED)
  if (Number.isSafeInteger(seed)) setSeed(seed as number)
  const display = BORDER_DISPLAYS.find((one) => one === read(DISPLAY))
  if (display) setDisplay(display)
  const curve = CURVE_NAMES.find((one) => one === read(CURVE))
  if (curve) viewStore.setState({ curve })
  const strength = read(STRENGTH)
  if (typeof strength === 'number' && Number.isFinite(strength)) setStrength(strength)
}

function recallOverrides(kept: unknown): void {
  if (typeof kept !== 'object' || kept === null) return
  const values = kept as Partial<Record<Overridable, unknown>>
  for (const name of OVERRIDABLE) {
    const value = values[name]
    if (name === 'init') {
      if (value === 'zero' || value === 'normal') setOverride(name, value)
    } else if (name !== 'steps' && typeof value === 'number') setOverride(name, value)
  }
}

/** Remembers each change. Returns the undoing. */
export function followSettings(): () => void {
  const undo = [
    runStore.subscribe((now, before) => {
      if (now.recipeName !== before.recipeName) write(RECIPE, now.recipeName)
      if (now.seed !== before.seed) write(SEED, now.seed)
      if (now.overrides !== before.overrides) write(OVERRIDES, { ...now.overrides, steps: undefined })
    }),
    viewStore.subscribe((now, before) => {
      if (now.display !== before.display) write(DISPLAY, now.display)
      if (now.curve !== before.curve) write(CURVE, now.curve)
      if (now.strength !== before.strength) write(STRENGTH, now.strength)
    }),
  ]
  return () => {
    for (const one of undo) one()
  }
}
