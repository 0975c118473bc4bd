/**
 * Pillow's ImageEnhance (colour, contrast, brightness, sharpness), byte for byte, on uint8 planes [3,S,S]: each blends the picture
 * with a poorer one, out = poorer + factor (picture - poorer); factor 1 is the picture itself. Each gives a new picture. Proven
 * against Pillow by tests/fixtures/pillow-enhance.json.
 */

export const colour = (image: Uint8Array, factor: number): Uint8Array => blend(grey(image), image, factor)

/** Blended with its mean grey. */
export function contrast(image: Uint8Array, factor: number): Uint8Array {
  const plane = image.length / 3
  const luma = grey(image).subarray(0, plane)
  const mean = Math.trunc(luma.reduce((sum, value) => sum + value, 0) / plane + 0.5)
  return blend(new Uint8Array(image.length).fill(mean), image, factor)
}

/** Blended with black. */
export const brightness = (image: Uint8Array, factor: number): Uint8Array =>
  blend(new Uint8Array(image.length), image, factor)

/** Blended with itself smoothed. */
export const sharpness = (image: Uint8Array, factor: number): Uint8Array => blend(smooth(image), image, factor)

/** Luma of ITU-R 601 in all three channels (Convert.c, L24 in 16 bits). */
function grey(image: Uint8Array): Uint8Array {
  const plane = image.length / 3
  const out = new Uint8Array(image.length)
  for (let i = 0; i < plane; i++) {
    const luma = (image[i]! * 19595 + image[plane + i]! * 38470 + image[2 * plane + i]! * 7471 + 0x8000) >> 16
    for (let c = 0; c < 3; c++) out[c * plane + i] = luma
  }
  return out
}

/** ImageFilter.SMOOTH: 3 x 3, five in the middle and ones around, over 13, rounded; the outermost pixels stay. */
function smooth(image: Uint8Array): Uint8Array {
  const S = Math.sqrt(image.length / 3)
  const out = image.slice()
  for (let plane = 0; plane < image.length; plane += S * S) {
    for (let row = 1; row < S - 1; row++) {
      for (let column = 1; column < S - 1; column++) {
        const at = plane + row * S + column
        let sum = 4 * image[at]!
        for (const line of [-S, 0, S]) sum += image[at + line - 1]! + image[at + line]! + image[at + line + 1]!
        out[at] = Math.trunc(sum / 13 + 0.5)
      }
    }
  }
  return out
}

/** Blend.c: in float32, cut to whole bytes. */
function blend(poorer: Uint8Array, image: Uint8Array, factor: number): Uint8Array {
  const alpha = Math.fround(factor)
  return image.map((value, i) => {
    const mixed = Math.fround(poorer[i]! + Math.fround(alpha * (value - poorer[i]!)))
    return mixed <= 0 ? 0 : mixed >= 255 ? 255 : Math.trunc(mixed)
  })
}
