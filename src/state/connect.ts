/** Joins a lab client to the stores: every event goes to the one action that knows what it means. */
import type { LabClient } from '../lab/client'
import type { LabEvent } from '../lab/protocol'
import { followModel } from './check'
import { setLab } from './connection'
import { followGallery } from './gallery'
import { showIntake } from './images-store'
import { livePrompt } from './livePrompt'
import { metrics } from './metrics'
import { followNotice } from './notice'
import { onDownload, recordPace } from './models'
import { followPredictions } from './predictions'
import {
  loseRun,
  onFailed,
  onFinished,
  onPreparation,
  onRecovering,
  onStatus,
  onSteps,
  onValidation,
  onZeroShot,
} from './run'
import { onBegun, onKeeping, onRecord, onTaken } from './runs'
import { loseSession, onGradientCheck, showModelProgress } from './session'
import { followSettings, recallSettings } from './settings'
import { loseStudy, onStudy } from './study-store'
import { showTaskProgress } from './task'
import { followTimeline, onKept } from './timeline'
import { followThumbs } from './timeline-thumbs'
import { troubleIn, troubleOf } from './trouble'
import { loseTuning, onTuning } from './tuning'
import { followWake } from './wake'

/** Returns the disconnection. */
export function connect(client: LabClient): () => void {
  setLab(client)
  recallSettings()
  const undo = [
    client.onEvent(onEvent),
    client.onDeath((error) => {
      const trouble = troubleOf(error)
      loseRun(trouble)
      loseStudy(trouble)
      loseTuning(trouble)
      loseSession(trouble)
    }),
    followPredictions(),
    followGallery(),
    followTimeline(),
    followThumbs(),
    followWake(),
    followNotice(),
    followModel(),
    followSettings(),
  ]
  return () => {
    for (const one of undo) one()
    setLab(null)
  }
}

export function onEvent(event: LabEvent): void {
  switch (event.type) {
    case 'progress':
      if (event.stage === 'model') return showModelProgress(event.done, event.total)
      if (event.stage === 'task') return showTaskProgress(event.done, event.total)
      return onPreparation(event.stage, event.done, event.total)
    case 'intake':
      return showIntake(event)
    case 'download':
      return onDownload(event)
    case 'gradientCheck':
      return onGradientCheck(event)
    case 'zeroShot':
      return onZeroShot(event.accuracy)
    case 'steps': {
      metrics.addSteps(event)
      const step = event.step.at(-1)
      if (step !== undefined) onSteps(step, event.imagesPerSecond, event.etaSeconds)
      return
    }
    case 'validation':
      metrics.addValidation(event.step, event.accuracy)
      return onValidation(event.step, event.accuracy)
    case 'kept':
      return onKept(event.steps)
    case 'begun':
      return onBegun(event.record, event.curves)
    case 'record':
      return onRecord(event.record)
    case 'keeping':
      return onKeeping({ ...troubleIn(event), forGood: event.forGood })
    case 'taken':
      return onTaken(event.record)
    case 'studying':
    case 'studied':
    case 'studyRefused':
    case 'studyEnded':
      return onStudy(event)
    case 'tuning':
      return onTuning(event)
    case 'prompt':
      return livePrompt.set({ step: event.step, pixels: event.pixels })
    case 'status':
      return onStatus(event.status)
    case 'recovering':
      return onRecovering(event)
    case 'finished':
      recordPace(event.result)
      livePrompt.set({ step: event.result.bestStep, pixels: event.result.prompt })
      return onFinished(event.result)
    case 'failed':
      return onFailed(troubleIn(event), event.lastGoodStep, event.cause)
  }
}
