/** Outputs of a classifier found by what was typed: a part of the name, or the number. */

/** So many are listed; a thousand would be more than anybody reads, or a page draws at once. */
export const LISTED = 50

/** Numbers of the outputs: those whose name begins so first, then the others, each in their order. */
export function matchingOutputs(labels: readonly string[], typed: string): readonly number[] {
  const wanted = typed.trim().toLocaleLowerCase()
  const all = labels.map((_, id) => id)
  if (wanted === '') return all
  const texts = labels.map((label) => label.toLocaleLowerCase())
  const found = all.filter((id) => texts[id]!.includes(wanted) || String(id) === wanted)
  const rank = (id: number) => (String(id) === wanted ? 0 : texts[id]!.startsWith(wanted) ? 1 : 2)
  return found.toSorted((a, b) => rank(a) - rank(b) || a - b)
}
