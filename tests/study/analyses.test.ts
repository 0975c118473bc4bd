/** Analyses of a study against what can be counted by hand, and the closed forms of diversity against all pairs. */
import { describe, expect, it } from 'vitest'
import { memorySet } from '../../src/data/memory-set'
import { studyAnalyses } from '../../src/formats/study-analyses'
import { byDiversity, byShots, bySize, rankCorrelation, stepsTo, underShifts } from '../../src/study/analyses'
import type { Contender } from '../../src/study/contender'
import { featureDiversity, pixelDiversity } from '../../src/study/diversity'
import type { StudyPlan } from '../../src/study/plan'
import { summarise } from '../../src/study/summary'
import { trialSchema, type Trial } from '../../src/study/trial'
import { Random } from '../../src/data/random'
import { noise } from '../learning/frozen'

interface Over extends Partial<Pick<Trial, 'seed' | 'shifted' | 'validations' | 'steps'>> {
  readonly task?: Partial<Trial['task']>
}

function trial(contender: Contender, right: string, { task, ...over }: Over = {}): Trial {
  return trialSchema.parse({
    ...{ key: 'k', date: '2026-01-02T03:04:05Z', contender, seed: 1, model: { name: 'm', sha256: 'abcdef0123456789' } },
    task: {
      ...{ title: 'first', fingerprint: 'f', template: 'a {}', classes: 2, splitSeed: null },
      images: { train: 4, val: 3, test: right.length },
      ...task,
    },
    ...{ engine: 'node-cpu', parameterCount: 7, steps: 3, chosen: {}, trainSeconds: 4, testSeconds: 2 },
    ...{ validationCorrect: 1, right },
    ...over,
  })
}

const zero: Contender = { label: 'zero-shot', method: 'zero-shot' }
const near: Contender = { label: 'near', method: 'nearest-mean' }
const plan = (over: Partial<StudyPlan>): StudyPlan => ({
  ...{ version: 1, title: 't', model: 'm', tasks: [{ sample: 'x' }], seeds: [1], methods: [zero, near] },
  ...over,
})
const summary = (trials: readonly Trial[]) => summarise(trials, new Random(1))

describe('diversity', () => {
  it('of features is one less the mean cosine of all pairs', () => {
    const [N, D] = [7, 4]
    const values = Float32Array.from({ length: N * D }, (_, i) => noise(i))
    const row = (i: number) => [...values.subarray(i * D, (i + 1) * D)]
    let [sum, pairs] = [0, 0]
    for (let i = 0; i < N; i++)
      for (let j = 0; j < i; j++, pairs++)
        sum += row(i).reduce((dot, x, d) => dot + x * row(j)[d]!, 0) / (Math.hypot(...row(i)) * Math.hypot(...row(j)))
    expect(featureDiversity({ count: N, width: D, values })).toBeCloseTo(1 - sum / pairs, 6)
    expect(featureDiversity({ count: 3, width: 2, values: Float32Array.of(1, 1, 2, 2, 5, 5) })).toBeCloseTo(0, 6)
  })

  it('of pixels is the root mean square of all differences', () => {
    const [N, S] = [5, 2]
    const pixels = Uint8Array.from({ length: N * 3 * S * S }, (_, i) => 128 + 100 * noise(i))
    const each = 3 * S * S
    let [sum, count] = [0, 0]
    for (let i = 0; i < N; i++)
      for (let j = 0; j < i; j++)
        for (let p = 0; p < each; p++, count++) sum += ((pixels[i * each + p]! - pixels[j * each + p]!) / 255) ** 2
    const set = memorySet(pixels, new Uint16Array(N), ['a', 'b', 'c', 'd', 'e'])
    expect(pixelDiversity(set, S)).toBeCloseTo(Math.sqrt(sum / count), 9)
  })

  it('stands beside the gains, with their rank correlation', () => {
    const of = (title: string, features: number, right: string) =>
      [trial(zero, '0000'), trial(near, right)].map((one) => ({
        ...one,
        task: { ...one.task, title, fingerprint: title, diversity: { features, pixels: 1 - features } },
      }))
    const trials = [...of('a', 0.1, '1111'), ...of('b', 0.2, '1110'), ...of('c', 0.3, '1000')]
    const rows = byDiversity(summary(trials).tasks)
    expect(rows.map(({ gains }) => gains.get('near'))).toEqual([1, 0.75, 0.25])
    const { figures, text } = studyAnalyses(summary(trials), trials, plan({ diversity: true }))
    expect(figures.map(({ name }) => name)).toEqual(['diversity'])
    expect(text.join('\n')).toContain('- near: \u22121.00 with features, 1.00 with pixels, over 3 tasks')
    expect(rankCorrelation([1, 2, 2, 4], [10, 20, 20, 30])).toBeCloseTo(1, 12)
    // Ranks 1 2 3 against 2 1 3: 1 - 6 x 2 / 24.
    expect(rankCorrelation([1, 5, 9], [4, 2, 8])).toBeCloseTo(0.5, 12)
  })
})

describe('by size and shots', () => {
  const border = (fraction: number): Contender => ({
    ...{ label: `border ${fraction}`, method: 'visual-prompt', recipe: 'quick' },
    design: { kind: 'padding', borderFraction: fraction, space: 'after', clamp: 'none', init: { kind: 'zero' } },
  })

  it('sizes of a design come in order, single ones and other methods not at all', () => {
    const frame: Contender = { label: 'frame', method: 'visual-prompt', design: 'evp', recipe: 'quick' }
    const contenders = [zero, border(0.2), frame, border(0.1)]
    const trials = [trial(zero, '0000'), trial(border(0.2), '1110'), trial(frame, '1000'), trial(border(0.1), '1100')]
    const [task] = summary(trials).tasks
    const series = bySize(task!, contenders)
    expect(series.map(({ name, points }) => [name, points.map(({ x, y }) => [x, y])])).toEqual([
      ['padding', [[0.1, 0.5], [0.2, 0.75]]], // prettier-ignore
    ])
    const { figures, text } = studyAnalyses(summary(trials), trials, plan({ methods: contenders }))
    expect(figures).toHaveLength(1)
    expect(figures[0]!.svg).toContain('extent (% of the side)')
    expect(figures[0]!.svg).toMatch(/>zero-shot<\/text>/)
    expect(text.join('\n')).toContain('![first: size of the prompt](size-1.svg)')
  })

  it('shots of one title are one table each, whatever each seed drew, and one figure', () => {
    const of = (shots: number, seed: number, right: string) =>
      trial(near, right, { seed, task: { shots, table: `t${shots}`, fingerprint: `f${shots}${seed}` } })
    const trials = [of(4, 1, '1100'), of(4, 2, '1110'), of(1, 1, '1000'), of(1, 2, '0000')]
    const { tasks } = summary(trials)
    expect(tasks.map(({ methods }) => [methods[0]!.seeds, methods[0]!.top1])).toEqual([
      [2, 0.625],
      [2, 0.125],
    ])
    const series = byShots(tasks).get('first')!
    expect(series.map(({ name, points }) => [name, points.map(({ x, y }) => [x, y])])).toEqual([
      ['near', [[1, 0.125], [4, 0.625]]], // prettier-ignore
    ])
    const { text } = studyAnalyses(summary(trials), trials, plan({}))
    expect(text.join('\n')).toMatch(/\| first, 4 shots \| 62\.5 \|\n\| first, 1 shot \| 12\.5 \|/)
  })
})

describe('changed test images', () => {
  it('have the mean over seeds of each way, and what is gained there', () => {
    const shifted = (...rights: string[]) => rights.map((right, i) => ({ shift: `s${i}`, right }))
    const trials = [
      trial(zero, '1100', { shifted: shifted('1000', '0000') }),
      trial(near, '1111', { shifted: shifted('1100', '1000') }),
      trial(near, '1111', { seed: 2, shifted: shifted('1111', '1000') }),
    ]
    const found = underShifts('first', trials)!
    expect(found.shifts).toEqual(['s0', 's1'])
    expect(found.rows).toEqual([
      { label: 'zero-shot', plain: 0.5, shifted: [0.25, 0], mean: 0.125, gain: null },
      { label: 'near', plain: 1, shifted: [0.75, 0.25], mean: 0.5, gain: 0.375 },
    ])
    const { text } = studyAnalyses(summary(trials), trials, plan({}))
    expect(text.join('\n')).toContain('| near | 100.0 % | 75.0 % | 25.0 % | 50.0 % | +37.5 |')
    expect(underShifts('first', [trial(zero, '1')])).toBeNull()
  })
})

describe('steps to an accuracy', () => {
  const looks = (...all: readonly (readonly [number, number])[]) =>
    all.map(([step, correct]): [number, number, number] => [step, correct, 10])
  const slow: Contender = { label: 'slow', method: 'nearest-mean' }

  it('are the first that are as good as the last of the other, seed by seed', () => {
    const trials = [
      trial(zero, '1100'),
      trial(slow, '1100', { steps: 100, validations: looks([0, 1], [50, 9], [100, 8]) }),
      trial(near, '1100', { steps: 20, validations: looks([0, 1], [10, 8], [20, 9]) }),
      trial(near, '1100', { seed: 2, steps: 20, validations: looks([0, 1], [10, 10], [20, 9]) }),
    ]
    expect(stepsTo(trials, 'slow')).toEqual([
      { label: 'slow', steps: 100, reached: 1, seeds: 1, first: 50, last: 0.8, best: 0.9 },
      // The other has no second seed to measure against.
      { label: 'near', steps: 20, reached: 1, seeds: 1, first: 10, last: 0.9, best: 0.9 },
    ])
    const methods = [zero, slow, near]
    const { figures, text } = studyAnalyses(summary(trials), trials, plan({ stepsTo: 'slow', methods }))
    expect(text.join('\n')).toContain('| near | 20 | 90.0 % | 90.0 % | 10 | 1 of 1 | 10.0 x |')
    expect(figures.map(({ name }) => name)).toEqual(['steps-1'])
  })

  it('may never come', () => {
    const trials = [
      trial(slow, '1', { steps: 100, validations: looks([0, 1], [100, 8]) }),
      trial(near, '1', { steps: 20, validations: looks([0, 1], [20, 7]) }),
    ]
    expect(stepsTo(trials, 'slow')[1]).toMatchObject({ first: null, reached: 0, seeds: 1 })
  })
})
