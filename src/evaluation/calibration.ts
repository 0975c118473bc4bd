/**
 * Calibration of the top answer: of the images answered with a confidence of 70 %, are 70 % right? The expected calibration
 * error is the mean distance between the two, over bins of confidence (Guo et al. 2017, equation 3).
 */
import { wilsonInterval } from './accuracy'

/** Bins of Guo et al. 2017. */
export const CALIBRATION_BINS = 15

/** Top answers of N images: probability of the predicted class, and whether it is the true one. */
export interface TopAnswers {
  readonly confidence: ArrayLike<number>
  readonly right: ArrayLike<boolean>
}

export interface ReliabilityBin {
  /** Its range of confidence. */
  readonly low: number
  readonly high: number
  readonly count: number
  readonly correct: number
  /** Means over the images in it; NaN where there are none. */
  readonly confidence: number
  readonly accuracy: number
  /** 95 % Wilson interval of its accuracy. */
  readonly ci95: readonly [number, number]
}

/** Which bin each image is in. */
export interface Binning {
  readonly bins: number
  readonly of: Uint16Array
  /** Ranges of confidence, [low, high] of each bin. */
  readonly ranges: readonly (readonly [number, number])[]
}

/** M bins of equal width, ((m-1)/M, m/M]: equation 2 of Guo et al. 2017. */
export function equalWidthBins(confidence: ArrayLike<number>, bins = CALIBRATION_BINS): Binning {
  const of = Uint16Array.from(confidence, (p) => Math.min(bins - 1, Math.max(0, Math.ceil(p * bins) - 1)))
  return { bins, of, ranges: Array.from({ length: bins }, (_, m) => [m / bins, (m + 1) / bins] as const) }
}

/**
 * Adaptive bins (Nguyen and O'Connor 2015): as many images in each, to one. Where nearly every image is answered with
 * confidence, bins of equal width put them all into one.
 */
export function adaptiveBins(confidence: ArrayLike<number>, bins = CALIBRATION_BINS): Binning {
  const order = Array.from(confidence, (_, i) => i).sort((a, b) => confidence[a]! - confidence[b]! || a - b)
  const count = Math.max(1, Math.min(bins, order.length))
  const of = new Uint16Array(order.length)
  const ranges: [number, number][] = []
  let from = 0
  for (let m = 0; m < count; m++) {
    // The first ones take one image more, where it does not come out even.
    const to = from + Math.floor(order.length / count) + (m < order.length % count ? 1 : 0)
    for (let rank = from; rank < to; rank++) of[order[rank]!] = m
    ranges.push([confidence[order[from]!] ?? 0, confidence[order[to - 1]!] ?? 1])
    from = to
  }
  return { bins: count, of, ranges }
}

/** The reliability diagram: accuracy against confidence in each bin. */
export function reliability({ confidence, right }: TopAnswers, { bins, of, ranges }: Binning): ReliabilityBin[] {
  const count = new Uint32Array(bins)
  const correct = new Uint32Array(bins)
  const sum = new Float64Array(bins)
  for (let i = 0; i < of.length; i++) {
    const m = of[i]!
    count[m]!++
    if (right[i]) correct[m]!++
    sum[m]! += confidence[i]!
  }
  return ranges.map(([low, high], m) => ({
    ...{ low, high, count: count[m]!, correct: correct[m]! },
    confidence: sum[m]! / count[m]!,
    accuracy: correct[m]! / count[m]!,
    ci95: wilsonInterval(correct[m]!, count[m]!),
  }))
}

/** Σ |B|/n · |accuracy(B) - confidence(B)|; 0 of no images. */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const total = bins.reduce((sum, { count }) => sum + count, 0)
  return bins.reduce((sum, b) => (b.count ? sum + (b.count / total) * Math.abs(b.accuracy - b.confidence) : sum), 0)
}

/** The same of a resample of the images: the bins stay, as the images were put in them. */
export function resampledCalibrationError({ confidence, right }: TopAnswers, { bins, of }: Binning) {
  const gap = Float64Array.from({ length: of.length }, (_, i) => (right[i] ? 1 : 0) - confidence[i]!)
  const sums = new Float64Array(bins)
  return (drawn: Uint32Array): number => {
    sums.fill(0)
    for (const i of drawn) sums[of[i]!]! += gap[i]!
    let error = 0
    for (const sum of sums) error += Math.abs(sum)
    return drawn.length === 0 ? 0 : error / drawn.length
  }
}
