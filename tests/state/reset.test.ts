/** A run is dropped and brought back; a recipe is changed in one thing, and back. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { quick } from '../../src/learning/recipes'
import { setLab } from '../../src/state/connection'
import { livePrompt } from '../../src/state/livePrompt'
import { metrics } from '../../src/state/metrics'
import {
  currentRecipe,
  chooseRecipe,
  initialRun,
  onStatus,
  resetOverride,
  resetRun,
  runStore,
  setOverride,
  setSteps,
  startRun,
  undoReset,
} from '../../src/state/run'
import { initialSession, sessionStore } from '../../src/state/session'
import { ScriptedLab, settle } from './scriptedLab'

let lab: ScriptedLab
beforeEach(() => {
  lab = new ScriptedLab()
  setLab(lab)
  sessionStore.setState(initialSession, true)
  metrics.clear()
  livePrompt.set(null)
  runStore.setState({ ...initialRun, trainingImages: 100 })
})
afterEach(() => {
  runStore.setState(initialRun)
  metrics.clear()
  livePrompt.set(null)
  setLab(null)
})

it('pauses and drops a run, and brings all of it back', async () => {
  runStore.setState({ status: 'learning', step: 3, totalSteps: 9 })
  const figures = { step: [1, 2, 3], loss: [3, 2, 1], learningRate: [1, 1, 1], gradientNorm: [1, 1, 1] }
  metrics.addSteps(figures)
  const prompt = { step: 3, pixels: new Float32Array(3) }
  livePrompt.set(prompt)
  const reset = resetRun()
  onStatus('paused')
  await lab.reply('pause', { step: 3 })
  await reset
  expect(runStore.getState()).toMatchObject({ status: 'idle', step: 0, canUndoReset: true })
  expect(metrics.steps.length).toBe(0)
  expect(livePrompt.get()).toBeNull()

  setSteps(7)
  undoReset()
  expect(runStore.getState()).toMatchObject({ status: 'paused', step: 3, totalSteps: 9, canUndoReset: false })
  expect([...metrics.column('loss')]).toEqual([3, 2, 1])
  expect(livePrompt.get()).toBe(prompt)
  // What was chosen meanwhile for the next run stays chosen.
  expect(currentRecipe().steps).toBe(7)
  undoReset()
  expect(lab.commands).toEqual(['pause'])
})

it('forgets a dropped run when the next one starts, and drops none while it is tested', async () => {
  runStore.setState({ status: 'finished', step: 3 })
  await resetRun()
  void startRun()
  await settle()
  expect(runStore.getState()).toMatchObject({ status: 'starting', canUndoReset: false })
  undoReset()
  expect(runStore.getState().status).toBe('starting')
  runStore.setState({ status: 'testing', busy: false })
  await resetRun()
  expect(runStore.getState().status).toBe('testing')
})

it('changes one thing of a recipe at a time, refuses the impossible, and goes back to what it says', () => {
  setOverride('learningRate', 0.5)
  setOverride('batchSize', 16)
  setOverride('init', 'normal')
  expect(currentRecipe()).toEqual({ ...quick, learningRate: 0.5, batchSize: 16, init: 'normal' })
  for (const bad of [0, -1, NaN, Infinity]) {
    setOverride('learningRate', bad)
    setOverride('steps', bad)
    setOverride('batchSize', bad)
  }
  for (const bad of [0, 0.5, 1]) setOverride('borderFraction', bad)
  expect(currentRecipe()).toEqual({ ...quick, learningRate: 0.5, batchSize: 16, init: 'normal' })
  resetOverride('learningRate')
  expect(currentRecipe()).toEqual({ ...quick, batchSize: 16, init: 'normal' })
  chooseRecipe('paper')
  expect(currentRecipe().batchSize).toBe(256)
})
