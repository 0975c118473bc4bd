/** What can be worked out by hand: calibration of made-up answers, corrections, lists, and edges without images. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../src/data/random'
import { basicInterval, bootstrap, percentileInterval, quantile } from '../../src/evaluation/bootstrap'
import { adaptiveBins, equalWidthBins, expectedCalibrationError, reliability } from '../../src/evaluation/calibration'
import { compareAnswers, resampleComparison } from '../../src/evaluation/comparison'
import { mostConfused } from '../../src/evaluation/confused'
import { holm } from '../../src/evaluation/holm'
import { pairedSpread, spread } from '../../src/evaluation/seeds'
import { studentQuantile, studentWithin } from '../../src/evaluation/student'

describe('expected calibration error', () => {
  const ece = (confidence: number[], right: boolean[]) =>
    expectedCalibrationError(reliability({ confidence, right }, equalWidthBins(confidence)))

  it('is 0 where confidence is accuracy, and the distance where it is not', () => {
    expect(ece([0.75, 0.75, 0.75, 0.75], [true, true, true, false])).toBeCloseTo(0, 12)
    expect(ece([0.9, 0.9, 0.9, 0.9], [true, false, false, false])).toBeCloseTo(0.65, 12)
    // Two bins of two: (2/4) |1/2 - 0.35| + (2/4) |1 - 0.95|.
    expect(ece([0.35, 0.35, 0.95, 0.95], [true, false, true, true])).toBeCloseTo(0.1, 12)
    expect(ece([], [])).toBe(0)
  })

  it('closes bins above: m/15 belongs to bin m', () => {
    expect([...equalWidthBins([0, 1 / 15, 1 / 15 + 1e-9, 0.2, 1]).of]).toEqual([0, 0, 1, 2, 14])
  })

  it('adaptive bins hold as many images each, to one, in order of confidence', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 }), (p) => {
        const { bins, of, ranges } = adaptiveBins(p)
        const counts = new Array<number>(bins).fill(0)
        for (const bin of of) counts[bin]!++
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
        p.forEach((value, i) => {
          const [low, high] = ranges[of[i]!]!
          expect(value).toBeGreaterThanOrEqual(low)
          expect(value).toBeLessThanOrEqual(high)
        })
      }),
    )
  })
})

describe('the bootstrap', () => {
  it('has the quantiles of NumPy', () => {
    expect(quantile([1, 2, 4, 8], 0.5)).toBe(3)
    expect(quantile([1, 2, 4, 8], 0.9)).toBeCloseTo(6.8, 12)
    percentileInterval(Float64Array.from({ length: 101 }, (_, i) => i)).forEach((end, i) =>
      expect(end).toBeCloseTo([2.5, 97.5][i]!, 9),
    )
    basicInterval(
      60,
      Float64Array.from({ length: 101 }, (_, i) => i),
    ).forEach((end, i) => expect(end).toBeCloseTo([22.5, 117.5][i]!, 9))
  })

  it('of a mean spreads as σ/√n', () => {
    const values = Array.from({ length: 100 }, (_, i) => i % 2)
    const means = [
      ...bootstrap(100, 4000, new Random(1), (drawn) => drawn.reduce((sum, i) => sum + values[i]!, 0) / 100),
    ]
    const mean = means.reduce((sum, m) => sum + m, 0) / means.length
    const sigma = Math.sqrt(means.reduce((sum, m) => sum + (m - mean) ** 2, 0) / means.length)
    expect(mean).toBeCloseTo(0.5, 2)
    expect(sigma).toBeCloseTo(0.05, 2)
  })

  it('finds nothing where a calibrated model is measured, though its error is never 0', () => {
    // Right with the probability that it claims: what distance there is, is chance.
    const reach = Array.from({ length: 20 }, (_, seed) => {
      const random = new Random(seed)
      const confidence = Array.from({ length: 120 }, () => 0.3 + 0.7 * random.uniform())
      const labels = confidence.map((p) => (random.uniform() < p ? 0 : 1))
      const answers = { top1: labels.map(() => 0), confidence }
      const work = resampleComparison(labels, answers, answers, random, 300)
      for (;;) {
        const step = work.next()
        if (step.done) return step.value.eceBefore[0]
      }
    })
    // A percentile interval starts above 0.05 nearly always here.
    expect(reach.filter((low) => low < 0.05).length).toBeGreaterThanOrEqual(18)
  })
})

describe('comparing answers', () => {
  const labels = [0, 0, 1, 1, 2, 2]
  const before = { top1: [0, 1, 1, 0, 2, 2], confidence: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5] }
  const after = { top1: [0, 0, 0, 0, 2, 2], confidence: [0.9, 0.9, 0.9, 0.9, 0.9, 0.9] }
  const report = compareAnswers(labels, 3, before, after)

  it('puts every image into one of four lists', () => {
    expect(report.outcomes).toEqual({ fixed: [1], broken: [2], bothRight: [0, 4, 5], bothWrong: [3] })
  })

  it('counts class by class', () => {
    expect(report.perClass.map(({ before: a, after: b }) => [a.correct, b.correct, b.total])).toEqual([
      [1, 2, 2],
      [1, 0, 2],
      [2, 2, 2],
    ])
    expect(report.perClass.map(({ difference }) => difference)).toEqual([0.5, -0.5, 0])
  })

  it('lists what is taken for what, the most frequent first', () => {
    expect(mostConfused(report.after.confusion, 3)).toEqual([{ truth: 1, predicted: 0, count: 2, share: 1 }])
    expect(mostConfused([5, 1, 3, 2, 5, 0, 0, 3, 5], 3, 2)).toEqual([
      { truth: 0, predicted: 2, count: 3, share: 1 / 3 },
      { truth: 2, predicted: 1, count: 3, share: 3 / 8 },
    ])
  })

  it('stands without images and with classes that have none', () => {
    const nothing = compareAnswers([], 2, { top1: [], confidence: [] }, { top1: [], confidence: [] })
    expect(nothing).toMatchObject({ images: 0, difference: 0, pValue: 1, before: { ece: 0, adaptiveEce: 0 } })
    expect(nothing.perClass.map(({ adjusted }) => adjusted)).toEqual([1, 1])
  })
})

it('Holm corrects step by step, never beyond 1 and never against the order', () => {
  expect([...holm([0.01, 0.04, 0.03, 0.005])]).toEqual([0.03, 0.06, 0.06, 0.02])
  expect([...holm([0.9, 0.8])]).toEqual([1, 1])
  expect([...holm([])]).toEqual([])
})

describe('seeds', () => {
  it('have mean, deviation and interval by hand', () => {
    const { mean, deviation, ci95 } = spread([0.6, 0.7, 0.8])
    expect([mean, deviation]).toEqual([expect.closeTo(0.7, 12), expect.closeTo(0.1, 12)])
    // t(97.5 %, 2) = 4.30265.
    expect(ci95![1] - mean).toBeCloseTo((4.302653 * 0.1) / Math.sqrt(3), 6)
  })

  it('of one run say nothing of their spread', () => {
    expect(spread([0.6])).toEqual({ n: 1, mean: 0.6, deviation: null, ci95: null })
    expect(pairedSpread([0.5, 0.5], [0.6, 0.6]).pValue).toBeNull()
    expect(() => pairedSpread([1], [1, 2])).toThrow('1 seeds against 2')
  })

  it('Student with one degree is Cauchy', () => {
    expect(studentWithin(1, 1)).toBeCloseTo(0.5, 12)
    expect(studentQuantile(0.5, 1)).toBeCloseTo(1, 9)
  })
})
