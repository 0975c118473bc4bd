/** Names that records keep in English, in the page's language where it has one: samples, recipes, engines. */
import { sampleText, t } from './t'

/** A sample by what it shows; a person's own images as they called them. */
export const taskTitle = ({ sample, title }: { readonly sample: string | null; readonly title: string }): string =>
  sample === null ? title : sampleText(sample, 'title', title)

export const recipeTitle = (name: string): string => (name === 'quick' || name === 'paper' ? t(`recipe.${name}`) : name)

/** "WASM, 2 threads" with its words; an adapter by its own name. */
export function engineTitle(description: string): string {
  const threads = /^WASM, (\d+) threads?$/.exec(description)?.[1]
  if (threads === undefined) return description
  return threads === '1' ? t('engine.wasm.one') : t('engine.wasm', { threads })
}
