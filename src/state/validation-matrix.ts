/** What the border of the step that is shown takes for what on validation: counts, and a picture of a cell for the wall. */
import { confusion } from '../evaluation/accuracy'
import type { Predictions } from '../records/run-record'
import { lab } from './connection'
import { hangPicture, taskStore } from './task'
import { timelineStore } from './timeline-store'

/** Counts [C,C], row = truth. */
export const matrixOf = ({ labels, prompted }: Predictions, classes: number): Uint32Array =>
  confusion(prompted.top1, labels, classes)

/** Pictures of a cell, as indices into the validation split. */
export const picturesOfCell = (
  { indices, labels, prompted }: Predictions,
  truth: number,
  predicted: number,
): readonly number[] => [...indices].filter((_, row) => labels[row] === truth && prompted.top1[row] === predicted)

/** Hangs a picture of a cell on the wall: the next one that does not hang there yet, else the first. */
export async function hangFromCell(truth: number, predicted: number): Promise<void> {
  const { validation } = timelineStore.getState()
  const { info, pictures } = taskStore.getState()
  if (!validation || !info) return
  const found = picturesOfCell(validation.predictions, truth, predicted)
  const hung = new Set(pictures.flatMap(({ split, index }) => (split === 'val' ? [index] : [])))
  const index = found.find((one) => !hung.has(one)) ?? found[0]
  if (index === undefined) return
  try {
    const [picture] = await lab().call('pictures', { split: 'val', indices: [index] })
    if (picture && taskStore.getState().info === info) hangPicture(picture)
  } catch {
    // Other images are being loaded: the matrix goes with those that it is of.
  }
}
