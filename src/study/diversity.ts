/**
 * How different the pictures of a task are from one another: one prompt for all of them has the less to hold on to, the more they
 * differ (the analysis of data sets in Bahng et al. 2022, who take LPIPS). Two measures, both over all pairs of training pictures:
 *
 *   features   1 - mean cosine of f̂_i, f̂_j                     = 1 - (|Σ f̂|² - N) / (N (N - 1))
 *   pixels     root of the mean of (x_i - x_j)² over pairs and pixels, x in [0, 1]      = √(2 N/(N - 1) mean variance of a pixel)
 *
 * Features are the frozen encoder's own, so that it is diversity as the model sees it; LPIPS compares layers of a network that was
 * calibrated on people's judgements, and is not what is measured here.
 */
import type { ImageSet } from '../data/task'
import { normalisedRows, type Features } from '../methods/features/image-features'

export interface Diversity {
  readonly features: number
  readonly pixels: number
}

/** 0: all look into one direction; 1: at right angles. NaN of fewer than two. */
export function featureDiversity({ count: N, values, width }: Features): number {
  const unit = normalisedRows(values, width)
  const sum = new Float64Array(width)
  for (let i = 0; i < unit.length; i++) sum[i % width]! += unit[i]!
  const squares = sum.reduce((all, value) => all + value * value, 0)
  return 1 - (squares - N) / (N * (N - 1))
}

/** 0: all the same. NaN of fewer than two. */
export function pixelDiversity(set: ImageSet, imageSize: number): number {
  const pixels = 3 * imageSize ** 2
  const image = new Uint8Array(pixels)
  const [sum, squares] = [new Float64Array(pixels), new Float64Array(pixels)]
  for (let i = 0; i < set.count; i++) {
    set.read(i, image)
    for (let p = 0; p < pixels; p++) {
      const x = image[p]! / 255
      sum[p]! += x
      squares[p]! += x * x
    }
  }
  const N = set.count
  const variance = squares.reduce((all, s, p) => all + s / N - (sum[p]! / N) ** 2, 0) / pixels
  return Math.sqrt(((2 * N) / (N - 1)) * Math.max(0, variance))
}
