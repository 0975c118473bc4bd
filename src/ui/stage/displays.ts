/**
 * The border by itself, in each of its displays: pure functions into RGBA arrays. Values are float32 [3,S,S] in normalised
 * units; outside the ring (in the opening) everything is transparent.
 */
import type { BorderDisplay } from '../../state/view'
import { asIsBorder, calmScale, channelMean, colourRing, type Normalisation } from './overlay'
import { colourAt, type Palettes } from './palette'
import { FLOOR_DB, type Spectrum } from './spectrum'

/** The displays that are drawn pixel for pixel; the spectrum is another picture. */
export type PlainDisplay = Exclude<BorderDisplay, 'spectrum'>
type ValueDisplay = Exclude<PlainDisplay, 'asIs'>

const CHANNELS = { red: 0, green: 1, blue: 2 } as const

/** What a pixel shows: one number, in normalised units. */
function valueOf(display: ValueDisplay, prompt: Float32Array, plane: number): (i: number) => number {
  const at = (c: number, i: number) => prompt[c * plane + i] ?? 0
  if (display === 'signed') return (i) => channelMean(prompt, plane, i)
  if (display === 'magnitude') return (i) => Math.sqrt((at(0, i) ** 2 + at(1, i) ** 2 + at(2, i) ** 2) / 3)
  return (i) => at(CHANNELS[display], i)
}

/** End of the legend, normalised units. */
export function displayScale(display: ValueDisplay, prompt: Float32Array, side: number): number {
  const plane = side * side
  return calmScale(plane, valueOf(display, prompt, plane))
}

export function drawBorder(
  out: Uint8ClampedArray,
  display: PlainDisplay,
  prompt: Float32Array,
  side: number,
  border: number,
  palettes: Palettes,
  model: Normalisation,
): void {
  if (display === 'asIs') return asIsBorder(out, prompt, side, border, model)
  const plane = side * side
  const value = valueOf(display, prompt, plane)
  const scale = calmScale(plane, value)
  if (display === 'magnitude') colourRing(out, side, border, palettes.sequential, (i) => 2 * (value(i) / scale) - 1)
  else colourRing(out, side, border, palettes.diverging, (i) => value(i) / scale)
}

/** RGBA of a spectrum, [N,N]. */
export function drawSpectrum(out: Uint8ClampedArray, { decibels }: Spectrum, { sequential }: Palettes): void {
  decibels.forEach((value, i) => {
    const [r, g, b] = colourAt(sequential, 1 - 2 * (value / FLOOR_DB))
    out[i * 4] = r
    out[i * 4 + 1] = g
    out[i * 4 + 2] = b
    out[i * 4 + 3] = 255
  })
}
