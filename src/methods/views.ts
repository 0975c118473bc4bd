/** Views of one picture for test-time tuning: the picture itself and random parts of it (Shu et al. 2022, data/datautils.py). */
import { augmix } from '../data/augment/augmix'
import { randomCropFlip } from '../data/augment/crop-flip'
import type { RgbImage } from '../data/decode'
import type { Random } from '../data/random'
import { resizeAndCrop } from '../data/resample'
import type { ResizeRule } from '../models/resize-rule'
import type { Normalisation } from '../prompts/design'

export interface ViewFormat extends Normalisation {
  /** S */
  readonly imageSize: number
  readonly resize: ResizeRule
}

export interface ViewSettings {
  /** V, the picture itself included. */
  readonly views: number
  readonly augmix: boolean
}

/**
 * float32 [V,3,S,S], normalised; the first is the picture itself.
 * @param afterView is told how many there are, itself included
 */
export async function viewsOf(
  picture: RgbImage,
  { imageSize: S, mean, std, resize }: ViewFormat,
  { views: V, augmix: mixed }: ViewSettings,
  random: Random,
  afterView?: (made: number) => Promise<void>,
): Promise<Float32Array> {
  const normalise = (pixels: Uint8Array) =>
    Float32Array.from(pixels, (value, i) => {
      const channel = Math.floor(i / (S * S))
      return (value / 255 - mean[channel]!) / std[channel]!
    })
  const size = 3 * S * S
  const views = new Float32Array(V * size)
  views.set(normalise(resizeAndCrop(picture, S, resize)))
  for (let v = 1; v < V; v++) {
    const part = randomCropFlip(picture, S, random)
    views.set(mixed ? augmix(part, normalise, random) : normalise(part), v * size)
    await afterView?.(v + 1)
  }
  return views
}
