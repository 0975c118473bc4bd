/** The store of the Study view: what is asked of the lab, what a reload remembers, and that it waits for runs and runs for it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { StudyReport } from '../../src/lab/protocol-study'
import { connect } from '../../src/state/connect'
import { runStore } from '../../src/state/run'
import { initialSession, sessionStore } from '../../src/state/session'
import { initialStudy, isStudying, studyStore } from '../../src/state/study-store'
import { chooseMethods, chosenMethods, chooseSeeds, followStudy, startStudy, stopStudy } from '../../src/state/study'
import { initialTask, taskStore } from '../../src/state/task'
import { ScriptedLab, settle } from './scriptedLab'

const REPORT: StudyReport = {
  ...{ methods: [], cells: 5, missing: 5, paces: {}, estimate: { seconds: 0, unknown: 5 }, about: null, lasting: true },
}

let lab: ScriptedLab
let undo: (() => void)[]
beforeEach(() => {
  lab = new ScriptedLab()
  studyStore.setState(initialStudy)
  taskStore.setState({ ...initialTask, info: { fingerprint: 'a' } as never })
  sessionStore.setState({ ...initialSession, model: { kind: 'clip', title: 'Stamp' } as never })
  undo = [connect(lab), followStudy()]
})
afterEach(() => {
  for (const one of undo) one()
  runStore.setState({ status: 'idle' })
  taskStore.setState(initialTask)
  sessionStore.setState(initialSession)
})

const labels = (call: number) => (lab.calls[call]!.body as { methods: { label: string }[] }).methods.map((m) => m.label)

it('asks for the methods of the wall, in its order, with zero-shot whatever is ticked', async () => {
  expect(labels(0)).toEqual(['zero-shot', 'nearest mean', 'linear probe', 'Tip-Adapter', 'border, quick'])
  chooseMethods(['evp', 'k-nearest'], true)
  chooseMethods(['zero-shot', 'nearest-mean', 'padding-quick'], false)
  expect(labels(lab.calls.length - 1)).toEqual([
    ...['zero-shot', 'k nearest neighbours', 'linear probe', 'Tip-Adapter', 'frame (EVP)'],
  ])
  chooseSeeds(3)
  expect(lab.calls.at(-1)!.body).toMatchObject({ seeds: [1, 2, 3] })
})

it('leaves out what reads class names where the model is a classifier', () => {
  sessionStore.setState({ model: { kind: 'classifier', title: 'Net' } as never })
  expect(chosenMethods().map(({ id }) => id)).toEqual(['zero-shot', 'nearest-mean', 'linear-probe', 'padding-quick'])
})

it('only the newest report stands', async () => {
  chooseSeeds(3)
  const [first, second] = lab.calls
  second!.reply({ ...REPORT, cells: 2 })
  first!.reply(REPORT)
  await settle()
  expect(studyStore.getState().report!.cells).toBe(2)
})

it('starts, follows, is stopped, and reads what was measured', async () => {
  await lab.reply('studyReport', REPORT)
  const started = startStudy()
  expect(studyStore.getState().status).toBe('starting')
  expect(isStudying()).toBe(true)
  await lab.reply('study', {})
  await started
  const reports = lab.commands.filter((one) => one === 'studyReport').length
  lab.emit({ type: 'studied', label: 'zero-shot', seed: 1, keeping: null })
  expect(lab.commands.filter((one) => one === 'studyReport')).toHaveLength(reports + 1)
  const refused = { message: 'No.', remedy: 'Leave it out.' }
  lab.emit({ type: 'studyRefused', label: 'CoOp', trouble: refused })
  expect(studyStore.getState().refused).toEqual({ CoOp: refused })
  void stopStudy()
  expect(studyStore.getState().status).toBe('stopping')
  lab.emit({ type: 'studyEnded', how: 'stopped', trouble: null })
  expect(studyStore.getState()).toMatchObject({ status: 'rest', work: null, trouble: null })
})

it('waits while a run is at work, not while it is paused', async () => {
  runStore.setState({ status: 'learning' })
  await startStudy()
  expect(lab.commands).not.toContain('study')
  runStore.setState({ status: 'paused' })
  void startStudy()
  expect(lab.commands).toContain('study')
  const message = 'A run is going on.'
  await lab.refuse('study', new Error(message))
  expect(studyStore.getState()).toMatchObject({ status: 'rest', trouble: { message } })
})
