/** Outputs of a classifier chosen for the classes: kept apart, told to the lab, forgotten with what they were chosen for. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connect } from '../../src/state/connect'
import { chooseOutput, outputsForStart, outputsOf, outputsStore } from '../../src/state/outputs'
import { initialRun, prepareRun, runStore, startRun } from '../../src/state/run'
import { initialSession, sessionStore } from '../../src/state/session'
import { sampleRecord } from '../records/sample-run'
import { matchingOutputs } from '../../src/ui/task/matchingOutputs'
import { ScriptedLab } from './scriptedLab'

const LABELS = ['ash', 'beech', 'cedar', 'dogwood', 'elm', 'great ash']
const classifier = (sha256: string) => ({
  ...{ ...sampleRecord('a run').model, kind: 'classifier' as const, labels: LABELS, bytes: 0, checks: [], sha256 },
})

let lab: ScriptedLab
let disconnect: () => void
beforeEach(() => {
  runStore.setState(initialRun, true)
  sessionStore.setState({ ...initialSession, model: classifier('one') }, true)
  prepareRun(10)
  lab = new ScriptedLab()
  disconnect = connect(lab)
})
afterEach(() => disconnect())

const now = () => outputsOf(outputsStore.getState(), 3, 'one')

it('are the first ones, and then nothing is told', () => {
  expect(now()).toEqual([0, 1, 2])
  void startRun()
  expect(lab.calls.at(-1)!.body).not.toHaveProperty('outputs')
})

it('are told when a run is started', () => {
  chooseOutput(1, 4, 3)
  expect(now()).toEqual([0, 4, 2])
  void startRun()
  expect(lab.calls.at(-1)).toMatchObject({ command: 'start', body: { outputs: [0, 4, 2] } })
})

it('change places, so that none stands for two classes', () => {
  chooseOutput(0, 2, 3)
  expect(now()).toEqual([2, 1, 0])
  chooseOutput(0, 0, 3)
  expect(now()).toEqual([0, 1, 2])
  expect(outputsForStart()).toEqual({})
})

it('are no others than the classifier has', () => {
  for (const output of [-1, 6]) chooseOutput(0, output, 3)
  expect(now()).toEqual([0, 1, 2])
})

it('are forgotten with the task, and hold for one classifier and as many classes', () => {
  chooseOutput(0, 5, 3)
  expect(outputsOf(outputsStore.getState(), 2, 'one')).toEqual([0, 1])
  sessionStore.setState({ model: classifier('two') })
  expect(outputsForStart()).toEqual({})
  sessionStore.setState({ model: classifier('one') })
  expect(outputsForStart()).toEqual({ outputs: [5, 1, 2] })
  prepareRun(10)
  expect(outputsForStart()).toEqual({})
})

it('are found by a part of their name, or by their number', () => {
  const found = (typed: string) => matchingOutputs(LABELS, typed).map((id) => LABELS[id])
  expect(found('')).toEqual(LABELS)
  expect(found(' ASH')).toEqual(['ash', 'great ash'])
  expect(found('e')).toEqual(['elm', 'beech', 'cedar', 'great ash'])
  expect(found('3')).toEqual(['dogwood'])
  expect(found('oak')).toEqual([])
})
