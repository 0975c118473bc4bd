/** Output mappings in a study: each kind on a classifier whose outputs are known, and on the texts of the embedded model. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadTask } from '../../src/data/load'
import { Random } from '../../src/data/random'
import type { Task } from '../../src/data/task'
import { predictAll } from '../../src/learning/selection'
import { frequencyMapping } from '../../src/methods/fitted-mapping'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { modelFolder } from '../../src/models/files-node'
import { loadModel, type FrozenModel } from '../../src/models/frozen-model'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tensorCount, tf } from '../../src/runtime/tfjs'
import { StudyBench } from '../../src/study/bench'
import type { Contender } from '../../src/study/contender'
import { withMapping } from '../../src/study/on-mapping'
import { cellOf, correctOf, runTrial, type Trial } from '../../src/study/trial'
import { colourSource, platform, RECIPE } from '../lab/tiny-lab'
import { colourClassifier, LABELS } from './colour-classifier'

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

  it('an iterative mapping is that of the prompt as it is at each second epoch, and only then', async () => {
    const { classes, splits } = bench.task
    const classifier = await bench.classifier(16, 'delta', 'open')
    const prompt = new VisualPrompt(classifier, 2, () => 0)
    const about = { random: new Random(1), stepsPerEpoch: 5, recipe: RECIPE }
    const { hooks } = await withMapping(bench, classifier, prompt, { kind: 'iterative', interval: 2 }, about)
    const builder = bench.builder('train', classifier.batchSize)
    // A border so green that most pictures are answered otherwise.
    const turn = (strength: number) => {
      const values = tf.tidy(() =>
        Object.fromEntries(
          Object.entries(prompt.parameters).map(([name, p]) => [
            name,
            tf.keep(tf.mul(tf.onesLike(p), tf.tensor4d([0, strength, -strength], [1, 3, 1, 1]))),
          ]),
        ),
      )
      prompt.setParameters(values)
    }
    const expected = async () => {
      const z = await predictAll({ ...prompt, predict: (batch) => prompt.encode(batch), dispose() {} }, builder)
      const { labels } = splits.train
      return frequencyMapping({ logits: z, outputs: LABELS.length, labels, classes: classes.length }).outputs
    }
    const inUse = async () => {
      const z = await predictAll({ ...prompt, predict: (batch) => prompt.encode(batch), dispose() {} }, builder)
      const mapped = await predictAll(prompt, builder)
      const C = classes.length
      return classes.map((_, c) =>
        LABELS.findIndex((__, k) =>
          splits.train.paths.every((___, i) => Math.abs(z[i * LABELS.length + k]! - mapped[i * C + c]!) < 1e-4),
        ),
      )
    }
    const first = await inUse()
    expect(first).toEqual([4, 2, 3])
    turn(30)
    const next = await expected()
    expect(next).not.toEqual(first)
    for (const made of [0, 1, 5, 9, 11]) {
      await hooks.beforeStep!(made)
      expect(await inUse()).toEqual(first)
    }
    const before = hooks.beside!()
    await hooks.beforeStep!(10)
    expect(await inUse()).toEqual(next)
    before()
    expect(await inUse()).toEqual(first)
    prompt.dispose()
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
