/** The calibration line of the result: from the kept answers of its run, once they are kept, and gone with it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { compareAnswers } from '../../src/evaluation/comparison'
import type { RunResult } from '../../src/lab/protocol'
import { setLab } from '../../src/state/connection'
import { followResultCalibration, resultCalibrationStore } from '../../src/state/result-calibration'
import { initialRun, runStore } from '../../src/state/run'
import { initialOpenRun, openRunStore } from '../../src/state/runs'
import { fakePredictions, fakeRecord, measured } from '../ui/gallery/fakeRuns'
import { ScriptedLab } from './scriptedLab'

const predictions = fakePredictions(3, 1, 20)
const record = fakeRecord(['a', 'b', 'c'], { id: 'x' })
const known = () => resultCalibrationStore.getState().known

let lab: ScriptedLab
let undo: () => void
beforeEach(() => {
  lab = new ScriptedLab()
  setLab(lab)
  undo = followResultCalibration()
})
afterEach(() => {
  undo()
  setLab(null)
  runStore.setState(initialRun)
  openRunStore.setState(initialOpenRun)
})

it('asks once the run is measured and kept, and shows the errors of both sides', async () => {
  openRunStore.setState({ record })
  runStore.setState({ result: {} as RunResult })
  expect(lab.calls).toEqual([])
  openRunStore.setState({ record: measured(record, predictions) })
  expect(lab.calls.map(({ command, body }) => [command, body])).toEqual([['predictions', { id: 'x', split: 'test' }]])
  await lab.reply('predictions', { predictions })
  const { labels, zeroShot, prompted } = predictions
  const report = compareAnswers(labels, 3, zeroShot, prompted)
  expect(known()).toEqual({ run: 'x', zeroShot: report.before.ece, prompted: report.after.ece })
  runStore.setState({ result: null })
  expect(known()).toBeNull()
})

it('shows nothing where an answer comes for a result that is gone', async () => {
  runStore.setState({ result: {} as RunResult })
  openRunStore.setState({ record: measured(record, predictions) })
  runStore.setState({ result: null })
  await lab.reply('predictions', { predictions })
  expect(known()).toBeNull()
})
