/**
 * Pillow's operations that AugMix is made of (ImageOps.py; Geometry.c for what moves pixels), byte for byte, on uint8 planes
 * [3,S,S]. Each gives a new picture. Proven against Pillow by tests/fixtures/pillow-ops.json.
 */

/** Each channel by itself stretched to 0..255. */
export function autocontrast(image: Uint8Array): Uint8Array {
  return byChannel(image, (counts) => {
    const low = counts.findIndex((count) => count > 0)
    const high = counts.findLastIndex((count) => count > 0)
    if (high <= low) return identity()
    const scale = 255 / (high - low)
    const offset = -low * scale
    return table((value) => Math.trunc(value * scale + offset))
  })
}

/** Each channel by itself with its histogram flattened. */
export function equalize(image: Uint8Array): Uint8Array {
  return byChannel(image, (counts) => {
    const present = [...counts].filter((count) => count > 0)
    const step = Math.floor((image.length / 3 - present.at(-1)!) / 255)
    if (present.length <= 1 || step === 0) return identity()
    let sum = Math.floor(step / 2)
    return table((value) => {
      const flat = Math.floor(sum / step)
      sum += counts[value]!
      return flat
    })
  })
}

/** The highest `bits` bits of each value. */
export function posterize(image: Uint8Array, bits: number): Uint8Array {
  const mask = 256 - 2 ** (8 - bits)
  return image.map((value) => value & mask)
}

/** Values from the threshold on turned over. */
export function solarize(image: Uint8Array, threshold: number): Uint8Array {
  return image.map((value) => (value < threshold ? value : 255 - value))
}

/** Counter-clockwise around the centre, bilinear, black where nothing comes in. */
export function rotate(image: Uint8Array, degrees: number): Uint8Array {
  if (degrees % 360 === 0) return image.slice()
  const centre = sideOf(image) / 2
  // Pillow rounds both to 15 digits, so that right angles are exact.
  const radians = (-(((degrees % 360) + 360) % 360) * Math.PI) / 180
  const cos = Number(Math.cos(radians).toFixed(15))
  const sin = Number(Math.sin(radians).toFixed(15))
  const x = cos * -centre + sin * -centre + 0 + centre
  const y = -sin * -centre + cos * -centre + 0 + centre
  return affine(image, [cos, sin, x, -sin, cos, y])
}

export const shearX = (image: Uint8Array, level: number): Uint8Array => affine(image, [1, level, 0, 0, 1, 0])
export const shearY = (image: Uint8Array, level: number): Uint8Array => affine(image, [1, 0, 0, level, 1, 0])
/** Whole pixels, to the left where positive. */
export const translateX = (image: Uint8Array, pixels: number): Uint8Array => affine(image, [1, 0, pixels, 0, 1, 0])
/** Whole pixels, upwards where positive. */
export const translateY = (image: Uint8Array, pixels: number): Uint8Array => affine(image, [1, 0, 0, 0, 1, pixels])

type Affine = readonly [number, number, number, number, number, number]

/** Output pixel (x, y) is taken from (a x + b y + c, d x + e y + f), of pixel centres, bilinear; outside is black. */
function affine(image: Uint8Array, [a, b, c, d, e, f]: Affine): Uint8Array {
  const S = sideOf(image)
  const out = new Uint8Array(image.length)
  const inside = (at: number) => Math.min(S - 1, Math.max(0, at))
  for (let row = 0; row < S; row++) {
    for (let column = 0; column < S; column++) {
      const [centreX, centreY] = [column + 0.5, row + 0.5]
      const xin = a * centreX + b * centreY + c
      const yin = d * centreX + e * centreY + f
      if (xin < 0 || xin >= S || yin < 0 || yin >= S) continue
      const [x, y] = [Math.floor(xin - 0.5), Math.floor(yin - 0.5)]
      const [dx, dy] = [xin - 0.5 - x, yin - 0.5 - y]
      const [x0, x1] = [inside(x), inside(x + 1)]
      const [above, below] = [inside(y) * S, (y + 1 < S ? inside(y + 1) : inside(y)) * S]
      for (let plane = 0; plane < image.length; plane += S * S) {
        const at = (line: number) => {
          const left = image[plane + line + x0]!
          return left + (image[plane + line + x1]! - left) * dx
        }
        const top = at(above)
        out[plane + row * S + column] = Math.trunc(top + (at(below) - top) * dy)
      }
    }
  }
  return out
}

const sideOf = (image: Uint8Array): number => Math.sqrt(image.length / 3)

const table = (value: (index: number) => number): Uint8ClampedArray =>
  Uint8ClampedArray.from({ length: 256 }, (_, i) => value(i))
const identity = (): Uint8ClampedArray => table((value) => value)

/** Values looked up in a table that is made of each channel's histogram. */
function byChannel(image: Uint8Array, make: (counts: Uint32Array) => Uint8ClampedArray): Uint8Array {
  const plane = image.length / 3
  const out = new Uint8Array(image.length)
  for (let from = 0; from < image.length; from += plane) {
    const counts = new Uint32Array(256)
    for (let i = from; i < from + plane; i++) counts[image[i]!]!++
    const values = make(counts)
    for (let i = from; i < from + plane; i++) out[i] = values[image[i]!]!
  }
  return out
}
