/** The palettes that the page and the exported pictures share. */
export { colourAt, cssGradient, darkPalette, lightPalette, palettes } from '../../formats/palette'
export type { Palettes, Rgb, Stop } from '../../formats/palette'
