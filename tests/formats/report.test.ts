/** Reports: every number is the one that was measured, with what it was measured on; names from anywhere stay names. */
import { describe, expect, it } from 'vitest'
import { comparisonReport } from '../../src/formats/comparison-report'
import { code, plainText } from '../../src/formats/markdown'
import { runCommand } from '../../src/formats/command-line'
import type { MeasuredRun } from '../../src/formats/metrics-file'
import { runReport as reportOf } from '../../src/formats/report'
import type { RunRecord } from '../../src/records/run-record'
import { aRecord, aRun, predictions } from './a-run'

const WRITTEN = { writtenAt: '2026-11-22' }
const runReport = (run: MeasuredRun, written: typeof WRITTEN) =>
  reportOf(run, { ...written, command: runCommand(run.record, { arrangement: null, file: 'a.json', sample: null }) })
const measured = (changes: Partial<RunRecord> = {}) => {
  const { parts, record } = aRun(changes)
  return { record, curves: parts.curves, test: parts.test }
}
/** Cells of the row that begins with this cell. */
const row = (text: string, first: string) =>
  text.split('\n').find((line) => line.startsWith(`| ${first} |`))?.split(' | ').slice(1).map((cell) => cell.replace(/ \|$/, '')) // prettier-ignore

describe('the report of a run', () => {
  const text = runReport(measured(), WRITTEN)

  it('says what came out, on which split, with its interval', () => {
    const { outcome } = aRecord()
    const { ci95, correct, top1, total } = outcome!.prompted
    const interval = ci95.map((bound) => (100 * bound).toFixed(1)).join(' to ')
    expect(row(text, 'with the border')).toEqual([`${(100 * top1).toFixed(1)} % (${interval}; ${correct} of ${total})`])
    expect(text).toContain('accuracy on the test split of Three things')
    expect(text).toContain('accuracy on the validation split')
    expect(text).toContain(`fixed ${outcome!.fixed} images and broke ${outcome!.broken} (McNemar p `)
  })

  it('has a line for each class, whose images add up', () => {
    const classes = ['one', 'two', 'three'].map((name) => row(text, name)!)
    expect(classes.map((cells) => Number(cells[0])).reduce((a, b) => a + b)).toBe(predictions.labels.length)
    // Zero-shot takes every image of class 2 for another.
    expect(classes[2]![1]).toMatch(/^0\.0 % .*; 0 of 20\)$/)
  })

  it('has what it takes to do it again', () => {
    for (const fact of [
      'ab'.repeat(32),
      'cd'.repeat(32),
      'ef'.repeat(32),
      'This is a photo of a {}',
      'drawn with seed 5',
    ]) {
      expect(text).toContain(fact)
    }
    expect(text).toContain('unchanged, sha256')
    expect(text).toContain("```sh\nnpm run demo -- --data 'Three things'")
    expect(row(text, 'seed')).toEqual(['3'])
  })

  it('says so where nothing was measured, or a weight changed', () => {
    const paused = { ...measured({ outcome: null, state: 'paused', step: 4 }), test: null }
    expect(runReport(paused, WRITTEN)).toContain('Not measured: the run is paused at step 4 of 6.')
    const outcome = { ...aRecord().outcome!, frozenSha256After: '0' }
    expect(runReport(measured({ outcome }), WRITTEN)).toContain('**changed**')
  })

  it('of a classifier names its outputs, and no template', () => {
    const model = { ...aRecord().model, kind: 'classifier' as const }
    const text = runReport(measured({ model, outputs: [7, 0, 2], outputLabels: ['a|b', 'tench', 'x'] }), WRITTEN)
    expect(text).toContain('| outputs of the classifier | 7 a\\|b, 0 tench, 2 x |')
    expect(text).not.toContain('| template |')
    expect(text).not.toContain('zero-shot')
  })
})

describe('the report of a comparison', () => {
  const other = measured({ id: 'b', seed: 4, recipe: { ...aRecord().recipe, learningRate: 0.5 } })
  // The other run is wrong on the first ten images.
  const top1 = predictions.prompted.top1.map((label, i) => (i < 10 ? (predictions.labels[i]! + 1) % 3 : label))
  const worse = { ...other, test: { ...predictions, prompted: { ...predictions.prompted, top1 } } }
  const text = comparisonReport([measured(), worse], WRITTEN)

  it('tests the runs against the first, image by image', () => {
    expect(text).toContain('On the 60 images of the test split of Three things')
    const cells = text
      .split('## Against')[1]!
      .split('\n')
      .find((line) => line.startsWith('| Three things, quick, seed 4'))
    // Of the first ten images the first run had nine right.
    expect(cells?.split(' | ').slice(1, 4)).toEqual(['\u221215.0', '0', '9'])
  })

  it('shows what differs, and only that', () => {
    const section = text.split('## What differs')[1]!.split('##')[0]!
    expect(row(section, 'learningRate')).toEqual(['0.1', '0.5'])
    expect(row(section, 'seed')).toEqual(['3', '4'])
    expect(section).not.toContain('batchSize')
    expect(comparisonReport([measured(), measured({ id: 'c' })], WRITTEN)).toContain('Nothing but chance')
  })

  it('makes no test of different images', () => {
    const elsewhere = measured({ id: 'c', task: { ...aRecord().task, fingerprint: '0'.repeat(64) } })
    const text = comparisonReport([measured(), elsewhere], WRITTEN)
    expect(text).toContain('1 of 1 runs answered other images')
    expect(text).not.toContain('Holm-corrected |\n| --- | ---: | ---: | ---: | ---: | ---: |')
  })

  it('gives mean and deviation over seeds', () => {
    const outcome = (correct: number) => {
      const of = aRecord().outcome!
      return { ...of, prompted: { ...of.prompted, correct, top1: correct / 60 } }
    }
    const group = (index: number) => ({ id: 'g', index, of: 2 })
    const runs = [30, 36].map((correct, i) =>
      measured({ id: String(i), seed: i, group: group(i), outcome: outcome(correct) }),
    )
    const section = comparisonReport(runs, WRITTEN).split('## Over seeds')[1]!
    // 50 % and 60 %: mean 55 %, standard deviation 7.07 points.
    expect(row(section, 'Three things, quick')?.slice(0, 3)).toEqual(['0, 1', '55.0 %', '7.1'])
  })

  it('tells runs of one name apart', () => {
    expect(comparisonReport([measured(), measured({ id: 'c' })], WRITTEN)).toContain('seed 3 (2)')
  })
})

describe('names from anywhere', () => {
  it.each([
    ['a|b', 'a\\|b'],
    ['<script>alert(1)</script>', '\\<script\\>alert(1)\\</script\\>'],
    ['[x](javascript:alert(1))', '\\[x\\](javascript:alert(1))'],
    ['# a\n\n## b', '\\# a \\#\\# b'],
    ['**a** `b`', '\\*\\*a\\*\\* \\`b\\`'],
    ['see https://a.b', 'see https\u200b://a.b'],
  ])('%j is text', (text, wanted) => {
    expect(plainText(text)).toBe(wanted)
  })

  it('do not leave their code', () => {
    expect(code('a``b`')).toBe('``` a``b` ```')
    const task = { ...aRecord().task, title: 'x\n```\n# harm', template: '` | {}' }
    const text = runReport(measured({ task }), WRITTEN)
    // The command holds the name whole, within a fence that is longer than any in it.
    const outside = text.replace(/\n````sh\n[^]*?\n````\n/, '')
    expect(outside.split('\n').filter((line) => /^(# |```)/.test(line))).toHaveLength(1)
    expect(row(text, 'template')).toBeDefined()
  })
})
