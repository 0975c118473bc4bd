/** Tables of a study against what can be counted by hand. */
import { describe, expect, it } from 'vitest'
import { Random } from '../../src/data/random'
import { studyReport } from '../../src/formats/study-report'
import { summarise } from '../../src/study/summary'
import type { Trial } from '../../src/study/trial'

function trial(label: string, right: string, over: { seed?: number; task?: string; testSeconds?: number } = {}): Trial {
  const { seed = 1, task = 'first', testSeconds = 2 } = over
  return {
    ...{ key: `${label}${task}${seed}`, date: '2026-01-02T03:04:05Z', seed },
    contender: label === 'zero-shot' ? { label, method: 'zero-shot' } : { label, method: 'nearest-mean' },
    model: { name: 'm', sha256: 'abcdef0123456789' },
    task: {
      ...{ title: task, fingerprint: `${task}0123456789ab`, template: 'a | of {}', classes: 2, splitSeed: null },
      images: { train: 4, val: 3, test: right.length },
    },
    ...{ engine: 'node-cpu', parameterCount: 7, steps: 3, chosen: {}, trainSeconds: 4, testSeconds },
    ...{ validationCorrect: 1, right },
  }
}
const summary = (trials: Trial[]) => summarise(trials, new Random(1))

describe('a task of a study', () => {
  const { tasks } = summary([
    trial('zero-shot', '1000000000'),
    trial('better', '1111111100'),
    trial('better', '1111110000', { seed: 2, testSeconds: 3 }),
    trial('worse', '0000000000'),
  ])
  const [zero, better, worse] = tasks[0]!.methods

  it('has means and deviations over the seeds', () => {
    expect(better).toMatchObject({ seeds: 2, steps: 3, trainSeconds: 4, imagesPerSecond: 10 / 2.5 })
    expect(better!.top1).toBeCloseTo(0.7, 12)
    expect(better!.deviation).toBeCloseTo(Math.SQRT1_2 * 0.2, 12)
    expect(zero!.deviation).toBeNull()
  })

  it('has intervals over the images', () => {
    expect(worse!.ci95).toEqual([0, 0])
    // 1 of 10: of the binomial distribution 2.5 % and 97.5 % lie at 0 and 3.
    expect(zero!.ci95[0]).toBe(0)
    expect(zero!.ci95[1]).toBeCloseTo(0.3, 12)
  })

  it('measures gains against zero-shot, by the weakest seed, for all methods together', () => {
    expect(zero!.gain).toBeNull()
    expect(better!.gain!.difference).toBeCloseTo(0.6, 12)
    expect(better!.gain!.ci95[0]).toBeGreaterThan(0)
    // Five fixed and none broken in the weaker seed: 2 / 2^5, twice by Holm.
    expect(better!.gain!.pValue).toBeCloseTo(2 * (2 / 2 ** 5), 12)
    expect(worse!.gain!.pValue).toBe(1)
  })

  it('has no gains without zero-shot', () => {
    expect(summary([trial('better', '110')]).tasks[0]!.methods[0]!.gain).toBeNull()
  })
})

describe('from base to new classes', () => {
  const onNew = (label: string, right: string, others: string, seed = 1): Trial => ({
    ...trial(label, right, { seed }),
    newClasses: { classes: 2, right: others, testSeconds: 1 },
  })
  // 0.5 and 0.5; 1 and 0.25 (mean of two seeds); 1 and 0.
  const trials = [
    onNew('zero-shot', '1100', '1100'),
    onNew('words', '1111', '1000'),
    onNew('words', '1111', '0100', 2),
    onNew('lost', '1111', '0000'),
  ]
  const { ranks, tasks } = summary(trials)
  const [zero, words, lost] = tasks[0]!.methods

  it('both accuracies stand beside their harmonic mean', () => {
    expect(words).toMatchObject({ top1: 1, newClasses: { top1: 0.25, harmonic: 0.4 } })
    expect(zero!.newClasses).toMatchObject({ top1: 0.5, harmonic: 0.5, gain: null })
    expect(lost!.newClasses).toMatchObject({ harmonic: 0, harmonicCi95: [0, 0], ci95: [0, 0] })
    expect(words!.newClasses!.gain!.difference).toBeCloseTo(-0.1, 12)
    // Every base image is right, whichever are drawn: the harmonic mean varies with the new ones alone, by seeds' mean.
    expect(words!.newClasses!.ci95[1]).toBeLessThanOrEqual(0.5)
    expect(words!.newClasses!.harmonicCi95[1]).toBeCloseTo(
      (2 * words!.newClasses!.ci95[1]) / (1 + words!.newClasses!.ci95[1]),
      12,
    )
  })

  it('the harmonic mean ranks', () => {
    expect(ranks.map(({ label }) => label)).toEqual(['zero-shot', 'words', 'lost'])
  })

  it('the report says which classes, and the words learned', () => {
    const near = [[{ word: 'a|b', distance: 0.5 }], [{ word: '`', distance: 1 }]]
    const learned = [{ ...trials[0]!, words: near }, ...trials.slice(1)]
    const about = { title: 'it', command: 'npm run study', machine: 'a machine', seeds: [1, 2] }
    const report = studyReport(summary(learned), about)
    expect(report).toContain('2 base classes')
    expect(report).toContain('Tested on 2 new classes too, 4 images')
    expect(report).toMatch(/\| words \| 100\.0 % \(100\.0 to 100\.0\) \| 25\.0 % \(.*\) \| 40\.0 % \(.*\) \| −10\.0/)
    expect(report).toContain('- zero-shot, seed 1: `a\\|b` 0.50 · `` ` `` 1.00')
    expect(studyReport(summary([trial('a', '10')]), about)).not.toContain('new classes')
  })
})

describe('ranks', () => {
  it('are means over tasks, ties share theirs, and a method that is missing somewhere has none', () => {
    const { ranks } = summary([
      ...[trial('zero-shot', '0000'), trial('a', '1111'), trial('b', '1111'), trial('once', '1111')],
      ...[trial('zero-shot', '0000'), trial('a', '1111'), trial('b', '0000')].map((one) => ({
        ...one,
        task: { ...one.task, title: 'second', fingerprint: 'second' },
      })),
    ])
    expect(ranks.map(({ label, mean, ci95 }) => [label, mean, ...ci95])).toEqual([
      ['a', 1.25, 1.25, 1.25],
      ['b', 2, 2, 2],
      ['zero-shot', 2.75, 2.75, 2.75],
    ])
  })

  it('are as sure as the images allow', () => {
    const { ranks } = summary([trial('a', '1111100000'), trial('b', '0000011111')])
    for (const { mean, ci95 } of ranks) {
      expect(mean).toBe(1.5)
      expect(ci95).toEqual([1, 2])
    }
  })
})

describe('the report of a study', () => {
  it('says of each number what it was measured with', () => {
    const about = { title: 'All *of* it', command: 'npm run study', machine: 'a machine', seeds: [1, 2] }
    const report = studyReport(summary([trial('zero-shot', '1000000000'), trial('a|b', '1111111100')]), about)
    expect(report).toContain('## All \\*of\\* it')
    expect(report).toContain('m (sha256 abcdef012345). Seeds 1, 2.')
    expect(report).toContain('template `a \\| of {}`')
    expect(report).toContain('| a\\|b | 80.0 %')
    expect(report).toMatch(/\| zero-shot \| 10\.0 % \(0\.0 to 30\.0\) \|  \|  \|  \| 7 \|/)
    expect(report).toContain('+70.0')
  })
})
