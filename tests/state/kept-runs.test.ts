/** The list of runs follows what the lab tells of them, and what other tabs do to them. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RunRecord } from '../../src/records/run-record'
import { openRunsChannel } from '../../src/records/rows-announced'
import { connect } from '../../src/state/connect'
import { followRuns, initialKeptRuns, keptRunsStore } from '../../src/state/kept-runs'
import { initialOpenRun, openRunStore } from '../../src/state/runs'
import { sampleRecord } from '../records/sample-run'
import { ScriptedLab } from './scriptedLab'

let lab: ScriptedLab
let disconnect: () => void
const other = openRunsChannel()!
beforeEach(() => {
  keptRunsStore.setState(initialKeptRuns, true)
  openRunStore.setState(initialOpenRun, true)
  lab = new ScriptedLab()
  disconnect = connect(lab)
})
afterEach(() => disconnect())

const asked = () => lab.commands.filter((command) => command === 'runs').length
const report = (records: readonly RunRecord[]) =>
  lab.reply('runs', { records, broken: [], lasting: true, usedBytes: null, atWork: [], open: null })
const ids = () => keptRunsStore.getState().records.map(({ id }) => id)
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

it('takes in what is told of a run, but not before the list was read', async () => {
  const unfollow = followRuns()
  const told = (step: number) => lab.emit({ type: 'record', record: sampleRecord('a', { step }) })
  told(1)
  expect(ids()).toEqual([])
  await report([sampleRecord('b')])
  told(2)
  told(3)
  expect(ids()).toEqual(['a', 'b'])
  expect(keptRunsStore.getState().records[0]!.step).toBe(3)
  unfollow()
})

it('reads the runs anew once where another tab has changed some, and not for its own', async () => {
  const unfollow = followRuns()
  await report([])
  other.postMessage({ ids: ['a'] })
  other.postMessage({ ids: ['b'] })
  await expect.poll(asked, { timeout: 2000 }).toBe(2)
  await report([sampleRecord('a'), sampleRecord('b')])
  expect(ids()).toEqual(['a', 'b'])

  openRunStore.setState({ record: sampleRecord('a') })
  other.postMessage({ ids: ['a'] })
  await later(500)
  expect(asked()).toBe(2)

  // Taken over: the other tab learns it now.
  openRunStore.setState({ elsewhere: true })
  other.postMessage({ ids: ['a'] })
  await expect.poll(asked, { timeout: 2000 }).toBe(3)
  await report([sampleRecord('a', { state: 'finished' })])
  expect(keptRunsStore.getState().records).toMatchObject([{ state: 'finished' }])

  unfollow()
  other.postMessage({ ids: ['b'] })
  await later(500)
  expect(asked()).toBe(3)
  other.close()
})
