/** How wide the border of a recipe is; apart from the recipe's schema so that the page need not carry a validator. */
import type { Recipe } from './recipe'

/** Border width in pixels on an image of side S. */
export function borderWidth(recipe: Recipe, imageSize: number): number {
  return Math.max(1, Math.round(recipe.borderFraction * imageSize))
}
