/** A study on the embedded model and plain colours: all methods, resumed, and the same border as a run on the page learns. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadTask } from '../../src/data/load'
import type { Task } from '../../src/data/task'
import { modelFolder } from '../../src/models/files-node'
import { loadModel, type FrozenModel } from '../../src/models/frozen-model'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tensorCount } from '../../src/runtime/tfjs'
import { contenderSchema, type Contender } from '../../src/study/contender'
import type { StudyPlan } from '../../src/study/plan'
import { runStudy, type StudyProgress } from '../../src/study/run-study'
import { correctOf, trialSchema, type Trial } from '../../src/study/trial'
import { colourSource, only, openLab, platform, RECIPE } from '../lab/tiny-lab'

const EACH = 12
const METHODS: Contender[] = [
  { label: 'zero-shot', method: 'zero-shot' },
  { label: 'border', method: 'padding', recipe: RECIPE },
  { label: 'patch', method: 'visual-prompt', design: 'vp-random-patch', recipe: RECIPE, steps: 2 },
  { label: 'frame', method: 'visual-prompt', design: 'evp', recipe: RECIPE, steps: 4, learningRate: 0.05 },
  { label: 'seven', method: 'zero-shot', templates: 'imagenet-7', ensemble: 'probabilities' },
  { label: 'two', method: 'zero-shot', templates: ['a {}', 'the {}'] },
  { label: 'mean', method: 'nearest-mean' },
  { label: 'neighbours', method: 'k-nearest' },
  { label: 'probe', method: 'linear-probe' },
  { label: 'tip', method: 'tip-adapter' },
  { label: 'tip-f', method: 'tip-adapter-f', epochs: 2 },
  { label: 'coop', method: 'coop', tokens: 2, epochs: 2 },
  { label: 'cocoop', method: 'cocoop', epochs: 1, batchSize: 8 },
  { label: 'tpt', method: 'tpt', views: 8, augmix: true },
]
/** Those that begin with the same run of the graph beside each other, so that it is opened once. */
const MORE: Contender[] = [
  { label: 'black box', method: 'black-box', steps: 2, repeats: 1, batchSize: 8 },
  { label: 'reprogrammed', method: 'reprogramming', innerFraction: 0.5, epochs: 1, batchSize: 8 },
  { label: 'patches', method: 'unadversarial', epochs: 1, batchSize: 8 },
  { label: 'best', method: 'best', steps: 2, validateEvery: 1, batchSize: 8 },
  { label: 'acavp', method: 'best', recipe: 'acavp', steps: 2, validateEvery: 1, batchSize: 8 },
  { label: 'joint', method: 'joint', recipe: RECIPE, steps: 2 },
  { label: 'own border', method: 'test-time-visual', views: 8, keep: 0.3 },
  { label: 'tuned', method: 'fine-tune', steps: 2, validateEvery: 1, batchSize: 8 },
  { label: 'circle', method: 'drawn', outside: ['keep', 'blur'], template: 'a {} in a red circle' },
]
const SOME = ['zero-shot', 'border', 'mean', 'neighbours']
const PLAN: StudyPlan = {
  ...{ version: 1, title: 'colours', model: 'public/models/stamp', seeds: [1, 2] },
  ...{ tasks: [{ images: 'colours', splitSeed: 0 }], methods: METHODS },
}

let engine: Engine
let model: FrozenModel
let task: Task
beforeAll(async () => {
  engine = await createNodeEngine()
  model = await loadModel(modelFolder('public/models/stamp'))
  const { imageSize, resize } = model
  task = await loadTask(colourSource(EACH), { decoder: platform.decoder, imageSize, resize, splitSeed: 0 })
})
afterAll(() => engine.dispose())

class Kept {
  readonly done = new Map<string, Trial>()
  readonly order: string[] = []
  readonly openTask = async () => task
  async keep(trial: Trial): Promise<void> {
    this.done.set(trial.key, trialSchema.parse(JSON.parse(JSON.stringify(trial))))
    this.order.push(`${trial.contender.label} ${trial.seed}`)
  }
}

describe('a study', () => {
  it('measures every method, and leaves nothing on the device', async () => {
    const kept = new Kept()
    const told: StudyProgress[] = []
    const tensors = tensorCount()
    const trials = await runStudy(PLAN, kept, { engine, model, onProgress: (progress) => told.push(progress) })
    expect(tensorCount()).toBe(tensors)

    // Twice what draws, once what does not.
    const twice = ['border', 'frame', 'patch', 'tip-f', 'coop', 'cocoop', 'tpt']
    const cells = METHODS.flatMap(({ label }) =>
      twice.includes(label) ? [`${label} 1`, `${label} 2`] : [`${label} 1`],
    )
    expect(kept.order).toEqual(cells)
    expect(told.at(-1)).toMatchObject({ done: cells.length, total: cells.length, etaSeconds: 0 })
    for (const trial of trials) {
      expect(trial.right).toHaveLength(task.splits.test.count)
      expect(trial.testSeconds).toBeGreaterThan(0)
    }
    const of = (label: string) => correctOf(trials.find(({ contender }) => contender.label === label)!)
    // Plain colours are told apart by their features.
    for (const label of ['mean', 'neighbours', 'probe']) expect(of(label)).toBe(task.splits.test.count)
  }, 120_000)

  it('measures prompts of other kinds, and weights', async () => {
    const kept = new Kept()
    const tensors = tensorCount()
    const trials = await runStudy({ ...PLAN, methods: MORE, seeds: [1] }, kept, { engine, model })
    expect(tensorCount()).toBe(tensors)
    expect(kept.order).toEqual(MORE.map(({ label }) => `${label} 1`))
    for (const { contender, parameterCount, right, steps } of trials) {
      expect(right).toHaveLength(task.splits.test.count)
      expect(parameterCount > 0).toBe(contender.method !== 'drawn')
      expect(steps > 0).toBe(contender.method !== 'drawn' && contender.method !== 'test-time-visual')
    }
  }, 120_000)

  it('goes on where it was interrupted, and measures what was added', async () => {
    const kept = new Kept()
    const stop = new AbortController()
    const few = { ...PLAN, methods: METHODS.filter(({ label }) => SOME.includes(label)) }
    const interrupted = runStudy(
      few,
      {
        ...kept,
        openTask: kept.openTask,
        keep: async (trial) => (await kept.keep(trial), stop.abort(new Error('enough'))),
      },
      { engine, model, signal: stop.signal },
    )
    await expect(interrupted).rejects.toThrow('enough')
    expect(kept.order).toEqual(['zero-shot 1'])
    const renamed = few.methods.map((one) => ({ ...one, label: `${one.label}!` }))
    const trials = await runStudy({ ...few, methods: renamed }, kept, { engine, model })
    expect(kept.order).toEqual(['zero-shot 1', 'border! 1', 'border! 2', 'mean! 1', 'neighbours! 1'])
    expect(trials.map(({ contender }) => contender.label)[0]).toBe('zero-shot!')
  }, 60_000)

  it('learns the border that a run on the page learns', async () => {
    const plan = { ...PLAN, methods: METHODS.slice(0, 2), seeds: [3] }
    const [zeroShot, border] = await runStudy(plan, new Kept(), { engine, model })
    const { lab, events } = await openLab(EACH)
    await lab.handle('start', { recipe: RECIPE, seed: 3, paused: false })
    await lab.runEnded()
    const [{ result }] = only(events, 'finished') as [ReturnType<typeof only<'finished'>>[number]]
    await lab.handle('dispose', {})
    expect(border!.chosen.step).toBe(result.bestStep)
    expect(correctOf(border!)).toBe(result.prompted.correct)
    const fixed = [...border!.right].flatMap((one, i) => (one === '1' && zeroShot!.right[i] === '0' ? [i] : []))
    expect(fixed).toEqual(result.fixed)
  }, 60_000)
})

it('settings of methods are checked', () => {
  expect(contenderSchema.safeParse({ label: 'x', method: 'k-nearest', k: 0 }).success).toBe(false)
})
