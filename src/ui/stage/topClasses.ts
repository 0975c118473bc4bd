/** Indices of the `count` largest values, largest first; equal values keep their order. */
export function topClasses(values: ArrayLike<number>, count: number): readonly number[] {
  return Array.from(values, (value, index) => ({ value, index }))
    .sort((a, b) => b.value - a.value || a.index - b.index)
    .slice(0, count)
    .map(({ index }) => index)
}
