/** The kept run of the page: what is offered when it opens, going on, and what it fills the page with. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { accuracyOf } from '../../src/evaluation/accuracy'
import type { ModelInfo, TaskInfo } from '../../src/lab/protocol'
import type { RunRecord } from '../../src/records/run-record'
import { connect } from '../../src/state/connect'
import { metrics } from '../../src/state/metrics'
import { outputsOf, outputsStore } from '../../src/state/outputs'
import { initialRun, pauseRun, runStore, stopRun } from '../../src/state/run'
import {
  goOn,
  openKept,
  initialOpenRun,
  lookForUnfinished,
  openRunStore,
  putAside,
  resultOf,
} from '../../src/state/runs'
import { initialSession, sessionStore } from '../../src/state/session'
import { initialTask, taskStore } from '../../src/state/task'
import { sampleCurves, samplePredictions, sampleRecord } from '../records/sample-run'
import { ScriptedLab, settle } from './scriptedLab'

let lab: ScriptedLab
let disconnect: () => void
beforeEach(() => {
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  })
  runStore.setState(initialRun, true)
  sessionStore.setState(initialSession, true)
  taskStore.setState(initialTask, true)
  openRunStore.setState(initialOpenRun, true)
  lab = new ScriptedLab()
  disconnect = connect(lab)
})
afterEach(() => {
  vi.unstubAllGlobals()
  disconnect()
  openRunStore.setState(initialOpenRun, true)
  runStore.setState(initialRun, true)
})

const report = (records: readonly RunRecord[], atWork: readonly string[] = []) => ({
  ...{ records, atWork, broken: [], lasting: true, usedBytes: null, open: null },
})

async function look(records: readonly RunRecord[], atWork: readonly string[] = []) {
  void lookForUnfinished()
  await lab.reply('runs', report(records, atWork))
  return openRunStore.getState().unfinished?.id
}

/** Model and images of the sample record are loaded. */
function loaded(): void {
  const { model, task } = sampleRecord('any')
  sessionStore.setState({ model: { sha256: model.sha256, kind: 'clip' } as ModelInfo })
  taskStore.setState({ info: { fingerprint: task.fingerprint, template: task.template } as TaskInfo })
}

describe('what is offered', () => {
  it('is the newest run that is unfinished and that no page is at work on', async () => {
    const [done, failed] = [sampleRecord('done', { state: 'finished' }), sampleRecord('failed', { state: 'failed' })]
    expect(await look([done, failed])).toBeUndefined()
    const left = [done, sampleRecord('b', { state: 'learning' }), sampleRecord('a')]
    expect(await look(left, ['b'])).toBe('a')
    expect(await look(left)).toBe('b')
  })

  it('is of a group the first that is not done', async () => {
    const of = (id: string, index: number, state: RunRecord['state']) =>
      sampleRecord(id, { state, group: { id: 'g', index, of: 3 } })
    expect(await look([of('z', 2, 'waiting'), of('y', 1, 'learning'), of('x', 0, 'finished')])).toBe('y')
  })

  it('goes away when it is put aside, and when a run begins', async () => {
    await look([sampleRecord('a')])
    putAside()
    expect(openRunStore.getState().unfinished).toBeNull()
    expect(await look([sampleRecord('a'), sampleRecord('older')])).toBeUndefined()
    const later = sampleRecord('b', { updatedAt: '2026-01-02T03:05:00.000Z' })
    expect(await look([sampleRecord('a'), later])).toBe('b')
    lab.emit({ type: 'begun', record: sampleRecord('c'), curves: null })
    expect(openRunStore.getState()).toMatchObject({ unfinished: null, record: { id: 'c' } })
  })
})

describe('going on', () => {
  it('asks the lab at once where model and images are loaded, and fills the curves before the next step', async () => {
    loaded()
    const going = goOn(sampleRecord('a'))
    await settle()
    expect(lab.calls.at(-1)).toMatchObject({ command: 'goOn', body: { id: 'a', paused: false, takeOver: false } })
    lab.emit({ type: 'begun', record: sampleRecord('a'), curves: sampleCurves(12) })
    expect(metrics.steps.length).toBe(12)
    expect([...metrics.column('accuracy')]).toEqual([...sampleCurves(12).steps.accuracy])
    expect([...metrics.column('speed')]).toEqual([...sampleCurves(12).steps.imagesPerSecond])
    expect([...metrics.validations.column(0)]).toEqual([0, 6, 12])
    expect(runStore.getState()).toMatchObject({ status: 'starting', step: 12, totalSteps: 130, seed: 3 })
    lab.emit({ type: 'status', status: 'learning' })
    await lab.reply('goOn', {} as never)
    expect(await going).toBe(true)
    expect(runStore.getState()).toMatchObject({ status: 'learning', busy: false })
  })

  it('can be stopped as soon as it learns, before all of the answer has come', async () => {
    loaded()
    const going = goOn(sampleRecord('a'))
    await settle()
    lab.emit({ type: 'begun', record: sampleRecord('a'), curves: sampleCurves(12) })
    lab.emit({ type: 'status', status: 'learning' })
    const stopping = stopRun()
    await lab.reply('stop', { step: 13 })
    await stopping
    await lab.reply('goOn', {} as never)
    expect(await going).toBe(true)
    expect(runStore.getState()).toMatchObject({ step: 13, busy: false })
  })

  it('the next run of a group, which nobody asked for, can be paused', async () => {
    lab.emit({ type: 'begun', record: sampleRecord('a'), curves: null })
    lab.emit({ type: 'status', status: 'learning' })
    void pauseRun()
    await lab.reply('pause', { step: 14 })
    expect(runStore.getState()).toMatchObject({ step: 14, busy: false })
  })

  it('says what only the person can bring', async () => {
    loaded()
    const { task } = sampleRecord('any')
    const own = sampleRecord('a', { task: { ...task, sample: null, fingerprint: 'other' } })
    const going = goOn(own)
    await lab.reply('runArrangement', { arrangement: null })
    expect(await going).toBe(false)
    expect(openRunStore.getState()).toMatchObject({ missing: ['task'], unfinished: { id: 'a' }, busy: false })
  })

  it('is told when another page takes the run over', () => {
    lab.emit({ type: 'begun', record: sampleRecord('a'), curves: null })
    lab.emit({ type: 'status', status: 'learning' })
    lab.emit({ type: 'taken', record: sampleRecord('a') })
    expect(openRunStore.getState()).toMatchObject({ elsewhere: true })
    expect(runStore.getState().status).toBe('idle')
  })
})

it('a kept run brings the outputs that were chosen for its classes', () => {
  const { model } = sampleRecord('any')
  lab.emit({ type: 'begun', record: sampleRecord('a', { outputs: [5, 2], outputLabels: ['x', 'y'] }), curves: null })
  expect(outputsOf(outputsStore.getState(), 2, model.sha256)).toEqual([5, 2])
  lab.emit({ type: 'begun', record: sampleRecord('b', { outputs: [0, 1], outputLabels: ['x', 'y'] }), curves: null })
  expect(outputsOf(outputsStore.getState(), 2, model.sha256)).toEqual([0, 1])
})

describe('keeping', () => {
  const trouble = { message: 'No room.', remedy: 'Make some.' }
  it('that works again is said no longer; refused for good it is said until the page is left', () => {
    lab.emit({ type: 'begun', record: sampleRecord('a'), curves: null })
    lab.emit({ type: 'keeping', forGood: false, ...trouble })
    expect(openRunStore.getState().keeping).toMatchObject(trouble)
    lab.emit({ type: 'record', record: sampleRecord('a') })
    expect(openRunStore.getState().keeping).toBeNull()
    lab.emit({ type: 'keeping', forGood: true, ...trouble })
    lab.emit({ type: 'record', record: sampleRecord('a') })
    expect(openRunStore.getState().keeping).toMatchObject(trouble)
  })
})

it('a finished run without its images is shown, what it lacks is said, and no other pictures stand for its own', async () => {
  loaded()
  const test = samplePredictions(5)
  const outcome = {
    ...{ stoppedEarly: false, bestStep: 6, seconds: 1, secondsPerStep: 0.1, pValue: 0.5, fixed: 5, broken: 0 },
    ...{ zeroShot: accuracyOf(0, 5), prompted: accuracyOf(5, 5), frozenSha256Before: 'a', frozenSha256After: 'a' },
  }
  const { task } = sampleRecord('any')
  const record = sampleRecord('a', {
    outcome,
    state: 'finished',
    task: { ...task, sample: null, fingerprint: 'other' },
  })
  const opening = openKept(record)
  await lab.reply('runArrangement', { arrangement: null })
  await lab.reply('runs', { records: [], broken: [], lasting: true, usedBytes: null, atWork: [], open: null })
  const border = new Float32Array(3)
  await lab.reply('openRun', { record, curves: sampleCurves(12), border, val: null, test, missing: ['task'], elsewhere: false }) // prettier-ignore
  expect(await opening).toBe(true)
  await settle()
  expect(openRunStore.getState()).toMatchObject({ missing: ['task'], record: { id: 'a' } })
  expect(runStore.getState()).toMatchObject({ status: 'finished', result: { fixed: [0, 1, 2, 3, 4] } })
  expect(metrics.steps.length).toBe(12)
  expect(lab.commands).not.toContain('pictures')
})

it('the result of a kept run counts what its answers say', () => {
  const test = samplePredictions(5)
  const outcome = {
    ...{ stoppedEarly: false, bestStep: 6, seconds: 1, secondsPerStep: 0.1, pValue: 0.5, fixed: 5, broken: 0 },
    ...{ zeroShot: accuracyOf(0, 5), prompted: accuracyOf(5, 5), frozenSha256Before: 'a', frozenSha256After: 'a' },
  }
  const record = sampleRecord('a', { outcome, outputs: [0, 1], outputLabels: ['x', 'y'] })
  const opened = { record, curves: null, border: new Float32Array(3), val: null, test, missing: [], elsewhere: false }
  expect(resultOf(opened, test)).toMatchObject({
    ...{ fixed: [0, 1, 2, 3, 4], broken: [], steps: 12, bestStep: 6 },
    mapping: { kind: 'first', outputs: [0, 1], labels: ['x', 'y'] },
  })
  expect(resultOf({ ...opened, record: sampleRecord('a') }, test)).toBeNull()
})
