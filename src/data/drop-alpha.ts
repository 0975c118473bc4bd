/**
 * A picture prepared as openai/CLIP's own preprocessing does where it is transparent: alpha takes part in the resize and is
 * dropped after it, so that whatever colour lies beneath comes up. The program itself lays pictures over white
 * (docs/decisions/decoding.md); this is for comparing with published values.
 *
 *   over black  P = c a          over white  W = c a + 255 - a          so a = 255 - (W - P)
 *   then, as Pillow resizes RGBA: P and a each by themselves, and c = 255 P / a where a is neither 0 nor 255
 */
import type { ResizeRule } from '../models/resize-rule'
import type { Decoder, RgbImage } from './decode'
import { resizeAndCrop } from './resample'

/** @returns uint8 [3,S,S] */
export async function prepareWithoutAlpha(
  decoder: Decoder,
  bytes: Uint8Array,
  size: number,
  rule: ResizeRule,
): Promise<Uint8Array> {
  const black = await decoder.decode(bytes, 'black')
  const white = await decoder.decode(bytes, 'white')
  const colours = resizeAndCrop(black, size, rule)
  const alpha: RgbImage = { ...black, data: white.data.map((value, i) => 255 - (value - black.data[i]!)) }
  if (alpha.data.every((value) => value === 255)) return colours
  return resizeAndCrop(alpha, size, rule).map((a, i) => {
    const colour = colours[i]!
    return a === 0 || a === 255 ? colour : Math.min(255, Math.floor((255 * colour) / a))
  })
}
