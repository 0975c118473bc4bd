/** The matrix of a step: counts by truth and answer, and pictures of its cells for the wall. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { PictureInfo, TaskInfo } from '../../src/lab/protocol'
import type { Predictions } from '../../src/records/run-record'
import { setLab } from '../../src/state/connection'
import { initialTask, taskStore } from '../../src/state/task'
import { initialTimeline, timelineStore } from '../../src/state/timeline-store'
import { hangFromCell, matrixOf, picturesOfCell } from '../../src/state/validation-matrix'
import { ScriptedLab } from './scriptedLab'

const rows = (top1: number[]) => ({
  top1: Uint16Array.from(top1),
  confidence: new Float32Array(top1.length),
  ofTruth: new Float32Array(top1.length),
})
/** Of a large split only some are asked: rows are not indices. */
const PREDICTIONS: Predictions = {
  indices: Uint32Array.of(3, 8, 9, 20),
  labels: Uint16Array.of(0, 0, 1, 0),
  paths: ['a', 'b', 'c', 'd'],
  zeroShot: rows([0, 0, 0, 0]),
  prompted: rows([1, 0, 1, 1]),
}
const picture = (index: number): PictureInfo => ({ split: 'val', index, path: '', label: 0, pixels: new Uint8Array() })

let lab: ScriptedLab
beforeEach(() => {
  lab = new ScriptedLab()
  setLab(lab)
  taskStore.setState({ ...initialTask, info: {} as TaskInfo, pictures: [picture(3)] })
  timelineStore.setState({ validation: { step: 2, predictions: PREDICTIONS } })
})
afterEach(() => {
  taskStore.setState(initialTask)
  timelineStore.setState(initialTimeline)
  setLab(null)
})

it('counts what the border answers, not what was answered without', () => {
  expect([...matrixOf(PREDICTIONS, 2)]).toEqual([1, 2, 0, 1])
  expect(picturesOfCell(PREDICTIONS, 0, 1)).toEqual([3, 20])
})

it('hangs the next picture of a cell, and nothing of an empty one', async () => {
  const hanging = hangFromCell(0, 1)
  expect(lab.calls[0]!.body).toEqual({ split: 'val', indices: [20] })
  await lab.reply('pictures', [picture(20)])
  await hanging
  expect(taskStore.getState().pictures.map(({ index }) => index)).toEqual([3, 20])
  await hangFromCell(1, 0)
  expect(lab.calls).toHaveLength(1)
})
