/** Looking back: one question at a time, the newest wins, and border, predictions and validation follow the same place. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RunResult } from '../../src/lab/protocol'
import type { Moment } from '../../src/lab/protocol-timeline'
import type { Predictions } from '../../src/records/run-record'
import { setLab } from '../../src/state/connection'
import { onEvent } from '../../src/state/connect'
import { livePrompt, shownPrompt } from '../../src/state/livePrompt'
import { initialRun, runStore } from '../../src/state/run'
import { openRunStore } from '../../src/state/runs'
import { followTimeline, goBy, goLive, goTo, goToStart, wantValidation } from '../../src/state/timeline'
import { initialTimeline, timelineStore } from '../../src/state/timeline-store'
import { ScriptedLab, settle } from './scriptedLab'

const border = (value: number) => new Float32Array(12).fill(value)
const moment = (step: number, validation: Predictions | null = null): Moment => ({
  step,
  border: border(step),
  validation,
})
const validated = (step: number) => ({
  step,
  accuracy: { correct: 1, total: 2, top1: 0.5, ci95: [0, 1] as const },
})
const PREDICTIONS = { indices: Uint32Array.of(4) } as unknown as Predictions

let lab: ScriptedLab
let undo: () => void

beforeEach(() => {
  lab = new ScriptedLab()
  setLab(lab)
  undo = followTimeline()
  runStore.setState({ ...initialRun, status: 'learning', step: 10, totalSteps: 40 })
  livePrompt.set({ step: 10, pixels: border(10) })
  onEvent({ type: 'kept', steps: [0, 1, 2, 4, 8, 10] })
})
afterEach(async () => {
  for (const { refuse } of lab.calls) refuse(new Error('over'))
  await settle()
  livePrompt.set(null)
  undo()
  expect(timelineStore.getState()).toEqual(initialTimeline)
  setLab(null)
})

const state = () => timelineStore.getState()
const asked = () => lab.calls.map(({ body }) => (body as { step: number }).step)

it('shows the keyframe at or before a step, and the present again', async () => {
  expect(shownPrompt.get()!.step).toBe(10)
  goTo(7)
  expect(state()).toMatchObject({ at: 7, shown: null })
  expect(asked()).toEqual([4])
  await lab.reply('moment', moment(4))
  expect(state()).toMatchObject({ at: 7, shown: 4 })
  expect(shownPrompt.get()).toEqual({ step: 4, pixels: border(4) })
  // What is learned meanwhile is not shown.
  livePrompt.set({ step: 11, pixels: border(11) })
  expect(shownPrompt.get()!.step).toBe(4)
  goLive()
  expect(state()).toMatchObject({ at: null, shown: null })
  expect(shownPrompt.get()!.step).toBe(11)
  // Remembered: nobody is asked twice.
  goTo(5)
  expect(shownPrompt.get()!.step).toBe(4)
  expect(asked()).toEqual([4])
})

it('asks for one keyframe at a time, and leaves out what was only passed over', async () => {
  for (const step of [1, 2, 8]) goTo(step)
  expect(asked()).toEqual([1])
  await lab.reply('moment', moment(1))
  expect(asked()).toEqual([1, 8])
  expect(shownPrompt.get()!.step).toBe(10)
  await lab.reply('moment', moment(8))
  expect(shownPrompt.get()!.step).toBe(8)
  expect(asked()).toEqual([1, 8])
})

it('goes by keyframes, to the start and over the end into the present', () => {
  goBy(-1)
  expect(state().at).toBe(8)
  goBy(-1)
  expect(state().at).toBe(4)
  goBy(1)
  expect(state().at).toBe(8)
  goBy(1)
  expect(state().at).toBeNull()
  goToStart()
  expect(state().at).toBe(0)
  goBy(-1)
  expect(state().at).toBe(0)
  goTo(10)
  expect(state().at).toBeNull()
  // After the run the present is the border that was kept; the last step is a place of its own.
  runStore.setState({ status: 'finished' })
  goTo(10)
  expect(state().at).toBe(10)
  goBy(1)
  expect(state().at).toBeNull()
})

it('tells what the border of that step answers on validation while somebody wants it', async () => {
  goTo(2)
  expect(lab.calls[0]!.body).toEqual({ step: 2, validation: false })
  await lab.reply('moment', moment(2))
  const enough = wantValidation()
  const another = wantValidation()
  expect(lab.calls[1]!.body).toEqual({ step: 2, validation: true })
  await lab.reply('moment', moment(2, PREDICTIONS))
  const told = { step: 2, predictions: PREDICTIONS }
  expect(state().validation).toEqual(told)
  another()
  another()
  expect(state().validation).toEqual(told)
  enough()
  expect(state().validation).toBeNull()
  expect(lab.calls).toHaveLength(2)
})

it('asks a run whose model or images are not loaded for its borders, and for no answers', async () => {
  openRunStore.setState({ missing: ['model'] })
  const enough = wantValidation()
  goTo(2)
  expect(lab.calls.map(({ body }) => body)).toEqual([{ step: 2, validation: false }])
  await lab.reply('moment', moment(2))
  expect(shownPrompt.get()!.step).toBe(2)
  expect(lab.calls).toHaveLength(1)
  enough()
  openRunStore.setState({ missing: [] })
})

it('in the present, tells those of the last validation while it learns, of the border as it is while it waits, of the kept one after', async () => {
  runStore.setState({ validation: validated(8) })
  const enough = wantValidation()
  expect(lab.calls.map(({ body }) => body)).toEqual([{ step: 8, validation: true }])
  await lab.reply('moment', moment(8, PREDICTIONS))
  // Nothing is measured beside the learning.
  onEvent({ type: 'kept', steps: [0, 1, 2, 4, 8, 10, 11] })
  expect(lab.calls).toHaveLength(1)
  runStore.setState({ status: 'paused' })
  expect(lab.calls[1]!.body).toEqual({ step: 11, validation: true })
  await lab.reply('moment', moment(11, PREDICTIONS))
  expect(state().validation!.step).toBe(11)
  runStore.setState({ status: 'learning', validation: validated(10) })
  expect(lab.calls[2]!.body).toEqual({ step: 10, validation: true })
  await lab.reply('moment', moment(10, PREDICTIONS))
  runStore.setState({ status: 'finished', result: { bestStep: 4 } as RunResult })
  expect(lab.calls[3]!.body).toEqual({ step: 4, validation: true })
  await lab.reply('moment', moment(4, PREDICTIONS))
  expect(state().validation!.step).toBe(4)
  enough()
})

it('leaves answers that are not wanted any longer, and shows the border before its answers', async () => {
  goTo(2)
  await lab.reply('moment', moment(2))
  const enough = wantValidation()
  goTo(5)
  goTo(8)
  expect(lab.commands).toEqual(['moment', 'moment', 'leaveAnswers'])
  await lab.reply('moment', moment(2, null))
  expect(state().validation).toBeNull()
  expect(lab.calls[3]!.body).toEqual({ step: 8, validation: false })
  await lab.reply('moment', moment(8))
  expect(shownPrompt.get()!.step).toBe(8)
  expect(lab.calls[4]!.body).toEqual({ step: 8, validation: true })
  enough()
  expect(lab.commands.at(-1)).toBe('leaveAnswers')
  await lab.reply('moment', moment(8, null))
  expect(lab.calls).toHaveLength(6)
  expect(state().validation).toBeNull()
})

it('drops an answer about a run that is gone, and asks no more after a refusal', async () => {
  goTo(2)
  livePrompt.set(null)
  await lab.reply('moment', moment(2))
  expect(shownPrompt.get()).toBeNull()
  expect(state()).toEqual(initialTimeline)

  livePrompt.set({ step: 10, pixels: border(10) })
  onEvent({ type: 'kept', steps: [0, 2] })
  // Another run's step 2 is another border.
  goTo(2)
  await lab.refuse('moment', new Error('between runs'))
  await settle()
  expect(lab.calls).toHaveLength(2)
  expect(shownPrompt.get()!.step).toBe(10)
})
