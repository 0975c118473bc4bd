/** The table of runs: what is shown of each, order, groups of seeds, and what stays closed. */
import { describe, expect, it } from 'vitest'
import { configDifferences } from '../../src/state/config-difference'
import { pairedGroups } from '../../src/state/paired-groups'
import { shownNumbers, tableEntries, type RunColumn } from '../../src/state/run-table'
import type { RunRecord } from '../../src/records/run-record'
import { fakePredictions, fakeRecord, measured } from '../ui/gallery/fakeRuns'

const CLASSES = ['a', 'b', 'c', 'd', 'e']
const open = () => false
const plain = (id: string, change: Partial<RunRecord> = {}) => fakeRecord(CLASSES, { id, ...change })
const finished = (id: string, seed: number, change: Partial<RunRecord> = {}) =>
  measured(plain(id, { seed, ...change }), fakePredictions(CLASSES.length, seed))
const order = (column: RunColumn, descending = true) => ({ column, descending })
const ids = (records: readonly RunRecord[], column: RunColumn, descending = true, filter = '') =>
  tableEntries(records, { order: order(column, descending), filter, closed: open }).map((entry) =>
    entry.kind === 'run' ? entry.record.id : `group ${entry.id}`,
  )

describe('numbers of a run', () => {
  it('are those on test, with an interval and a test', () => {
    const record = finished('x', 1)
    const shown = shownNumbers(record, open)
    expect(shown).toMatchObject({ split: 'test', closed: false, prompted: record.outcome!.prompted })
    expect(shown.interval![0]).toBeLessThan(shown.difference!)
    expect(shown.interval![1]).toBeGreaterThan(shown.difference!)
  })

  it('are those on validation while test is closed, and before anything was measured', () => {
    const record = finished('x', 1)
    const shut = shownNumbers(record, (fingerprint) => fingerprint === record.task.fingerprint)
    expect(shut).toMatchObject({ split: 'val', closed: true, prompted: record.best!.accuracy, interval: null })
    expect(shownNumbers(plain('y'), open)).toMatchObject({ split: 'val', closed: false, pValue: null })
    expect(shownNumbers(plain('z', { best: null }), open).difference).toBeNull()
  })
})

describe('the table', () => {
  const early = plain('early', { createdAt: '2026-01-01T00:00:00.000Z', seed: 9 })
  const late = plain('late', { createdAt: '2026-02-01T00:00:00.000Z', seed: 3, best: null, zeroShot: null })
  const middle = plain('middle', { createdAt: '2026-01-15T00:00:00.000Z', seed: 3, name: 'Zebra' })

  it('sorts up and down, what is not there last of a falling order', () => {
    expect(ids([early, late, middle], 'created')).toEqual(['late', 'middle', 'early'])
    expect(ids([early, late, middle], 'created', false)).toEqual(['early', 'middle', 'late'])
    expect(ids([late, early, middle], 'prompted')).toEqual(['middle', 'early', 'late'])
    expect(ids([early, late, middle], 'seed', false)).toEqual(['late', 'middle', 'early'])
  })

  it('puts pinned runs first, whatever the order', () => {
    expect(ids([early, { ...middle, pinned: true }, late], 'created')).toEqual(['middle', 'late', 'early'])
  })

  it('finds runs by words of name, pictures, model, recipe, state and seed', () => {
    expect(ids([early, late, middle], 'created', true, 'zebra')).toEqual(['middle'])
    expect(ids([early, late, middle], 'created', true, 'quick SEED 9')).toEqual(['early'])
    expect(ids([early, late, middle], 'created', true, 'nothing')).toEqual([])
  })

  it('gathers seeds of one recipe, with mean and deviation of those measured', () => {
    const group = (index: number) => ({ group: { id: 'g', index, of: 3 } })
    const runs = [finished('b', 2, group(1)), finished('a', 1, group(0)), plain('c', { seed: 3, ...group(2) })]
    const [entry] = tableEntries(runs, { order: order('created'), filter: '', closed: open })
    expect(entry).toMatchObject({ kind: 'group', of: 3, prompted: { n: 2 } })
    if (entry?.kind !== 'group') throw new Error('no group')
    expect(entry.runs.map(({ record }) => record.id)).toEqual(['a', 'b', 'c'])
    const accuracies = runs.flatMap(({ outcome }) => (outcome ? [outcome.prompted.top1] : []))
    expect(entry.prompted!.mean).toBeCloseTo((accuracies[0]! + accuracies[1]!) / 2, 12)
    expect(ids(runs, 'created', true, 'seed 3')).toEqual(['c'])
  })
})

describe('what two groups of seeds say', () => {
  const inGroup = (id: string, seeds: readonly number[]) =>
    seeds.map((seed, index) => finished(`${id}${seed}`, seed, { group: { id, index, of: seeds.length } }))

  it('is paired over the seeds that both have', () => {
    const [first, second] = [inGroup('x', [1, 2, 3]), inGroup('y', [3, 2])]
    const pair = pairedGroups([...second, ...first])!
    const at = (runs: readonly RunRecord[], seed: number) => runs.find((r) => r.seed === seed)!.outcome!.prompted.top1
    expect(pair).toEqual({ a: [at(first, 2), at(first, 3)], b: [at(second, 2), at(second, 3)] })
  })

  it('is nothing for one group, one shared seed, or other images', () => {
    expect(pairedGroups(inGroup('x', [1, 2]))).toBeNull()
    expect(pairedGroups([...inGroup('x', [1, 2]), ...inGroup('y', [2, 3])])).toBeNull()
    const elsewhere = inGroup('y', [1, 2]).map((r) => ({ ...r, task: { ...r.task, fingerprint: 'other' } }))
    expect(pairedGroups([...inGroup('x', [1, 2]), ...elsewhere])).toBeNull()
  })
})

it('lists only the fields of the configuration that differ', () => {
  const a = plain('a')
  const b = plain('b', {
    seed: 2,
    recipe: { ...a.recipe, learningRate: 1, optimiser: { kind: 'sgd', momentum: 0.9, normaliseGradient: false } },
  })
  expect(configDifferences([a, b])).toEqual([
    { field: 'seed', values: ['1', '2'] },
    { field: 'optimiser.kind', values: ['adam', 'sgd'] },
    { field: 'optimiser.beta1', values: ['0.9', '\u2013'] },
    { field: 'optimiser.beta2', values: ['0.999', '\u2013'] },
    { field: 'optimiser.epsilon', values: ['1e-8', '\u2013'] },
    { field: 'learningRate', values: ['0.1', '1'] },
    { field: 'optimiser.momentum', values: ['\u2013', '0.9'] },
    { field: 'optimiser.normaliseGradient', values: ['\u2013', 'false'] },
  ])
  expect(configDifferences([a, a])).toEqual([])
})
