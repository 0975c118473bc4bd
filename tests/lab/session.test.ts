/** The lab without a worker: a whole run over the protocol, pause and single steps, refusals, and a run that fails. */
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../src/models/sha256'
import { TestSplitClosed } from '../../src/lab/holdings'
import { Lab } from '../../src/lab/session'
import type { RunResult } from '../../src/lab/protocol'
import { readFile } from 'node:fs/promises'
import { tensorCount } from '../../src/runtime/tfjs'
import { colourSource, only, openLab, platform, RECIPE } from './tiny-lab'

/** Other test files may have run in this process, and keep tensors of their own. */
const TENSORS_OF_OTHERS = tensorCount()

function withoutTimes({ seconds, secondsPerStep, ...rest }: RunResult): Omit<RunResult, 'seconds' | 'secondsPerStep'> {
  expect(seconds).toBeGreaterThan(0)
  expect(secondsPerStep).toBeGreaterThan(0)
  return rest
}

describe('a run', () => {
  it('reports every step, validates, tests once at the end, and leaves the frozen bytes as they were', async () => {
    const { lab, events } = await openLab()
    const started = await lab.handle('start', { recipe: RECIPE, seed: 3, paused: false })
    expect(started).toEqual({ steps: 6, parameterCount: 12 * 9 * (64 - 9), border: 9 })
    await lab.runEnded()

    expect(only(events, 'failed')).toEqual([])
    expect(only(events, 'steps').flatMap(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
    expect(only(events, 'validation').map(({ step }) => step)).toEqual([0, 2, 4, 6])
    const statuses = only(events, 'status').map(({ status }) => status)
    expect(statuses.slice(-3)).toEqual(['learning', 'testing', 'finished'])
    const testing = events.findIndex((event) => event.type === 'status' && event.status === 'testing')
    expect(events.findIndex((event) => event.type === 'progress' && event.stage === 'test')).toBeGreaterThan(testing)

    const { result } = only(events, 'finished')[0]!
    expect(result).toMatchObject({ stoppedEarly: false, steps: 6, seed: 3, engine: 'node-cpu', model: 'stamp' })
    expect(result.zeroShot.total).toBe(6)
    expect(result.prompted.correct - result.zeroShot.correct).toBe(result.fixed.length - result.broken.length)
    expect(result.prompt).toHaveLength(3 * 64 * 64)
    const vision = await sha256(await readFile('public/models/stamp/onnx/vision_model.onnx'))
    expect([result.frozenSha256Before, result.frozenSha256After]).toEqual([vision, vision])
    // The border is a border: nothing inside its opening.
    expect(result.prompt[32 * 64 + 32]).toBe(0)
    expect(await lab.handle('dispose', {})).toMatchObject({ tfTensors: TENSORS_OF_OTHERS, sessions: 0 })
  })

  it('has a model with a name for files and one for people', async () => {
    const lab = new Lab(platform, () => undefined)
    await lab.handle('initialise', { backend: 'wasm' })
    expect(await lab.handle('loadModel', { id: 'public/models/stamp' })).toMatchObject({
      name: 'stamp',
      title: 'Stamp',
    })
    await lab.handle('dispose', {})
  })

  it('paused, stepped and resumed, gives the result of a run made straight', async () => {
    const straight = await openLab()
    await straight.lab.handle('start', { recipe: RECIPE, seed: 3, paused: false })
    await straight.lab.runEnded()
    await straight.lab.handle('dispose', {})

    const { lab, events } = await openLab()
    await lab.handle('start', { recipe: RECIPE, seed: 3, paused: true })
    expect(await lab.handle('pause', {})).toEqual({ step: 0 })
    expect(await lab.handle('step', {})).toEqual({ step: 1 })
    expect(only(events, 'steps').flatMap(({ step }) => step)).toEqual([1])
    expect(await lab.handle('step', {})).toEqual({ step: 2 })
    // Looking at pictures in between changes nothing.
    await lab.handle('predict', { split: 'val', indices: [0, 3], strength: 0.5 })
    expect(await lab.handle('resume', {})).toEqual({ step: 2 })
    expect((await lab.handle('pause', {})).step).toBeGreaterThanOrEqual(2)
    await lab.handle('resume', {})
    await lab.runEnded()

    const results = [straight.events, events].map((all) => only(all, 'finished')[0]!.result)
    expect(withoutTimes(results[1]!)).toEqual(withoutTimes(results[0]!))
    const losses = [straight.events, events].map((all) => only(all, 'steps').flatMap(({ loss }) => loss))
    expect(losses[1]).toEqual(losses[0])
    await lab.handle('dispose', {})
  })

  it('stopped early, reports the best so far, the steps since the last validation among it', async () => {
    const { lab, events } = await openLab()
    await lab.handle('start', { recipe: { ...RECIPE, steps: 1000, validateEvery: 500 }, seed: 1, paused: true })
    await lab.handle('step', {})
    await lab.handle('stop', {})
    await lab.runEnded()
    expect(only(events, 'validation').map(({ step }) => step)).toEqual([0, 1])
    expect(only(events, 'finished')[0]!.result).toMatchObject({ stoppedEarly: true, steps: 1 })
    await lab.handle('dispose', {})
  })

  it('dropped for another, frees what it held and says nothing more', async () => {
    const { lab, events } = await openLab()
    await lab.handle('start', { recipe: { ...RECIPE, steps: 1000 }, seed: 1, paused: false })
    await lab.handle('start', { recipe: RECIPE, seed: 2, paused: false })
    await lab.runEnded()
    expect(only(events, 'finished').map(({ result }) => result.seed)).toEqual([2])
    expect(await lab.handle('dispose', {})).toMatchObject({ tfTensors: TENSORS_OF_OTHERS, sessions: 0 })
  })

  it('that diverges stops with a sentence and keeps the last good border', async () => {
    const { lab, events } = await openLab()
    const recipe = { ...RECIPE, steps: 50, learningRate: 1e38, optimiser: { ...RECIPE.optimiser } }
    await lab.handle('start', { recipe, seed: 1, paused: false })
    await lab.runEnded()
    expect(only(events, 'finished')).toEqual([])
    const [failed] = only(events, 'failed')
    expect(failed!.message).toMatch(/^Learning stopped at step \d+: .* no longer a finite number\.$/)
    const [picture] = await lab.handle('predict', { split: 'val', indices: [0], strength: 1 })
    expect(picture!.prompted.every((p) => Number.isFinite(p))).toBe(true)
    await lab.handle('dispose', {})
  })
})

describe('pictures', () => {
  it('are spread over the classes, and predicted with any strength', async () => {
    const { lab } = await openLab()
    const pictures = await lab.handle('pictures', { split: 'test', count: 4 })
    expect(pictures.map(({ label }) => label)).toEqual([0, 1, 2, 0])
    expect(pictures[0]!.pixels).toHaveLength(3 * 64 * 64)
    await expect(lab.handle('pictures', { split: 'test', indices: [77] })).rejects.toThrow('no image 77')

    await lab.handle('start', { recipe: { ...RECIPE, init: 'normal' }, seed: 1, paused: true })
    const validation = await lab.handle('pictures', { split: 'val', count: 4 })
    const indices = validation.map(({ index }) => index)
    const [off, on] = [
      await lab.handle('predict', { split: 'val', indices, strength: 0 }),
      await lab.handle('predict', { split: 'val', indices, strength: 1 }),
    ]
    for (const [i, { zeroShot, prompted, label }] of off.entries()) {
      expect(label).toBe(validation[i]!.label)
      expect(zeroShot.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
      prompted.forEach((p, c) => expect(p).toBeCloseTo(zeroShot[c]!, 5))
      expect(on[i]!.zeroShot).toEqual(zeroShot)
      expect(on[i]!.prompted).not.toEqual(prompted)
    }
    await lab.handle('dispose', {})
  })
})

describe('the lab refuses', () => {
  it('every look at test images from the start of a run to its end result', async () => {
    const { lab } = await openLab()
    await lab.handle('start', { recipe: { ...RECIPE, steps: 1000 }, seed: 1, paused: true })
    const looks = [
      () => lab.handle('predict', { split: 'test', indices: [0], strength: 1 }),
      () => lab.handle('pictures', { split: 'test', indices: [0] }),
    ]
    for (const look of looks) await expect(look()).rejects.toBeInstanceOf(TestSplitClosed)
    await lab.handle('step', {})
    for (const look of looks) await expect(look()).rejects.toBeInstanceOf(TestSplitClosed)
    expect(await lab.handle('predict', { split: 'val', indices: [0], strength: 1 })).toHaveLength(1)
    await lab.handle('stop', {})
    await lab.runEnded()
    for (const look of looks) expect(await look()).toHaveLength(1)
    // The next run closes them again.
    await lab.handle('start', { recipe: RECIPE, seed: 2, paused: true })
    for (const look of looks) await expect(look()).rejects.toThrow(/^The test images stay closed/)
    await lab.handle('dispose', {})
  })

  it('to learn before there is a model and a task', async () => {
    const lab = new Lab(platform, () => undefined)
    await expect(lab.handle('pause', {})).rejects.toMatchObject({ name: 'UserError' })
    await expect(lab.handle('start', { recipe: RECIPE, seed: 1, paused: false })).rejects.toThrow('No engine')
    await lab.handle('initialise', { backend: 'wasm' })
    await expect(lab.loadSource(colourSource(5), 0)).rejects.toThrow('No model is loaded yet.')
    await lab.handle('loadModel', { id: 'public/models/stamp' })
    await expect(lab.handle('start', { recipe: RECIPE, seed: 1, paused: false })).rejects.toThrow('No images')
    await expect(lab.handle('loadTask', { kind: 'sample', id: 'no-such' })).rejects.toMatchObject({
      message: 'There is no sample task "no-such".',
    })
    await lab.handle('dispose', {})
  })

  it('a bad folder, and keeps the task it has', async () => {
    const { lab } = await openLab()
    const { files } = colourSource(5)
    const bad = { name: 'one', files: files.filter(({ path }) => path.startsWith('red')), folders: ['red'] }
    await expect(lab.loadSource(bad, 0)).rejects.toMatchObject({ name: 'UserError' })
    expect(await lab.handle('pictures', { split: 'train', count: 3 })).toHaveLength(3)
    await lab.handle('dispose', {})
  })
})
