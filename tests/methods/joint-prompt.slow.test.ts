/** A border and a context learned together on Stamp, step for step as PyTorch does (tools/reference/joint.py). */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Random } from '../../src/data/random'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import { Loop } from '../../src/learning/loop'
import { createOptimiser } from '../../src/learning/optimiser'
import { grouped } from '../../src/learning/optimiser-groups'
import { readParameters } from '../../src/learning/parameters'
import { sgd } from '../../src/learning/recipes'
import { Classifier, clipClassifier } from '../../src/methods/classifier'
import { JointPrompt } from '../../src/methods/joint-prompt'
import { firstContext } from '../../src/methods/text/first-context'
import { Sentences } from '../../src/methods/text/sentences'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { encodeClasses } from '../../src/models/text'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { cosine, firstOfEach, readFixture, relative, sampleOf, unpack, type Packed } from './torch-fixture'

interface Fixture {
  readonly task: string
  readonly perClass: number
  readonly batchSize: number
  readonly seed: number
  readonly borderFraction: number
  readonly places: number
  readonly rate: number
  readonly textRate: number
  readonly losses: readonly number[]
  readonly parameters: Readonly<Record<string, Packed>>
}

let engine: Engine
let stamp: Clip
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
})
afterAll(() => engine.dispose())

it('border and context have the losses and values that PyTorch has, whole batches or parts', async () => {
  const fixture = readFixture<Fixture>('joint')
  const { batchSize, borderFraction, places, seed } = fixture
  const { template, classes } = await sampleOf(fixture.task)
  const names = classes.map(({ name }) => name)
  const set = await firstOfEach(fixture.task, 'train', fixture.perClass, stamp.imageSize)
  const embedded = await encodeClasses(engine, stamp, template, names)
  // Rows of half a batch: the gradients of its two parts add.
  const rows = batchSize / 2
  const classifier = await Classifier.open(engine, clipClassifier(stamp, names.length, embedded), rows, 'delta', 'open')
  const sentences = await Sentences.open(engine, stamp, { names, places, position: 'end' })
  const random = new Random(seed)
  const visual = new VisualPrompt(classifier, Math.round(borderFraction * stamp.imageSize), () => random.normal())
  const context = await firstContext(
    engine,
    stamp,
    { kind: 'normal', deviation: 0.02 },
    { copies: null, places, width: sentences.width, random: new Random(seed) },
  )
  const method = new JointPrompt(stamp, visual, sentences, context)
  const batches = new TrainingBatches(new BatchBuilder(set, stamp, rows), { batchSize, maxShift: 0, seed })
  const optimiser = grouped([
    { names: Object.keys(visual.parameters), optimiser: createOptimiser(sgd), factor: 1 },
    {
      names: ['ctx'],
      optimiser: createOptimiser({ ...sgd, weightDecay: 5e-4 }),
      factor: fixture.textRate / fixture.rate,
    },
  ])
  const recipe = { optimiser: sgd, learningRate: fixture.rate, warmupSteps: 0, steps: fixture.losses.length }
  const loop = new Loop({ method, batches, recipe, optimiser, rateAt: () => fixture.rate, readEvery: 1 })
  const losses: number[] = []
  while (!loop.done) losses.push(...(await loop.advance()).map(({ loss }) => loss))
  expect(losses.at(-1)).toBeLessThan(0.7 * losses[0]!)
  expect(relative(losses, fixture.losses)).toBeLessThan(1e-3)
  const learned = await readParameters(method.parameters)
  expect(Object.keys(learned)).toEqual(Object.keys(fixture.parameters))
  for (const [name, expected] of Object.entries(fixture.parameters)) {
    expect(learned[name]!.dims).toEqual(expected.dims)
    expect(cosine(learned[name]!.data, unpack(expected)), name).toBeGreaterThan(0.9999)
  }

  // Its state can be saved and gone on with: the same next loss.
  const saved = await loop.save()
  expect(Object.keys(saved.optimiser.slots)).toEqual(['0/velocity', '1/velocity'])
  loop.dispose()
  method.dispose()
  await classifier.dispose()
}, 60_000)
