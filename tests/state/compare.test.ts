/** Comparing kept answers: read, paired, resampled; refused with the reason; closed while a run on the same images goes on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedPicture } from '../../src/gallery/fixed-data'
import type { TaskInfo } from '../../src/lab/protocol'
import type { RunRecord } from '../../src/records/run-record'
import { compareSides, compareStore, initialCompare, select, selectedImages } from '../../src/state/compare'
import { PictureShelf } from '../../src/state/compare-pictures'
import { sidesOf } from '../../src/state/comparison-sides'
import { setLab } from '../../src/state/connection'
import { initialKeptRuns, keptRunsStore, removeRun, renameRun, restoreRun } from '../../src/state/kept-runs'
import { initialRun, runStore } from '../../src/state/run'
import { initialTask, taskStore } from '../../src/state/task'
import { fakePredictions, fakeRecord, measured } from '../ui/gallery/fakeRuns'
import { ScriptedLab, settle } from './scriptedLab'

const CLASSES = ['a', 'b', 'c']
const run = (id: string, seed: number, change: Partial<RunRecord> = {}) =>
  measured(fakeRecord(CLASSES, { id, seed, ...change }), fakePredictions(3, seed, 20))
const elsewhere = (record: RunRecord) => ({ ...record, task: { ...record.task, fingerprint: 'elsewhere' } })
const records = [run('x', 1), run('y', 2), elsewhere(run('z', 3)), fakeRecord(CLASSES, { id: 'half', state: 'paused' })]
const images = { fingerprint: 'counting' } as TaskInfo
const sides = (query: string) => sidesOf(new URLSearchParams(query))!
const state = () => compareStore.getState()

let lab: ScriptedLab
beforeEach(() => {
  lab = new ScriptedLab()
  setLab(lab)
  keptRunsStore.setState({ ...initialKeptRuns, records, read: true })
  compareStore.setState(initialCompare)
})
afterEach(() => {
  setLab(null)
  runStore.setState(initialRun)
  taskStore.setState(initialTask)
})

const until = async (met: () => boolean) => {
  for (let i = 0; i < 400 && !met(); i++) await settle()
  expect(met()).toBe(true)
}

describe('a comparison', () => {
  it('of one run asks once, and pairs zero-shot with its border', async () => {
    const done = compareSides(sides('a=x'))
    await lab.reply('predictions', { predictions: fakePredictions(3, 1, 20) })
    expect(lab.commands).toEqual(['predictions'])
    expect(state().compared!.report.before.accuracy).toEqual(records[0]!.outcome!.zeroShot)
    expect(state().compared!.report.after.accuracy).toEqual(records[0]!.outcome!.prompted)
    await until(() => state().intervals !== null)
    await done
    const { difference } = state().compared!.report
    const [low, high] = state().intervals!.difference
    expect(low).toBeLessThan(difference)
    expect(high).toBeGreaterThan(difference)
  })

  it('of two runs pairs border with border, and lists the images of a cell', async () => {
    void compareSides(sides('a=x&b=y'))
    await lab.reply('predictions', { predictions: fakePredictions(3, 1, 20) })
    await lab.reply('predictions', { predictions: fakePredictions(3, 2, 20) })
    const compared = state().compared!
    const { outcomes, after } = compared.report
    expect(Object.values(outcomes).flat().length).toBe(60)
    expect(selectedImages(compared, { kind: 'outcome', outcome: 'broken' })).toBe(outcomes.broken)
    const cell = { kind: 'cell', side: 'after', truth: 1, predicted: 2 } as const
    select(cell)
    expect(selectedImages(compared, state().selection).length).toBe(after.confusion[1 * 3 + 2])
    expect(after.confusion[1 * 3 + 2]).toBeGreaterThan(0)
  })

  it('that was called off leaves no trace', async () => {
    void compareSides(sides('a=x'))
    void compareSides(null)
    await lab.reply('predictions', { predictions: fakePredictions(3, 1, 20) })
    expect(state()).toEqual(initialCompare)
  })
})

describe('refused kindly', () => {
  it('are runs on other images, before anything is read', async () => {
    await compareSides(sides('a=x&b=z'))
    expect(state().trouble!.message).toContain('different pictures')
    expect(state().trouble!.remedy).toContain('fingerprint')
    expect(lab.calls).toEqual([])
  })

  it('are runs not measured yet, and runs that are gone', async () => {
    const done = compareSides(sides('a=half'))
    await lab.reply('predictions', { predictions: null })
    await done
    expect(state().trouble!.message).toContain('not been measured')
    await compareSides(sides('a=nobody'))
    expect(state().trouble!.message).toContain('not kept here')
  })

  it('are validation answers to different parts of a split', async () => {
    const done = compareSides(sides('a=x&b=y'), 'val')
    await lab.reply('predictions', { predictions: fakePredictions(3, 1, 20) })
    const part = fakePredictions(3, 2, 20)
    await lab.reply('predictions', { predictions: { ...part, indices: part.indices.map((i) => i + 1) } })
    await done
    expect(state().trouble!.message).toContain('different parts')
  })

  it.each(['learning', 'paused', 'testing'] as const)(
    'is test on the same images while a run is %s',
    async (status) => {
      taskStore.setState({ info: images })
      runStore.setState({ status })
      await compareSides(sides('a=x'))
      expect(lab.calls).toEqual([])
      expect(state().trouble!.message).toContain('stay closed')
      // Other images are no business of the run that goes on, and validation is open.
      void compareSides(sides('a=z'))
      await settle()
      void compareSides(sides('a=x'), 'val')
      await settle()
      expect(lab.calls.map(({ body }) => body)).toEqual([
        { id: 'z', split: 'test' },
        { id: 'x', split: 'val' },
      ])
    },
  )
})

describe('pictures', () => {
  it('asked for in one turn come in one command, each once, and only of the images loaded', async () => {
    taskStore.setState({ info: images })
    const shelf = new PictureShelf('counting', 'test')
    let heard = 0
    shelf.subscribe(() => heard++)
    for (const index of [4, 5, 4]) shelf.want(index)
    await settle()
    expect(lab.calls.map(({ body }) => body)).toEqual([{ split: 'test', indices: [4, 5] }])
    await lab.reply('pictures', [
      { ...fixedPicture(0, 8), index: 4 },
      { ...fixedPicture(1, 8), index: 5 },
    ])
    expect([heard, shelf.get(4)?.index, shelf.get(5)?.index, shelf.get(6)]).toEqual([1, 4, 5, null])
    shelf.want(4)
    new PictureShelf('other', 'test').want(1)
    await settle()
    expect(lab.calls.length).toBe(1)
  })

  it('asked for too early can be asked for again', async () => {
    const shelf = new PictureShelf('counting', 'test')
    shelf.want(3)
    await settle()
    expect(lab.calls).toEqual([])
    taskStore.setState({ info: images })
    shelf.want(3)
    await settle()
    expect(lab.calls.map(({ body }) => body)).toEqual([{ split: 'test', indices: [3] }])
  })

  it('are asked for in further commands when many come into sight', async () => {
    taskStore.setState({ info: images })
    const shelf = new PictureShelf('counting', 'test')
    for (let index = 0; index < 60; index++) shelf.want(index)
    await settle()
    await lab.reply('pictures', [])
    expect(lab.calls.map(({ body }) => (body as { indices: number[] }).indices.length)).toEqual([48, 12])
  })
})

describe('the list of runs', () => {
  it('takes a name, and an empty one back', async () => {
    void renameRun('x', '  Mine ')
    await lab.reply('renameRun', {})
    expect(keptRunsStore.getState().records[0]!.name).toBe('Mine')
    void renameRun('x', '   ')
    await lab.reply('renameRun', {})
    expect(keptRunsStore.getState().records[0]!.name).toBeNull()
  })

  it('removes a run, and brings it back', async () => {
    void removeRun(records[1]!)
    await lab.reply('removeRun', {})
    expect(keptRunsStore.getState().records.map(({ id }) => id)).toEqual(['x', 'z', 'half'])
    expect(keptRunsStore.getState().removed.map(({ id }) => id)).toEqual(['y'])
    void restoreRun(records[1]!)
    await lab.reply('restoreRun', {})
    await lab.reply('runs', { records, broken: [], lasting: true, usedBytes: null, atWork: [], open: null })
    expect(keptRunsStore.getState()).toMatchObject({ records, removed: [] })
  })

  it('says why a run cannot be removed', async () => {
    void removeRun(records[0]!)
    await lab.refuse('removeRun', new Error('it is being learned'))
    expect(keptRunsStore.getState().trouble!.message).toBe('it is being learned')
    expect(keptRunsStore.getState().records.length).toBe(4)
  })
})
