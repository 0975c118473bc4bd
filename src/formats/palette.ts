/**
 * Diverging palettes for signed values: ColorBrewer's PuOr (Cynthia Brewer, Apache-2.0), told apart by all common forms
 * of colour blindness. Zero is the tone of the mat: ivory on a light page, near black on a dark one. For amounts a
 * sequential one from the mat to a deep (or bright) viridian, whose lightness alone tells.
 */
export type Rgb = readonly [number, number, number]
export interface Stop {
  /** -1 to 1. */
  readonly at: number
  readonly rgb: Rgb
}

const evenly = (colours: readonly Rgb[]): readonly Stop[] =>
  colours.map((rgb, i) => ({ at: -1 + (2 * i) / (colours.length - 1), rgb }))

export const lightPalette = evenly([
  [45, 0, 75],
  [84, 39, 136],
  [128, 115, 172],
  [178, 171, 210],
  [247, 245, 240],
  [253, 184, 99],
  [224, 130, 20],
  [179, 88, 6],
  [127, 59, 8],
])

export const darkPalette = evenly([
  [214, 206, 240],
  [160, 148, 210],
  [112, 92, 178],
  [68, 48, 118],
  [38, 38, 36],
  [112, 62, 14],
  [186, 98, 12],
  [240, 152, 44],
  [254, 214, 150],
])

const lightSequence = evenly([
  [247, 245, 240],
  [206, 222, 209],
  [136, 180, 164],
  [62, 128, 112],
  [17, 77, 66],
  [4, 38, 34],
])

const darkSequence = evenly([
  [38, 38, 36],
  [34, 66, 58],
  [38, 104, 90],
  [72, 150, 130],
  [140, 200, 180],
  [226, 244, 236],
])

export interface Palettes {
  /** -1 to 1 around zero. */
  readonly diverging: readonly Stop[]
  /** -1: nothing, 1: most. */
  readonly sequential: readonly Stop[]
}

export const palettes = (dark: boolean): Palettes =>
  dark ? { diverging: darkPalette, sequential: darkSequence } : { diverging: lightPalette, sequential: lightSequence }

/** Colour of a value in [-1, 1], linear between stops; values outside take the end colours. */
export function colourAt(palette: readonly Stop[], value: number): Rgb {
  const last = palette.length - 1
  const position = ((Math.min(1, Math.max(-1, value)) + 1) / 2) * last
  const low = Math.min(last - 1, Math.floor(position))
  const share = position - low
  const a = palette[low]?.rgb ?? [0, 0, 0]
  const b = palette[low + 1]?.rgb ?? a
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2])]
}

/** The palette as a CSS gradient, for the legend. */
export const cssGradient = (palette: readonly Stop[]): string =>
  `linear-gradient(to right, ${palette.map(({ rgb }) => `rgb(${rgb.join(' ')})`).join(', ')})`
