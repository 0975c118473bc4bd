/**
 * Two sets of answers to the same images, compared: accuracies, which images were fixed and broken, calibration, class by class.
 * What takes resampling is a generator beside it, for it takes long with many images.
 */
import { accuracy, confusion, type Accuracy } from './accuracy'
import { basicInterval, bootstrap, percentileInterval, type Chance, type Interval } from './bootstrap'
import {
  adaptiveBins,
  equalWidthBins,
  expectedCalibrationError,
  reliability,
  resampledCalibrationError,
  type ReliabilityBin,
} from './calibration'
import { mcnemarExact } from './paired'
import { perClass, type ClassChange } from './per-class'

/** Of N images: the predicted class and its probability. */
export interface Answers {
  readonly top1: ArrayLike<number>
  readonly confidence: ArrayLike<number>
}

export const OUTCOMES = ['fixed', 'broken', 'bothRight', 'bothWrong'] as const
export type Outcome = (typeof OUTCOMES)[number]

export interface SideReport {
  readonly accuracy: Accuracy
  readonly reliability: readonly ReliabilityBin[]
  /** Expected calibration error over 15 bins of equal width, and over as many of equal count. */
  readonly ece: number
  readonly adaptiveEce: number
  /** Counts [C,C], row = truth. */
  readonly confusion: Uint32Array
}

export interface ComparisonReport {
  readonly images: number
  readonly classes: number
  readonly before: SideReport
  readonly after: SideReport
  /** after - before, fractions of 1. */
  readonly difference: number
  /** McNemar, exact, two-sided. */
  readonly pValue: number
  /** Indices of the images, ascending. */
  readonly outcomes: Readonly<Record<Outcome, readonly number[]>>
  readonly perClass: readonly ClassChange[]
}

/** 95 % intervals that resampling gives. */
export interface ResampledIntervals {
  readonly resamples: number
  /** Of the difference of the accuracies: percentile interval, images drawn in pairs. */
  readonly difference: Interval
  /** Of the calibration errors with bins of equal width: basic interval, at least 0. */
  readonly eceBefore: Interval
  readonly eceAfter: Interval
}

export const RESAMPLES = 2000

const rightOf = ({ top1 }: Answers, labels: ArrayLike<number>) => Array.from(labels, (label, i) => top1[i] === label)

export function compareAnswers(
  labels: ArrayLike<number>,
  classes: number,
  before: Answers,
  after: Answers,
): ComparisonReport {
  const [a, b] = [sideReport(before, labels, classes), sideReport(after, labels, classes)]
  const outcomes: Record<Outcome, number[]> = { fixed: [], broken: [], bothRight: [], bothWrong: [] }
  for (let i = 0; i < labels.length; i++) {
    const was = before.top1[i] === labels[i]
    const is = after.top1[i] === labels[i]
    outcomes[was ? (is ? 'bothRight' : 'broken') : is ? 'fixed' : 'bothWrong'].push(i)
  }
  return {
    images: labels.length,
    classes,
    before: a,
    after: b,
    difference: b.accuracy.top1 - a.accuracy.top1,
    pValue: mcnemarExact(outcomes.fixed.length, outcomes.broken.length),
    outcomes,
    perClass: perClass(labels, before.top1, after.top1, classes),
  }
}

function sideReport(answers: Answers, labels: ArrayLike<number>, classes: number): SideReport {
  const { confidence, top1 } = answers
  const top = { confidence, right: rightOf(answers, labels) }
  const bins = reliability(top, equalWidthBins(confidence))
  return {
    accuracy: accuracy(top1, labels),
    reliability: bins,
    ece: expectedCalibrationError(bins),
    adaptiveEce: expectedCalibrationError(reliability(top, adaptiveBins(confidence))),
    confusion: confusion(top1, labels, classes),
  }
}

/** Draws pairs of answers with replacement; yields after each resample, and returns the intervals at the end. */
export function* resampleComparison(
  labels: ArrayLike<number>,
  before: Answers,
  after: Answers,
  chance: Chance,
  resamples = RESAMPLES,
): Generator<void, ResampledIntervals> {
  const right = [rightOf(before, labels), rightOf(after, labels)] as const
  const gain = Int8Array.from(labels, (_, i) => Number(right[1][i]) - Number(right[0][i]))
  const calibration = ([before, after] as const).map(({ confidence }, side) => {
    const top = { confidence, right: right[side]! }
    const binning = equalWidthBins(confidence)
    const ece = expectedCalibrationError(reliability(top, binning))
    return { ece, of: resampledCalibrationError(top, binning), replicates: new Float64Array(resamples) }
  })
  const differences = new Float64Array(resamples)
  let r = 0
  const each = bootstrap(labels.length, resamples, chance, (drawn) => {
    let sum = 0
    for (const i of drawn) sum += gain[i]!
    differences[r] = sum / drawn.length
    for (const { of, replicates } of calibration) replicates[r] = of(drawn)
    r++
  })
  for (const _ of each) yield
  const [eceBefore, eceAfter] = calibration.map(({ ece, replicates }) => {
    const [low, high] = basicInterval(ece, replicates)
    return [Math.max(0, low), Math.max(0, high)] as const
  })
  return { resamples, difference: percentileInterval(differences), eceBefore: eceBefore!, eceAfter: eceAfter! }
}
