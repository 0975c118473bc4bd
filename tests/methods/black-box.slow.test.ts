/** A prompt learned from answers alone: as PyTorch does it (tools/reference/black_box.py), and towards the true gradient. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../src/data/random'
import type { ImageSet } from '../../src/data/task'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import { Loop } from '../../src/learning/loop'
import { readParameters } from '../../src/learning/parameters'
import { BlackBoxPrompt } from '../../src/methods/black-box-prompt'
import { Classifier, clipClassifier } from '../../src/methods/classifier'
import { spsaRate, SPSA_SETTINGS, spsaSettingsSchema, type SpsaSettings } from '../../src/methods/spsa-settings'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { encodeClasses } from '../../src/models/text'
import type { DesignSettings } from '../../src/prompts/design-settings'
import { openDesign } from '../../src/prompts/pixel-prompt'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'
import { cosine, firstOfEach, readFixture, relative, sampleOf, unpack, type Packed } from './torch-fixture'

interface Fixture {
  readonly task: string
  readonly perClass: number
  readonly batchSize: number
  readonly seed: number
  readonly borderFraction: number
  readonly settings: SpsaSettings
  readonly losses: readonly number[]
  readonly parameters: Readonly<Record<string, Packed>>
}

const fixture = readFixture<Fixture>('black-box')
const { batchSize, borderFraction, seed } = fixture
const common = { space: 'after', clamp: 'none', init: { kind: 'normal', deviation: 1 } } as const

let engine: Engine
let stamp: Clip
let set: ImageSet
let classifier: Classifier
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
  const { template, classes } = await sampleOf(fixture.task)
  const names = classes.map(({ name }) => name)
  set = await firstOfEach(fixture.task, 'train', fixture.perClass, stamp.imageSize)
  const embedded = await encodeClasses(engine, stamp, template, names)
  classifier = await Classifier.open(engine, clipClassifier(stamp, names.length, embedded), batchSize)
})
afterAll(async () => {
  await classifier.dispose()
  await engine.dispose()
})

function promptOf(design: DesignSettings) {
  const random = new Random(seed)
  return new VisualPrompt(classifier, openDesign(design, stamp.imageSize, stamp), () => random.normal())
}

describe('a black-box prompt', () => {
  it('has the losses and the border that PyTorch has, and leaves nothing behind', async () => {
    const settings = spsaSettingsSchema.parse(fixture.settings)
    const before = engine.ledger()
    const prompt = promptOf({ kind: 'padding', borderFraction, ...common })
    const batches = new TrainingBatches(new BatchBuilder(set, stamp, batchSize), { batchSize, maxShift: 0, seed })
    const made = { steps: () => 0 }
    const method = new BlackBoxPrompt(prompt, { settings, seed, classifier, stepsMade: () => made.steps() })
    const { momentum } = settings
    const optimiser = { kind: 'sgd', momentum, nesterov: true, normaliseGradient: false } as const
    const recipe = { optimiser, learningRate: 1, warmupSteps: 0, steps: fixture.losses.length }
    const loop = new Loop({ method, batches, recipe, readEvery: 1, rateAt: (step) => spsaRate(settings, step) })
    made.steps = () => loop.step
    const losses: number[] = []
    while (!loop.done) losses.push(...(await loop.advance()).map(({ loss }) => loss))
    expect(relative(losses, fixture.losses)).toBeLessThan(1e-3)
    const learned = await readParameters(method.parameters)
    for (const [name, expected] of Object.entries(fixture.parameters)) {
      expect(cosine(learned[name]!.data, unpack(expected))).toBeGreaterThan(0.9999)
    }
    loop.dispose()
    method.dispose()
    expect(engine.ledger()).toEqual(before)
  })

  it('estimates the gradient, on the mean', async () => {
    const design: DesignSettings = { kind: 'fixed-patch', sizeFraction: 1 / 64, top: 0.5, left: 0.5, ...common }
    const prompt = promptOf(design)
    const settings = { ...SPSA_SETTINGS, c: 0.05, repeats: 120 }
    const method = new BlackBoxPrompt(prompt, { settings, seed, classifier, stepsMade: () => 0 })
    const [batch] = new BatchBuilder(set, stamp, batchSize).inOrder([0, 7, 14])
    const estimate = await method.lossAndGradient(batch!)
    const exact = await prompt.lossAndGradient(batch!)
    const [a, b] = await Promise.all([estimate, exact].map(({ gradient }) => gradient.patch!.data<'float32'>()))
    expect(cosine(Float32Array.from(a!), Float32Array.from(b!))).toBeGreaterThan(0.95)
    const norm = (x: Float32Array) => Math.hypot(...x)
    expect(norm(a!) / norm(b!)).toBeGreaterThan(0.8)
    expect(norm(a!) / norm(b!)).toBeLessThan(1.25)
    for (const { loss, gradient } of [estimate, exact]) tf.dispose([loss, { ...gradient }])
    method.dispose()
  })
})
