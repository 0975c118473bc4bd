/**
 * The border as a picture, its opening transparent. Three mappings, each written into the file (tEXt "Mapping", JSON):
 *
 *   as-is    what the model sees around a picture of the mean colour: 255 clamp(prompt std + mean), per channel
 *   signed   the mean of the three channels on a diverging palette, zero in its middle
 *   linear   16 bits: 65535 (prompt - low) / (high - low), per channel; reads back to within (high - low) / 131070
 *
 * Pictures are for looking at. The exact border is the safetensors file (border-file.ts).
 */
import { colourAt, lightPalette } from './palette'
import { writePng } from './png'

export interface BorderPicture {
  /** float32 [3,S,S], normalised pixel units, zero inside. */
  readonly pixels: Float32Array
  /** S */
  readonly imageSize: number
  /** p */
  readonly width: number
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

export const BORDER_LOOKS = ['as-is', 'signed', 'linear'] as const
export type BorderLook = (typeof BORDER_LOOKS)[number]

export interface BorderPngOptions {
  readonly look: BorderLook
  /** Each pixel becomes a square of so many; 1 = as it is. */
  readonly enlarge?: number
  /** Where it comes from: written beside the mapping, e.g. { Title, Source }. */
  readonly texts?: Readonly<Record<string, string>>
}

export function borderPng(border: BorderPicture, { look, enlarge = 1, texts = {} }: BorderPngOptions): Uint8Array {
  const { imageSize: S, width, mean, std } = border
  const { rgba, range } = PAINT[look](border)
  const mapping = {
    look,
    formula: FORMULAS[look],
    units: 'normalised pixels: (value/255 - mean) / std',
    ...{ mean, std, range, imageSize: S, borderWidth: width },
  }
  const side = S * enlarge
  const raster = { width: side, height: side, rgba: enlarged(rgba, S, enlarge) }
  return writePng(raster, { Software: 'Passepartout', ...texts, Mapping: JSON.stringify(mapping) })
}

const FORMULAS: Readonly<Record<BorderLook, string>> = {
  'as-is': 'value = 255 * clamp(prompt * std + mean, 0, 1), per channel',
  signed: 'colour = PuOr((red + green + blue) / 3 / range[1]), violet below zero, orange above',
  linear: 'prompt = range[0] + value / 65535 * (range[1] - range[0]), per channel',
}

interface Painted {
  readonly rgba: Uint8ClampedArray | Uint16Array
  /** Values that the ends of the scale stand for. */
  readonly range: readonly [number, number]
}

const PAINT: Readonly<Record<BorderLook, (border: BorderPicture) => Painted>> = {
  'as-is'(border) {
    const { pixels, imageSize: S, mean, std } = border
    const rgba = new Uint8ClampedArray(4 * S * S)
    forEachPixel(border, (i) => {
      for (let c = 0; c < 3; c++) rgba[4 * i + c] = 255 * (pixels[c * S * S + i]! * std[c]! + mean[c]!)
      rgba[4 * i + 3] = 255
    })
    const ends = mean.flatMap((m, c) => [-m / std[c]!, (1 - m) / std[c]!])
    return { rgba, range: [Math.min(...ends), Math.max(...ends)] }
  },
  signed(border) {
    const { pixels, imageSize: S } = border
    const signed = (i: number) => (pixels[i]! + pixels[S * S + i]! + pixels[2 * S * S + i]!) / 3
    let largest = 0
    forEachPixel(border, (i) => (largest = Math.max(largest, Math.abs(signed(i)))))
    const scale = largest > 0 ? largest : 1
    const rgba = new Uint8ClampedArray(4 * S * S)
    forEachPixel(border, (i) => rgba.set([...colourAt(lightPalette, signed(i) / scale), 255], 4 * i))
    return { rgba, range: [-scale, scale] }
  },
  linear(border) {
    const { pixels, imageSize: S } = border
    let [low, high] = [Infinity, -Infinity]
    forEachPixel(border, (i) => {
      for (let c = 0; c < 3; c++) {
        low = Math.min(low, pixels[c * S * S + i]!)
        high = Math.max(high, pixels[c * S * S + i]!)
      }
    })
    const scale = high > low ? 65535 / (high - low) : 0
    const rgba = new Uint16Array(4 * S * S)
    forEachPixel(border, (i) => {
      for (let c = 0; c < 3; c++) rgba[4 * i + c] = Math.round((pixels[c * S * S + i]! - low) * scale)
      rgba[4 * i + 3] = 65535
    })
    return { rgba, range: [low, high] }
  },
}

/** Calls for each pixel of the border, not of its opening. */
function forEachPixel({ imageSize: S, width }: BorderPicture, paint: (i: number) => void): void {
  for (let y = 0; y < S; y++) {
    for (let x = 0; x < S; x++) if (Math.min(x, y, S - 1 - x, S - 1 - y) < width) paint(y * S + x)
  }
}

function enlarged<T extends Uint8ClampedArray | Uint16Array>(rgba: T, S: number, by: number): T {
  if (!Number.isInteger(by) || by < 1 || by * S > 8192)
    throw new Error(`a border of ${S} pixels cannot be enlarged by ${by}`)
  if (by === 1) return rgba
  const side = S * by
  const out = new (rgba.constructor as new (length: number) => T)(4 * side * side)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = 4 * (Math.floor(y / by) * S + Math.floor(x / by))
      out.set(rgba.subarray(from, from + 4), 4 * (y * side + x))
    }
  }
  return out
}
