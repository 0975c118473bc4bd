/** The table of a study: what has been measured in the order asked for, the rest behind it; and one scale for all. */
import { describe, expect, it } from 'vitest'
import type { StudiedMethod } from '../../src/lab/protocol-study'
import { accuracyScale, shortNumber, studyRows, type StudyOrder } from '../../src/state/study-table'
import { OFFERED, type Offered } from '../../src/study/offered'

const chosen: readonly Offered[] = OFFERED.filter(({ family }) => family === 'frozen' || family === 'features')

const found = (label: string, top1: number, more: Partial<StudiedMethod> = {}): StudiedMethod => ({
  ...{ label, seeds: 1, top1, ci95: [top1 - 0.05, top1 + 0.05], deviation: null, gain: null },
  ...{ parameterCount: 0, steps: 0, trainSeconds: 1, imagesPerSecond: 10, validation: 1 - top1, chosen: {} },
  ...more,
})
const METHODS = [
  found('linear probe', 0.7, { parameterCount: 100, trainSeconds: 9 }),
  found('zero-shot', 0.4),
  found('nearest mean', 0.7, { parameterCount: 50 }),
]
const ids = (order: StudyOrder, closed = false) =>
  studyRows(chosen, METHODS, {}, { order, closed }).map(({ offered }) => offered.id)
const UNMEASURED = chosen
  .map(({ id }) => id)
  .filter((id) => !['linear-probe', 'zero-shot', 'nearest-mean'].includes(id))

describe('the rows of a study', () => {
  it('stand in the order asked for; of equals the one before on the wall, and what is not measured last', () => {
    const by = (column: StudyOrder['column'], descending: boolean) => ids({ column, descending })
    expect(by('accuracy', true)).toEqual(['nearest-mean', 'linear-probe', 'zero-shot', ...UNMEASURED])
    expect(by('accuracy', false)).toEqual(['zero-shot', 'nearest-mean', 'linear-probe', ...UNMEASURED])
    expect(by('method', true)).toEqual(['linear-probe', 'nearest-mean', 'zero-shot', ...UNMEASURED])
    expect(by('parameters', false)).toEqual(['zero-shot', 'nearest-mean', 'linear-probe', ...UNMEASURED])
    expect(by('seconds', true)[0]).toBe('linear-probe')
  })

  it('tell nothing of test while it is closed, not even by their order', () => {
    expect(ids({ column: 'accuracy', descending: true }, true)[0]).toBe('zero-shot')
    expect(ids({ column: 'gain', descending: true }, true)[0]).toBe('zero-shot')
    expect(accuracyScale(METHODS, true)).toEqual([0.3, 0.6])
  })

  it('say why a method does not go', () => {
    const trouble = { message: 'No.', remedy: 'Leave it out.' }
    const order = { column: 'accuracy', descending: true } as const
    const rows = studyRows(chosen, METHODS, { 'Tip-Adapter': trouble }, { order, closed: false })
    expect(rows.find(({ refused }) => refused)).toMatchObject({ offered: { id: 'tip-adapter' }, found: null })
  })
})

it('the scale holds all intervals between whole tens of percent', () => {
  expect(accuracyScale(METHODS, false)).toEqual([0.3, 0.8])
  expect(accuracyScale([found('x', 0.97, { ci95: [0.9, 1] })], false)).toEqual([0.9, 1])
  expect(accuracyScale([found('x', 1, { ci95: [1, 1] })], false)).toEqual([0.9, 1])
  expect(accuracyScale([], false)).toEqual([0, 1])
})

it('numbers have as many digits as say something', () => {
  expect([0.004321, 0.42, 3.14, 12.34, 1234.5].map(shortNumber)).toEqual(['0.0043', '0.42', '3.1', '12.3', '1235'])
})
