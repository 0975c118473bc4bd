/** Intervals, calibration, tests and seeds against SciPy, scikit-learn and NumPy (tools/reference/evaluation.py). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Random } from '../../src/data/random'
import { compareAnswers, resampleComparison } from '../../src/evaluation/comparison'
import { holm } from '../../src/evaluation/holm'
import { pairedSpread, spread } from '../../src/evaluation/seeds'
import { studentPValue, studentQuantile } from '../../src/evaluation/student'

interface Side {
  readonly top1: number[]
  readonly confidence: number[]
  readonly ece: number
  readonly adaptiveEce: number
  readonly reliability: { readonly accuracy: number[]; readonly confidence: number[] }
  readonly wilson: readonly [number, number]
}
interface Reference {
  readonly classes: number
  readonly labels: number[]
  readonly before: Side
  readonly after: Side
  readonly difference: number
  readonly bootstrap: readonly [number, number]
  readonly mcnemar: number
  readonly perClass: { readonly pValues: number[]; readonly holm: number[] }
  readonly student: readonly (readonly [number, number, number])[]
  readonly seeds: {
    readonly a: number[]
    readonly b: number[]
    readonly deviation: number
    readonly ci95: readonly [number, number]
    readonly pairedCi95: readonly [number, number]
    readonly pairedPValue: number
  }
}
const file = new URL('../fixtures/evaluation.json', import.meta.url)
const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference
const { labels, classes, before, after } = reference
const report = compareAnswers(labels, classes, before, after)

/** Runs a generator to its end. */
function finish<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

const expectClose = (got: readonly number[] | Float64Array, expected: readonly number[], digits = 10) => {
  expect(got.length).toBe(expected.length)
  expected.forEach((value, i) => expect(got[i]).toBeCloseTo(value, digits))
}

describe.each(['before', 'after'] as const)('answers %s', (side) => {
  it('have the Wilson interval of SciPy', () => expectClose(report[side].accuracy.ci95, reference[side].wilson))

  it('have the calibration errors of NumPy', () => {
    expect(report[side].ece).toBeCloseTo(reference[side].ece, 12)
    expect(report[side].adaptiveEce).toBeCloseTo(reference[side].adaptiveEce, 12)
  })

  it('have the reliability diagram of scikit-learn', () => {
    const filled = report[side].reliability.filter(({ count }) => count > 0)
    expectClose(
      filled.map(({ accuracy }) => accuracy),
      reference[side].reliability.accuracy,
    )
    expectClose(
      filled.map(({ confidence }) => confidence),
      reference[side].reliability.confidence,
    )
  })
})

it('the difference and its test are those of SciPy', () => {
  expect(report.difference).toBeCloseTo(reference.difference, 12)
  expect(report.pValue).toBeCloseTo(reference.mcnemar, 12)
})

it('the bootstrap interval of the difference is that of SciPy, to its own chance', () => {
  const intervals = finish(resampleComparison(labels, before, after, new Random(5)))
  // One image is 1/160 = 0.006; 2000 resamples place an end to within one or two.
  intervals.difference.forEach((end, i) => expect(Math.abs(end - reference.bootstrap[i]!)).toBeLessThan(0.0126))
  expect(finish(resampleComparison(labels, before, after, new Random(5)))).toEqual(intervals)
})

it('class by class the tests are those of SciPy, corrected as in Holm 1979', () => {
  expectClose(
    report.perClass.map(({ pValue }) => pValue),
    reference.perClass.pValues,
  )
  expectClose(
    report.perClass.map(({ adjusted }) => adjusted),
    reference.perClass.holm,
  )
  expectClose(holm(reference.perClass.pValues), reference.perClass.holm)
})

it.each(reference.student)('t with %i degrees of freedom', (degrees, quantile, pValue) => {
  expect(studentQuantile(0.95, degrees)).toBeCloseTo(quantile, 8)
  expect(studentPValue(1.7, degrees)).toBeCloseTo(pValue, 12)
})

it('means over seeds have the t intervals of SciPy, alone and paired', () => {
  const { a, b, ci95, deviation, pairedCi95, pairedPValue } = reference.seeds
  expect(spread(a).deviation).toBeCloseTo(deviation, 12)
  expectClose(spread(a).ci95!, ci95, 9)
  const paired = pairedSpread(a, b)
  expectClose(paired.ci95!, pairedCi95, 9)
  expect(paired.pValue).toBeCloseTo(pairedPValue, 12)
})
