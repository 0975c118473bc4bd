/** The calibration error of the result that is shown, from the answers that are kept of its run. */
import { createStore } from 'zustand/vanilla'
import { equalWidthBins, expectedCalibrationError, reliability } from '../evaluation/calibration'
import type { PredictedRows } from '../records/run-record'
import { lab } from './connection'
import { runStore } from './run'
import { openRunStore } from './runs'

export interface ResultCalibration {
  /** Id of the run that the result is of. */
  readonly run: string
  /** Expected calibration errors on test, fractions of 1. */
  readonly zeroShot: number
  readonly prompted: number
}

export const resultCalibrationStore = createStore<{ readonly known: ResultCalibration | null }>(() => ({ known: null }))

/** Keeps it in step with the result. Returns the undoing. */
export function followResultCalibration(): () => void {
  let asked: string | null = null
  const update = () => {
    const { record } = openRunStore.getState()
    // The record says so when the answers have been kept.
    const run = runStore.getState().result !== null && record?.outcome ? record.id : null
    if (run === asked) return
    asked = run
    resultCalibrationStore.setState({ known: null })
    if (run === null) return
    measure(run).then(
      (known) => {
        if (asked === run) resultCalibrationStore.setState({ known })
      },
      // The numbers of the result stand without it.
      () => undefined,
    )
  }
  const undo = [runStore.subscribe(update), openRunStore.subscribe(update)]
  update()
  return () => {
    for (const one of undo) one()
  }
}

async function measure(run: string): Promise<ResultCalibration | null> {
  const { predictions } = await lab().call('predictions', { id: run, split: 'test' })
  if (!predictions) return null
  const error = ({ top1, confidence }: PredictedRows) => {
    const right = Array.from(predictions.labels, (label, i) => top1[i] === label)
    return expectedCalibrationError(reliability({ confidence, right }, equalWidthBins(confidence)))
  }
  return { run, zeroShot: error(predictions.zeroShot), prompted: error(predictions.prompted) }
}
