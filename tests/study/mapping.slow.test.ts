/** Output mappings in a study: each kind on a classifier whose outputs are known, and on the texts of the embedded model. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadTask } from '../../src/data/load'
import type { Task } from '../../src/data/task'
import { modelFolder } from '../../src/models/files-node'
import { loadModel, type FrozenModel } from '../../src/models/frozen-model'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tensorCount } from '../../src/runtime/tfjs'
import { StudyBench } from '../../src/study/bench'
import type { Contender } from '../../src/study/contender'
import { cellOf, correctOf, runTrial, type Trial } from '../../src/study/trial'
import { colourSource, platform, RECIPE } from '../lab/tiny-lab'
import { colourClassifier } from './colour-classifier'

let engine: Engine
beforeAll(async () => {
  engine = await createNodeEngine()
})
afterAll(() => engine.dispose())

async function coloursFor({ imageSize, resize }: FrozenModel): Promise<Task> {
  return loadTask(colourSource(12), { decoder: platform.decoder, imageSize, resize, splitSeed: 0 })
}

const alone = (mapping: Extract<Contender, { method: 'output-mapping' }>['mapping']): Contender => ({
  ...{ label: mapping.kind, method: 'output-mapping', mapping },
})
const prompted = (mapping: Extract<Contender, { method: 'visual-prompt' }>['mapping']): Contender => ({
  ...{ label: 'prompt', method: 'visual-prompt', design: 'ilm-vp', recipe: RECIPE, steps: 6, learningRate: 0.02 },
  ...(mapping && { mapping }),
})

const NAMED = { blue: 'blue', green: 'green', red: 'red' }
const SWAPPED = { blue: 'green', green: 'red', red: 'blue' }

describe('on a classifier of colours', () => {
  let bench: StudyBench
  let total: number
  beforeAll(async () => {
    const model = await colourClassifier()
    bench = new StudyBench(engine, model, await coloursFor(model))
    total = bench.task.splits.test.count
  })
  afterAll(() => bench.dispose())
  const measured = async (contender: Contender): Promise<Trial> => runTrial(bench, cellOf(bench, contender, 1))

  it.each([
    ['chosen', { kind: 'chosen', outputs: NAMED }],
    ['frequency', { kind: 'frequency' }],
    ['bayesian', { kind: 'bayesian' }],
    ['bayesian-plus', { kind: 'bayesian-plus' }],
  ] as const)('%s alone is right about every picture', async (_, mapping) => {
    expect(correctOf(await measured(alone(mapping)))).toBe(total)
  })

  it('swapped alone is wrong about every picture, and first outputs are wrong about most', async () => {
    expect(correctOf(await measured(alone({ kind: 'chosen', outputs: SWAPPED })))).toBe(0)
    const first = correctOf(await measured(alone({ kind: 'first' })))
    expect(first).toBeLessThan(total)
    expect(correctOf(await measured({ label: 'bare', method: 'zero-shot' }))).toBe(first)
  })

  it('a prompt is learned with each, the session is opened anew where it must be, and nothing is left', async () => {
    await bench.dispose()
    const before = tensorCount()
    for (const mapping of [
      { kind: 'chosen', outputs: NAMED },
      { kind: 'frequency' },
      { kind: 'iterative', interval: 2 },
      { kind: 'bayesian' },
      { kind: 'bayesian-plus' },
    ] as const) {
      const trial = await measured(prompted(mapping))
      expect([mapping.kind, correctOf(trial)]).toEqual([mapping.kind, total])
    }
    // After a mapping the classifier answers by its first outputs again.
    const bare = correctOf(await measured({ label: 'bare', method: 'zero-shot' }))
    expect(bare).toBeLessThan(total)
    await bench.dispose()
    expect(tensorCount()).toBe(before)
  })

  it('a linear layer learns what the outputs mean', async () => {
    const first = await measured(prompted(undefined))
    const linear: Contender = { ...prompted({ kind: 'linear', rate: 0.2 }), steps: 30 } as Contender
    const trial = await measured(linear)
    expect(trial.parameterCount).toBe(first.parameterCount + 7 * 3)
    expect(correctOf(trial)).toBe(total)
  })

  it('random outputs are drawn by the seed', async () => {
    const of = async (seed: number) => (await runTrial(bench, cellOf(bench, alone({ kind: 'random' }), seed))).right
    const all = await Promise.all([1, 2, 3, 4, 5, 6].map(of))
    expect(new Set(all).size).toBeGreaterThan(1)
  })
})

describe('on the texts of a CLIP', () => {
  it('mappings are found among 81 templates, and a prompt learned with them', async () => {
    const model = await loadModel(modelFolder('public/models/stamp'))
    const bench = new StudyBench(engine, model, await coloursFor(model))
    const before = tensorCount()
    try {
      const measured = async (contender: Contender) => runTrial(bench, cellOf(bench, contender, 1))
      const total = bench.task.splits.test.count
      const texts = await measured(alone({ kind: 'frequency' }))
      const swapped = await measured(alone({ kind: 'swapped' }))
      const bare = await measured({ label: 'bare', method: 'zero-shot' })
      expect(correctOf(swapped) + correctOf(bare)).toBeLessThanOrEqual(total)
      expect(correctOf(texts)).toBeGreaterThanOrEqual(correctOf(bare))
      for (const mapping of [{ kind: 'iterative' }, { kind: 'bayesian' }, { kind: 'linear' }] as const) {
        const trial = await measured(prompted(mapping))
        expect(correctOf(trial)).toBeGreaterThan(total / 3)
      }
    } finally {
      await bench.dispose()
    }
    expect(tensorCount()).toBe(before)
  }, 60_000)
})
