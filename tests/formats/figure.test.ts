/**
 * Figures: the same data give the same SVG (kept beside this file: look at them when they change), another program draws them,
 * and what is drawn lies where its numbers say.
 */
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { confusion, wilsonInterval } from '../../src/evaluation/accuracy'
import { linearScale, roundTicks, tickText } from '../../src/formats/figure/axes'
import { barsFigure } from '../../src/formats/figure/bars'
import { confusionFigure } from '../../src/formats/figure/confusion'
import { curvesFigure } from '../../src/formats/figure/curves'
import { escaped, wrapped } from '../../src/formats/figure/svg'
import type { RunCurves } from '../../src/records/run-record'
import { aRecord, predictions } from './a-run'

/** A curve that falls and one that rises, with noise that is always the same. */
function someCurves(steps: number, seed: number): RunCurves {
  const noise = (i: number) => Math.sin(12.9898 * (i + seed)) * 0.1
  const column = (length: number, value: (i: number) => number) => Float64Array.from({ length }, (_, i) => value(i))
  const top1 = (i: number) => 0.4 + 0.5 * (1 - Math.exp(-i / 3)) + noise(i) / 4
  const bound = (i: number, side: 0 | 1) => wilsonInterval(Math.round(200 * top1(i)), 200)[side]
  return {
    steps: {
      step: column(steps, (i) => i + 1),
      loss: column(steps, (i) => 0.2 + 2 * Math.exp((-4 * i) / steps) + noise(i)),
      learningRate: column(steps, () => 0.1),
      gradientNorm: column(steps, () => 1),
      accuracy: column(steps, () => NaN),
      imagesPerSecond: column(steps, () => NaN),
    },
    validations: {
      step: column(11, (i) => (i * steps) / 10),
      top1: column(11, top1),
      low: column(11, (i) => bound(i, 0)),
      high: column(11, (i) => bound(i, 1)),
    },
  }
}

const one = { name: 'quick, seed 3', record: aRecord(), curves: someCurves(130, 0) }
const two = { name: 'paper & <seed> 4', record: aRecord({ seed: 4 }), curves: someCurves(130, 7) }
const classes = Array.from({ length: 12 }, (_, i) => ({
  folder: `c${i}`,
  name: i === 3 ? '很长的名字' : `a class called ${i}`,
}))
const many = aRecord({ task: { ...aRecord().task, classes } })
const manyCounts = Uint32Array.from({ length: 144 }, (_, i) => (i % 13 === 0 ? 20 - (i % 7) : (i * 7) % 4))

const FIGURES: Record<string, string> = {
  'curves-one': curvesFigure([one]),
  'curves-two': curvesFigure([one, two]),
  'bars-one': barsFigure([one]),
  'bars-two': barsFigure([one, two]),
  confusion: confusionFigure({
    record: one.record,
    counts: confusion(predictions.prompted.top1, predictions.labels, 3),
    answers: 'with the border',
    split: 'test',
  }),
  'confusion-many': confusionFigure({ record: many, counts: manyCounts, answers: 'zero-shot', split: 'validation' }),
}

describe.each(Object.entries(FIGURES))('%s', (name, svg) => {
  it('is what it was', async () => {
    await expect(svg).toMatchFileSnapshot(`figures/${name}.svg`)
  })

  it('is drawn by another program, and says where its numbers come from', async () => {
    const { height, width } = await sharp(Buffer.from(svg)).metadata()
    expect(svg).toContain(`width="${width}" height="${height}"`)
    expect(svg).toMatch(/<title>[^<]+<\/title>\n<desc>[^<]*sha256 abababababab[^<]*<\/desc>/)
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })
})

it('an interval is as long as it is', () => {
  const svg = barsFigure([one])
  const whiskers = [...svg.matchAll(/<line x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)" y2="[\d.]+" stroke="#\w+" stroke-width="1.5"\/>/g)] // prettier-ignore
  const lengths = whiskers.map(([, from, to]) => Number(to) - Number(from))
  const wanted = [one.record.outcome!.zeroShot, one.record.outcome!.prompted].map(({ ci95: [low, high] }) => high - low)
  expect(lengths).toHaveLength(2)
  expect(lengths[0]! / lengths[1]!).toBeCloseTo(wanted[0]! / wanted[1]!, 3)
})

it('ten thousand steps make no huge file, and keep their peaks', () => {
  const curves = someCurves(10_000, 1)
  curves.steps.loss[5003] = 50
  const svg = curvesFigure([{ ...one, curves }])
  expect(svg.length).toBeLessThan(100_000)
  const flat = curvesFigure([{ ...one, curves: someCurves(10_000, 1) }])
  expect(svg).not.toBe(flat)
  expect(svg).toContain('>60</text>')
})

it('is one of a run that has hardly begun, or went wrong', async () => {
  const empty = someCurves(0, 0).steps
  const none = { step: new Float64Array(), top1: new Float64Array(), low: new Float64Array(), high: new Float64Array() }
  const wrong = { ...empty, step: Float64Array.of(1, 2, 3, 4), loss: Float64Array.of(1, NaN, Infinity, 2) }
  for (const steps of [empty, wrong]) {
    const svg = curvesFigure([
      { name: 'x', record: aRecord({ zeroShot: null, best: null }), curves: { steps, validations: none } },
    ])
    expect(svg).not.toMatch(/NaN|Infinity/)
    expect((await sharp(Buffer.from(svg)).metadata()).width).toBe(560)
  }
})

it('names from anywhere are text', async () => {
  const name = '</text><script>alert(1)</script>&"\u0000\u001b\ud800'
  const svg = curvesFigure([{ ...one, name }])
  expect(svg).not.toContain('<script')
  expect((await sharp(Buffer.from(svg)).metadata()).width).toBe(560)
  expect(escaped('a\u0007<\ud800&')).toBe('a&lt;\ufffd&amp;')
})

describe('axes', () => {
  it.each([
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0, 130, [0, 50, 100]],
    [-0.3, 0.3, [-0.2, 0, 0.2]],
    [1000, 1004, [1000, 1001, 1002, 1003, 1004]],
  ])('ticks of %d to %d', (low, high, wanted) => {
    expect(roundTicks(low, high)).toEqual(wanted)
  })

  it('widen to ticks and hold every value', () => {
    const scale = linearScale([0.13, 0.871], [100, 0])
    expect(scale.domain).toEqual([0, 1])
    expect([scale.at(0), scale.at(1)]).toEqual([100, 0])
    expect(linearScale([], [0, 1]).domain).toEqual([0, 1])
    expect(linearScale([5, 5], [0, 1]).domain).toEqual([2, 8])
  })

  it('write as few digits as tell ticks apart', () => {
    expect([0, 0.05, 0.1].map((tick) => tickText(tick, [0, 0.05, 0.1]))).toEqual(['0.00', '0.05', '0.10'])
    expect(tickText(-2, [-2, 0])).toBe('\u22122')
    expect(tickText(2e6, [0, 2e6])).toBe('2.0e6')
  })

  it('captions break where they must', () => {
    expect(wrapped('one two three', 40)).toEqual(['one two', 'three'])
    expect(wrapped('x'.repeat(30), 100).join('')).toBe('x'.repeat(30))
  })
})
