/**
 * A random part of a picture brought to a square, then perhaps mirrored: torchvision's RandomResizedCrop (bilinear, with
 * antialias) and RandomHorizontalFlip, with the same distributions and Pillow's arithmetic; the draws are the program's own.
 */
import type { RgbImage } from '../decode'
import type { Random } from '../random'
import { resizeAndCrop } from '../resample'

export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Shares of the picture's area, and width to height. */
const SCALE = [0.08, 1] as const
const RATIO = [3 / 4, 4 / 3] as const
const TRIES = 10

/** torchvision's `RandomResizedCrop.get_params`: an area and a logarithm of a ratio, both uniform, until they fit. */
export function randomBox({ width: W, height: H }: Pick<RgbImage, 'width' | 'height'>, random: Random): Box {
  const [leastLog, mostLog] = RATIO.map(Math.log) as [number, number]
  for (let i = 0; i < TRIES; i++) {
    const area = W * H * (SCALE[0] + (SCALE[1] - SCALE[0]) * random.uniform())
    const ratio = Math.exp(leastLog + (mostLog - leastLog) * random.uniform())
    const width = Math.round(Math.sqrt(area * ratio))
    const height = Math.round(Math.sqrt(area / ratio))
    if (width === 0 || height === 0 || width > W || height > H) continue
    const top = random.below(H - height + 1)
    return { left: random.below(W - width + 1), top, width, height }
  }
  const whole = W / H
  const width = whole > RATIO[1] ? Math.round(H * RATIO[1]) : W
  const height = whole < RATIO[0] ? Math.round(W / RATIO[0]) : H
  return { left: Math.floor((W - width) / 2), top: Math.floor((H - height) / 2), width, height }
}

/** The part of a picture, resized to uint8 planes [3,S,S]. */
export function resizedBox(image: RgbImage, box: Box, size: number): Uint8Array {
  const { left, top, width, height } = box
  const data = new Uint8Array(width * height * 3)
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * image.width + left) * 3
    data.set(image.data.subarray(from, from + width * 3), row * width * 3)
  }
  return resizeAndCrop({ width, height, data }, size, { fit: 'squash', side: size, filter: 'bilinear' })
}

/** Left and right exchanged, of planes [3,S,S]. */
export function mirrored(image: Uint8Array): Uint8Array {
  const S = Math.sqrt(image.length / 3)
  return image.map((_, i) => image[i - (i % S) + (S - 1 - (i % S))]!)
}

/** One random part, mirrored half of the times: uint8 planes [3,S,S]. */
export function randomCropFlip(image: RgbImage, size: number, random: Random): Uint8Array {
  const crop = resizedBox(image, randomBox(image, random), size)
  return random.uniform() < 0.5 ? mirrored(crop) : crop
}

/** uint8 planes [3,S,S] as an interleaved picture. */
export function interleaved(planes: Uint8Array): RgbImage {
  const S = Math.sqrt(planes.length / 3)
  return { width: S, height: S, data: planes.map((_, i) => planes[(i % 3) * S * S + Math.floor(i / 3)]!) }
}
