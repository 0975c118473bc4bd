/** How the lines of several runs are told apart: a colour of Okabe and Ito's palette (2008), made to stand on either ground, and a dash. */

export interface Line {
  readonly name: string
  /** Ascending. */
  readonly x: Float64Array
  readonly y: Float64Array
}

export interface LineStyle {
  /** A CSS colour. */
  readonly colour: string
  /** Lengths in CSS pixels; none = solid. */
  readonly dash: readonly number[]
}

const COLOURS = [
  'light-dark(#17594c, #7fc3ae)',
  'light-dark(#a84e00, #e69f00)',
  'light-dark(#0060a0, #56b4e9)',
  'light-dark(#9a3a78, #cc79a7)',
  'light-dark(#5b5e54, #b9bbb0)',
]
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]]

/** Of the i-th line: the colours in turn, and with each round of them another dash. */
export function lineStyle(i: number): LineStyle {
  const round = Math.floor(i / COLOURS.length)
  return { colour: COLOURS[i % COLOURS.length]!, dash: DASHES[(round + (i % COLOURS.length)) % DASHES.length]! }
}

/** An exponential mean that follows over about 12 steps: single batches are too noisy to be compared. */
export function smoothed(values: Float64Array): Float64Array {
  let mean = NaN
  return values.map((value) => (mean = Number.isFinite(mean) ? mean + 0.15 * (value - mean) : value))
}
