/** A run from the page's side: what each button asks of the lab, and what its events leave in the stores. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UserError } from '../../src/errors'
import type { Accuracy, RunResult } from '../../src/lab/protocol'
import { announceStore } from '../../src/state/announce'
import { connect } from '../../src/state/connect'
import { livePrompt } from '../../src/state/livePrompt'
import { metrics } from '../../src/state/metrics'
import {
  chooseRecipe,
  currentRecipe,
  initialRun,
  prepareRun,
  runStore,
  setSeed,
  setSteps,
  startRun,
  stepRun,
  stopRun,
  toggleRun,
} from '../../src/state/run'
import { initialSession, sessionStore } from '../../src/state/session'
import { ScriptedLab, settle } from './scriptedLab'

let lab: ScriptedLab
let disconnect: () => void
const run = () => runStore.getState()
const accuracy = (top1: number): Accuracy => ({ correct: top1 * 100, total: 100, top1, ci95: [top1 - 0.1, top1 + 0.1] })

beforeEach(() => {
  runStore.setState(initialRun, true)
  sessionStore.setState(initialSession, true)
  prepareRun(600)
  lab = new ScriptedLab()
  disconnect = connect(lab)
})
afterEach(() => disconnect())

async function begin() {
  const started = startRun()
  await lab.reply('start', { steps: 300, parameterCount: 5940, border: 9 })
  await started
  lab.emit({ type: 'status', status: 'learning' })
}

const steps = (from: number, losses: readonly number[]) =>
  lab.emit({
    type: 'steps',
    step: losses.map((_, i) => from + i),
    loss: losses,
    learningRate: losses.map(() => 0.1),
    gradientNorm: losses.map(() => 1),
    imagesPerSecond: 400,
    etaSeconds: 12,
  })

const result: RunResult = {
  stoppedEarly: false,
  steps: 300,
  bestStep: 250,
  seconds: 12,
  secondsPerStep: 0.04,
  zeroShot: accuracy(0.4),
  prompted: accuracy(0.7),
  fixed: [1, 5],
  broken: [2],
  pValue: 0.01,
  prompt: new Float32Array(12).fill(0.5),
  frozenSha256Before: 'a',
  frozenSha256After: 'a',
  model: 'Stamp',
  template: 'a {}',
  mapping: null,
  seed: 7,
  engine: 'wasm',
}

describe('the recipe', () => {
  it('is quick by default, paper by choice with its length from the task, and takes typed steps and seed', async () => {
    expect(currentRecipe()).toMatchObject({ name: 'quick' })
    expect(currentRecipe(undefined, 'classifier').learningRate).toBeGreaterThan(currentRecipe().learningRate)
    setSteps(50)
    expect(currentRecipe().steps).toBe(50)
    chooseRecipe('paper')
    // 600 images are three batches of 256, a thousand times.
    expect(currentRecipe()).toMatchObject({ name: 'paper', steps: 3000, learningRate: 40, warmupSteps: 1000 })
    setSteps(100)
    expect(currentRecipe()).toMatchObject({ steps: 100, warmupSteps: 50 })
    setSeed(7)
    setSeed(-1)
    setSteps(Number.NaN)
    void startRun()
    expect(lab.calls[0]).toMatchObject({ command: 'start', body: { seed: 7, paused: false, recipe: { steps: 100 } } })
  })
})

describe('buttons', () => {
  it('start, pause, resume: one command each, none while one is unanswered', async () => {
    await begin()
    expect(run()).toMatchObject({ status: 'learning', totalSteps: 300, parameterCount: 5940, border: 9, busy: false })
    void toggleRun()
    void toggleRun()
    void stopRun()
    expect(lab.commands).toEqual(['start', 'pause'])
    await lab.reply('pause', { step: 4 })
    lab.emit({ type: 'status', status: 'paused' })
    expect(run()).toMatchObject({ status: 'paused', step: 4 })
    expect(announceStore.getState().text).toBe('Paused at step 4.')
    void toggleRun()
    expect(lab.commands).toEqual(['start', 'pause', 'resume'])
  })

  it('step from nothing starts paused and makes one step', async () => {
    const stepping = stepRun()
    expect(lab.calls[0]).toMatchObject({ command: 'start', body: { paused: true } })
    lab.emit({ type: 'status', status: 'paused' })
    await lab.reply('start', { steps: 300, parameterCount: 5940, border: 9 })
    expect(lab.commands).toEqual(['start', 'step'])
    await lab.reply('step', { step: 1 })
    await stepping
    expect(run()).toMatchObject({ status: 'paused', step: 1 })
  })

  it('do nothing where they make no sense', async () => {
    await stopRun()
    await begin()
    await startRun()
    await stepRun()
    expect(lab.commands).toEqual(['start'])
  })

  it('a refused start leaves an idle page and the reason', async () => {
    const started = startRun()
    await lab.refuse('start', new UserError('No pictures.', 'Choose some.'))
    await started
    expect(run()).toMatchObject({ status: 'idle', trouble: { message: 'No pictures.', remedy: 'Choose some.' } })
  })

  it('a refused step does not follow a refused start', async () => {
    const stepping = stepRun()
    await lab.refuse('start', new UserError('No pictures.', 'Choose some.'))
    await stepping
    expect(lab.commands).toEqual(['start'])
  })
})

describe('events', () => {
  it('steps go to the metrics, the last one to the store', async () => {
    await begin()
    steps(1, [2, 1.5, 1])
    expect([...metrics.steps.column(0)]).toEqual([1, 2, 3])
    expect([...metrics.steps.column(1)]).toEqual([2, 1.5, 1])
    expect(run()).toMatchObject({ step: 3, imagesPerSecond: 400, etaSeconds: 12 })
  })

  it('validation keeps the best and is announced, but not every few seconds', async () => {
    await begin()
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1e9)
    lab.emit({ type: 'validation', step: 25, accuracy: accuracy(0.6) })
    lab.emit({ type: 'validation', step: 50, accuracy: accuracy(0.5) })
    expect(run().validation).toMatchObject({ step: 50 })
    expect(run().best).toMatchObject({ step: 25 })
    expect(announceStore.getState().text).toBe('Step 25, validation 60.0\u202f%.')
    clock.mockReturnValue(1e9 + 30_000)
    lab.emit({ type: 'validation', step: 50, accuracy: accuracy(0.5) })
    expect(announceStore.getState().text).toBe('Step 50, validation 50.0\u202f%.')
    clock.mockRestore()
    expect([...metrics.validations.column(1)]).toEqual([0.6, 0.5, 0.5])
  })

  it('the end shows the reported border, not the last one', async () => {
    await begin()
    lab.emit({ type: 'prompt', step: 300, pixels: new Float32Array(12) })
    lab.emit({ type: 'finished', result })
    expect(livePrompt.get()).toEqual({ step: 250, pixels: result.prompt })
    expect(run()).toMatchObject({ status: 'finished', result })
    expect(lab.calls.at(-1)).toMatchObject({ command: 'pictures', body: { split: 'test', indices: [1, 5] } })
  })

  it('a failure keeps border, curves and the last good step', async () => {
    await begin()
    steps(1, [2, 1.5])
    lab.emit({ type: 'prompt', step: 2, pixels: new Float32Array(12) })
    lab.emit({ type: 'status', status: 'failed' })
    lab.emit({ type: 'failed', message: 'The loss became NaN.', remedy: 'Lower the rate.', lastGoodStep: 2 })
    expect(run()).toMatchObject({ status: 'failed', lastGoodStep: 2, trouble: { message: 'The loss became NaN.' } })
    expect(metrics.steps.length).toBe(2)
    expect(livePrompt.get()?.step).toBe(2)
  })

  it('a device that is lost is told in a sentence until it is back', async () => {
    await begin()
    const message = 'The graphics device was lost.'
    const sentence = (template: string) => ({ message: template, said: { template, values: [] } })
    const event = { type: 'recovering', cause: 'device-lost', step: 20, attempt: 1, rows: 8 } as const
    lab.emit({ type: 'status', status: 'recovering' })
    lab.emit({ ...event, ...sentence(message), halved: false })
    expect(run()).toMatchObject({
      status: 'recovering',
      recovery: `${message} Going on from step 20 as soon as it is back.`,
    })
    expect(announceStore.getState().text).toBe(run().recovery)
    lab.emit({ ...event, ...sentence('Memory ran out.'), halved: true })
    expect(run().recovery).toBe('Memory ran out. Going on with 8 images at a time.')
    lab.emit({ type: 'status', status: 'learning' })
    expect(run()).toMatchObject({ status: 'learning', recovery: null })
  })

  it('a device lost before learning has begun leaves the start going on', async () => {
    const started = startRun()
    lab.emit({ type: 'status', status: 'recovering' })
    lab.emit({ type: 'status', status: 'idle' })
    expect(run().status).toBe('starting')
    await lab.reply('start', { steps: 10, parameterCount: 5, border: 9 })
    await started
  })

  it('a new start forgets the run before it', async () => {
    await begin()
    steps(1, [2, 1.5])
    lab.emit({ type: 'finished', result })
    void startRun()
    expect(run()).toMatchObject({ status: 'starting', result: null, step: 0 })
    expect(metrics.steps.length).toBe(0)
    expect(livePrompt.get()).toBeNull()
  })

  it('a dead worker ends the run and says so', async () => {
    await begin()
    steps(1, [2])
    lab.die(new UserError('The background worker stopped.', 'Reload the page.'))
    await settle()
    expect(run()).toMatchObject({ status: 'failed', lastGoodStep: 1 })
    expect(sessionStore.getState()).toMatchObject({ phase: 'failed' })
  })
})
