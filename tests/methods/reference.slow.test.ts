/**
 * The same algorithm, proven: padding prompt, CoOp and CoCoOp learn on Stamp as an independent implementation in PyTorch does
 * (tools/reference/methods.py), from the same pictures, seeds and settings, step for step.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../src/data/random'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import { Loop } from '../../src/learning/loop'
import { readParameters } from '../../src/learning/parameters'
import { paper, sgd } from '../../src/learning/recipes'
import { Classifier, clipClassifier } from '../../src/methods/classifier'
import type { LearnableMethod } from '../../src/methods/method'
import { CoCoOp } from '../../src/methods/text/cocoop'
import { COCOOP_SETTINGS, COCOOP_TRAINING } from '../../src/methods/text/cocoop-settings'
import type { FeaturesOf } from '../../src/methods/text/image-features'
import { CoOp } from '../../src/methods/text/coop'
import { COOP_SETTINGS, COOP_TRAINING, coopRate, type CoOpSettings } from '../../src/methods/text/coop-settings'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { openInference } from '../../src/models/frozen-graph'
import { encodeClasses } from '../../src/models/text'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { cosine, firstOfEach, readFixture, relative, sampleOf, unpack, type Packed } from './torch-fixture'

const TOLERANCE = 1e-3
const LEAST_COSINE = 0.9999

let engine: Engine
let stamp: Clip
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
})
afterAll(() => engine.dispose())

interface PaddingFixture {
  readonly task: string
  readonly perClass: number
  readonly seed: number
  readonly recipe: { learningRate: number; momentum: number; warmupSteps: number; steps: number; batchSize: number }
  readonly losses: readonly number[]
  readonly parameters: Readonly<Record<string, Packed>>
}

describe('the padding prompt', () => {
  it('has the losses of 100 steps and the border that PyTorch has', async () => {
    const fixture = readFixture<PaddingFixture>('padding')
    const { task, perClass, seed } = fixture
    const { learningRate, momentum, warmupSteps, steps, batchSize } = fixture.recipe
    const { template, classes } = await sampleOf(task)
    const names = classes.map(({ name }) => name)
    const set = await firstOfEach(task, 'train', perClass, stamp.imageSize)
    const embedded = await encodeClasses(engine, stamp, template, names)
    const classifier = await Classifier.open(engine, clipClassifier(stamp, names.length, embedded), batchSize)
    const recipe = { ...paper(set.count), learningRate, warmupSteps, steps, batchSize }
    expect(recipe.optimiser).toEqual({ ...sgd, momentum })
    const random = new Random(seed)
    const method = new VisualPrompt(classifier, Math.round(recipe.borderFraction * stamp.imageSize), () =>
      random.normal(),
    )
    const batches = new TrainingBatches(new BatchBuilder(set, stamp, batchSize), { batchSize, maxShift: 0, seed })
    const loop = new Loop({ method, batches, recipe, readEvery: 1 })
    const losses: number[] = []
    while (loop.step < fixture.losses.length) losses.push(...(await loop.advance()).map(({ loss }) => loss))

    expect(losses).toHaveLength(100)
    expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!)
    expect(relative(losses, fixture.losses)).toBeLessThan(TOLERANCE)
    const border = await readParameters(method.parameters)
    for (const [name, expected] of Object.entries(fixture.parameters)) {
      expect(border[name]!.dims).toEqual(expected.dims)
      expect(cosine(border[name]!.data, unpack(expected))).toBeGreaterThan(LEAST_COSINE)
    }
    loop.dispose()
    method.dispose()
    await classifier.dispose()
  }, 180_000)
})

interface CoOpFixture {
  readonly task: string
  readonly shots: number
  readonly batchSize: number
  readonly epochs: number
  readonly seed: number
  readonly runs: readonly {
    readonly settings: Pick<CoOpSettings, 'position' | 'classSpecific' | 'tokens'>
    readonly losses: readonly number[]
    readonly rates: readonly number[]
    readonly ctx: Packed
  }[]
}

describe('CoOp', () => {
  const fixture = readFixture<CoOpFixture>('coop')
  const { task, shots, batchSize, epochs, seed } = fixture

  it.each(fixture.runs)(
    'has the losses of 100 steps and the context that PyTorch has: $settings',
    async ({ settings, losses: expected, rates, ctx }) => {
      const { classes } = await sampleOf(task)
      const set = await firstOfEach(task, 'train', shots, stamp.imageSize)
      const builder = new BatchBuilder(set, stamp, batchSize)
      const coop = await CoOp.open({
        ...{ engine, clip: stamp, names: classes.map(({ name }) => name), random: new Random(seed) },
        settings: { ...COOP_SETTINGS, ...settings },
        features: await keptFeatures(builder),
      })
      const batches = new TrainingBatches(builder, { batchSize, maxShift: 0, seed })
      const { momentum, weightDecay } = COOP_TRAINING
      const perEpoch = Math.ceil(set.count / batchSize)
      const rate = (step: number) => coopRate(Math.floor(step / perEpoch), epochs)
      rates.forEach((value, step) => expect(rate(step)).toBeCloseTo(value, 9))
      const losses = await learn(coop, batches, perEpoch * epochs, { momentum, weightDecay, rate })
      expect(losses).toHaveLength(100)
      expect(relative(losses, expected)).toBeLessThan(TOLERANCE)
      const learned = await readParameters(coop.parameters)
      expect(learned.ctx!.dims).toEqual(ctx.dims)
      expect(cosine(learned.ctx!.data, unpack(ctx))).toBeGreaterThan(LEAST_COSINE)
      coop.dispose()
    },
    180_000,
  )
})

interface CoCoOpFixture {
  readonly task: string
  readonly perClass: number
  readonly batchSize: number
  readonly seed: number
  readonly losses: readonly number[]
  readonly parameters: Readonly<Record<string, Packed>>
}

describe('CoCoOp', () => {
  it('has the losses, the context and the meta-net that PyTorch has', async () => {
    const fixture = readFixture<CoCoOpFixture>('cocoop')
    const { task, perClass, batchSize, seed } = fixture
    const { classes } = await sampleOf(task)
    const set = await firstOfEach(task, 'train', perClass, stamp.imageSize)
    const builder = new BatchBuilder(set, stamp, batchSize)
    const cocoop = await CoCoOp.open({
      ...{ engine, clip: stamp, names: classes.map(({ name }) => name), random: new Random(seed) },
      ...{ settings: COCOOP_SETTINGS, features: await keptFeatures(builder) },
    })
    const batches = new TrainingBatches(builder, { batchSize, maxShift: 0, seed })
    const { momentum, weightDecay, learningRate } = COCOOP_TRAINING
    const losses = await learn(cocoop, batches, fixture.losses.length, {
      momentum,
      weightDecay,
      rate: () => learningRate,
    })
    expect(relative(losses, fixture.losses)).toBeLessThan(TOLERANCE)
    const learned = await readParameters(cocoop.parameters)
    expect(Object.keys(learned)).toEqual(Object.keys(fixture.parameters))
    for (const [name, expected] of Object.entries(fixture.parameters)) {
      expect(learned[name]!.dims).toEqual(expected.dims)
      expect(cosine(learned[name]!.data, unpack(expected)), name).toBeGreaterThan(LEAST_COSINE)
    }
    cocoop.dispose()
  }, 180_000)
})

interface Training {
  readonly momentum: number
  readonly weightDecay: number
  readonly rate: (step: number) => number
}

/** Losses of so many steps of the loop, by SGD. */
async function learn(method: LearnableMethod, batches: TrainingBatches, steps: number, training: Training) {
  const { momentum, weightDecay, rate } = training
  const optimiser = { ...sgd, momentum, weightDecay }
  // Its own schedule is not asked; one step more than is read, so that the loop is never at its end.
  const recipe = { optimiser, learningRate: 0, warmupSteps: 0, steps: steps + 1 }
  const loop = new Loop({ method, batches, recipe, rateAt: rate, readEvery: 1 })
  const losses: number[] = []
  while (losses.length < steps) losses.push(...(await loop.advance()).map(({ loss }) => loss))
  loop.dispose()
  return losses
}

/** Embeddings of all pictures of a set, encoded once. */
async function keptFeatures(builder: BatchBuilder): Promise<FeaturesOf> {
  const kept = await encodePictures(builder)
  const D = stamp.projectionDim
  return ({ source }) =>
    Float32Array.from([...source!.indices].flatMap((i) => Array.from(kept.subarray(i * D, (i + 1) * D))))
}

/** float32 [count,D] of all pictures. */
async function encodePictures(builder: BatchBuilder): Promise<Float32Array> {
  const session = await openInference(engine, stamp.vision)
  const { imageSize: S, projectionDim: D } = stamp
  const all = new Float32Array(builder.set.count * D)
  let at = 0
  for (const { pixels, count } of builder.inOrder()) {
    const feeds = { pixel_values: { dtype: 'float32', dims: [builder.rows, 3, S, S], data: pixels } } as const
    const found = await session.run(feeds, async (o) => Float32Array.from(await o.image_embeds!.data()))
    all.set(found.subarray(0, count * D), at * D)
    at += count
  }
  await session.dispose()
  return all
}
