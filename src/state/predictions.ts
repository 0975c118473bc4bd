/**
 * Class probabilities of the hung pictures, before and after the border, asked of the lab as the border grows.
 *
 * At most one request is on its way; whatever changed meanwhile (border, strength, pictures) asks once more when it
 * returns, so a dragged slider never queues up work in front of the learning.
 */
import { createStore } from 'zustand/vanilla'
import type { Split } from '../data/task'
import type { PictureInfo, Prediction } from '../lab/protocol'
import { lab } from './connection'
import { livePrompt } from './livePrompt'
import { runStore } from './run'
import { takeDownTestPictures, taskStore } from './task'
import { timelineStore } from './timeline-store'
import { viewStore } from './view'

export interface PredictionsState {
  /** By `pictureKey`. */
  readonly byKey: ReadonlyMap<string, Prediction>
}

export function pictureKey({ split, index }: Pick<PictureInfo, 'split' | 'index'>): string {
  return `${split}/${index}`
}

export const predictionsStore = createStore<PredictionsState>(() => ({ byKey: new Map() }))

let inFlight = false
let stale = false
let timer: ReturnType<typeof setTimeout> | undefined

/** Asks for fresh probabilities soon; many calls become one. */
export function refreshPredictions(delayMs = 120): void {
  clearTimeout(timer)
  timer = setTimeout(() => void ask(), delayMs)
}

async function ask(): Promise<void> {
  if (inFlight) {
    stale = true
    return
  }
  const { pictures, info } = taskStore.getState()
  if (!info || pictures.length === 0 || !livePrompt.get()) return
  inFlight = true
  stale = false
  try {
    const { strength } = viewStore.getState()
    const { shown } = timelineStore.getState()
    const asked = { strength, ...(shown === null ? {} : { at: shown }) }
    const predictions: Prediction[] = []
    for (const [split, indices] of bySplit(pictures)) {
      predictions.push(...(await lab().call('predict', { split, indices, ...asked })))
    }
    if (taskStore.getState().info?.fingerprint === info.fingerprint) {
      predictionsStore.setState({ byKey: new Map(predictions.map((p) => [pictureKey(p), p])) })
    }
  } catch {
    // The lab may be between runs; the next border or the next slider move asks again, and the run reports its own errors.
  } finally {
    inFlight = false
    if (stale) refreshPredictions()
  }
}

function bySplit(pictures: readonly PictureInfo[]): Map<Split, number[]> {
  const groups = new Map<Split, number[]>()
  for (const { split, index } of pictures) groups.set(split, [...(groups.get(split) ?? []), index])
  return groups
}

/** Keeps probabilities in step with pictures, strength, first border and the end of a run. Returns the undoing. */
export function followPredictions(): () => void {
  const undo = [
    taskStore.subscribe((now, before) => {
      if (now.info !== before.info) predictionsStore.setState({ byKey: new Map() })
      if (now.pictures !== before.pictures) refreshPredictions()
    }),
    viewStore.subscribe((now, before) => {
      if (now.strength !== before.strength) refreshPredictions()
    }),
    timelineStore.subscribe((now, before) => {
      if (now.shown !== before.shown) refreshPredictions()
    }),
    runStore.subscribe((now, before) => {
      if (now.validation !== before.validation || now.status !== before.status) refreshPredictions()
      if (now.status === 'starting' && before.status !== 'starting') {
        takeDownTestPictures()
        predictionsStore.setState({ byKey: new Map() })
      }
    }),
  ]
  return () => {
    clearTimeout(timer)
    for (const one of undo) one()
  }
}
