/**
 * Pixels for the eye: pictures with the border laid on, and the border by itself. Pure functions into RGBA arrays.
 *
 * Planes are [3,S,S] as the lab sends them; RGBA is S*S*4 as canvases take it. The border is added after
 * normalisation, as in the reference code of Bahng et al. 2022, so what the model sees is, in display units,
 * clamp01(((u8/255 - mean) / std + strength * prompt) * std + mean).
 */
import type { Stop } from './palette'
import { colourAt } from './palette'

export interface Normalisation {
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** A picture as the model sees it with the border at this strength. `prompt` null = the picture alone. */
export function overlay(
  out: Uint8ClampedArray,
  pixels: Uint8Array,
  prompt: Float32Array | null,
  strength: number,
  { mean, std }: Normalisation,
): void {
  const plane = pixels.length / 3
  if (out.length !== plane * 4) throw new Error(`overlay: RGBA of ${out.length} bytes for planes of ${plane} pixels`)
  if (prompt && prompt.length !== pixels.length)
    throw new Error(`overlay: border of ${prompt.length} values on a picture of ${pixels.length}`)
  for (let c = 0; c < 3; c++) {
    const m = mean[c] ?? 0
    const s = std[c] ?? 1
    for (let i = 0; i < plane; i++) {
      const u8 = pixels[c * plane + i] ?? 0
      const added = prompt ? (prompt[c * plane + i] ?? 0) : 0
      const shown = ((u8 / 255 - m) / s + strength * added) * s + m
      out[i * 4 + c] = Math.min(1, Math.max(0, shown)) * 255
    }
  }
  for (let i = 0; i < plane; i++) out[i * 4 + 3] = 255
}

/** True for pixels of the border ring of this width on an image of side S. */
export const onBorder = (i: number, side: number, border: number): boolean => {
  const x = i % side
  const y = Math.floor(i / side)
  return x < border || y < border || x >= side - border || y >= side - border
}

/** The border's mean over its channels in a diverging palette spanning [-scale, scale]; the opening is transparent. */
export function signedBorder(
  out: Uint8ClampedArray,
  prompt: Float32Array,
  side: number,
  border: number,
  scale: number,
  palette: readonly Stop[],
): void {
  const plane = side * side
  colourRing(out, side, border, palette, (i) => channelMean(prompt, plane, i) / scale)
}

/** Colours of one value in [-1, 1] a pixel of the ring; the opening is transparent. */
export function colourRing(
  out: Uint8ClampedArray,
  side: number,
  border: number,
  palette: readonly Stop[],
  value: (i: number) => number,
): void {
  for (let i = 0; i < side * side; i++) {
    const at = i * 4
    if (!onBorder(i, side, border)) {
      out[at + 3] = 0
      continue
    }
    const [r, g, b] = colourAt(palette, value(i))
    out[at] = r
    out[at + 1] = g
    out[at + 2] = b
    out[at + 3] = 255
  }
}

/** The border as the model would see it around the mean colour: clamp01(prompt * std + mean); the opening is transparent. */
export function asIsBorder(
  out: Uint8ClampedArray,
  prompt: Float32Array,
  side: number,
  border: number,
  { mean, std }: Normalisation,
): void {
  const plane = side * side
  for (let i = 0; i < plane; i++) {
    const shown = onBorder(i, side, border)
    for (let c = 0; c < 3; c++) {
      const value = (prompt[c * plane + i] ?? 0) * (std[c] ?? 1) + (mean[c] ?? 0)
      out[i * 4 + c] = shown ? Math.min(1, Math.max(0, value)) * 255 : 0
    }
    out[i * 4 + 3] = shown ? 255 : 0
  }
}

/** Largest absolute channel mean of the border, as a calm scale. */
export function signedScale(prompt: Float32Array, side: number): number {
  const plane = side * side
  return calmScale(plane, (i) => channelMean(prompt, plane, i))
}

/** Largest absolute value of so many, rounded up to 1, 2 or 5 times a power of ten so that the legend is calm. */
export function calmScale(count: number, value: (i: number) => number): number {
  let largest = 0
  for (let i = 0; i < count; i++) largest = Math.max(largest, Math.abs(value(i)))
  if (!(largest > 0)) return 0.1
  const power = 10 ** Math.floor(Math.log10(largest))
  for (const step of [1, 2, 5]) if (largest <= step * power * (1 + 1e-9)) return step * power
  return 10 * power
}

export const channelMean = (prompt: Float32Array, plane: number, i: number): number =>
  ((prompt[i] ?? 0) + (prompt[plane + i] ?? 0) + (prompt[2 * plane + i] ?? 0)) / 3
