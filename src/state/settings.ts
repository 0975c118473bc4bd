/** Settings that outlive a visit: the choice of recipe, the seed, how the border is looked at. Each is checked as it is read. */
import { RECIPE_NAMES } from '../learning/recipes'
import { read, write } from './remembered'
import { chooseRecipe, runStore, setSeed } from './run'
import { BORDER_DISPLAYS, CURVE_NAMES, setDisplay, viewStore } from './view'

const RECIPE = 'recipe'
const SEED = 'seed'
const DISPLAY = 'display'
const CURVE = 'curve'

/** Takes over what was set at the last visit; what is none of its possible values counts as nothing. */
export function recallSettings(): void {
  const recipe = RECIPE_NAMES.find((name) => name === read(RECIPE))
  if (recipe) chooseRecipe(recipe)
  const seed = read(SEED)
  if (Number.isSafeInteger(seed)) setSeed(seed as number)
  const display = BORDER_DISPLAYS.find((one) => one === read(DISPLAY))
  if (display) setDisplay(display)
  const curve = CURVE_NAMES.find((one) => one === read(CURVE))
  if (curve) viewStore.setState({ curve })
}

/** Remembers each change. Returns the undoing. */
export function followSettings(): () => void {
  const undo = [
    runStore.subscribe((now, before) => {
      if (now.recipeName !== before.recipeName) write(RECIPE, now.recipeName)
      if (now.seed !== before.seed) write(SEED, now.seed)
    }),
    viewStore.subscribe((now, before) => {
      if (now.display !== before.display) write(DISPLAY, now.display)
      if (now.curve !== before.curve) write(CURVE, now.curve)
    }),
  ]
  return () => {
    for (const one of undo) one()
  }
}
