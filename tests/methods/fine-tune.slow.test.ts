/** All weights of Stamp's image tower learned, step for step as PyTorch does it (tools/reference/fine_tune.py). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImageSet } from '../../src/data/task'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import { Loop } from '../../src/learning/loop'
import { readParameters } from '../../src/learning/parameters'
import { sgd } from '../../src/learning/recipes'
import { clipClassifier, type FrozenClassifier } from '../../src/methods/classifier'
import { FineTune } from '../../src/methods/fine-tune'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { encodeClasses } from '../../src/models/text'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'
import { firstOfEach, readFixture, relative, sampleOf } from './torch-fixture'

interface Fixture {
  readonly task: string
  readonly perClass: number
  readonly batchSize: number
  readonly seed: number
  readonly rate: number
  readonly losses: readonly number[]
  readonly weights: Readonly<
    Record<string, { dims: readonly number[]; gradient: number; way: number; some: readonly number[] }>
  >
}
const fixture = readFixture<Fixture>('fine-tune')
const { batchSize, seed, rate } = fixture

let engine: Engine
let stamp: Clip
let set: ImageSet
let frozen: FrozenClassifier
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
  const { template, classes } = await sampleOf(fixture.task)
  const names = classes.map(({ name }) => name)
  set = await firstOfEach(fixture.task, 'train', fixture.perClass, stamp.imageSize)
  frozen = clipClassifier(stamp, names.length, await encodeClasses(engine, stamp, template, names))
})
afterAll(() => engine.dispose())

const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))

describe('fine-tuning', () => {
  it('has the losses, the gradients and the weights that PyTorch has', async () => {
    const before = engine.ledger()
    const method = await FineTune.open({ engine, frozen, batchSize })
    const batches = new TrainingBatches(new BatchBuilder(set, stamp, batchSize), { batchSize, maxShift: 0, seed })
    const first = await readParameters(method.parameters)
    expect(Object.keys(first).sort()).toEqual(Object.keys(fixture.weights).sort())
    const state = batches.getState()
    const [batch] = batches.next()
    batches.setState(state)
    const { loss, gradient } = await method.lossAndGradient(batch!)
    const gradients = await readParameters(gradient)
    tf.dispose([loss, { ...gradient }])
    // Of a few the gradient is nothing but rounding: the bias of keys moves no softmax.
    const largest = Math.max(...Object.values(fixture.weights).map((one) => one.gradient))
    for (const [name, expected] of Object.entries(fixture.weights)) {
      expect(gradients[name]!.dims).toEqual(expected.dims)
      expect(Math.abs(norm(gradients[name]!.data) - expected.gradient), name).toBeLessThan(
        1e-3 * expected.gradient + 1e-6 * largest,
      )
    }

    const recipe = { optimiser: sgd, learningRate: rate, warmupSteps: 0, steps: fixture.losses.length }
    const loop = new Loop({ method, batches, recipe, rateAt: () => rate, readEvery: 1 })
    const losses: number[] = []
    while (!loop.done) losses.push(...(await loop.advance()).map((report) => report.loss))
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!)
    expect(relative(losses, fixture.losses)).toBeLessThan(1e-3)
    const last = await readParameters(method.parameters)
    const longest = Math.max(...Object.values(fixture.weights).map((one) => one.way))
    for (const [name, expected] of Object.entries(fixture.weights)) {
      const moved = last[name]!.data.map((value, i) => value - first[name]!.data[i]!)
      expect(Math.abs(norm(moved) - expected.way), name).toBeLessThan(2e-3 * expected.way + 1e-5 * longest)
      const step = Math.max(1, Math.floor(moved.length / 4))
      expected.some.forEach((value, i) =>
        expect(Math.abs(moved[i * step]! - value), name).toBeLessThan(
          5e-3 * Math.abs(value) + 1e-4 * expected.way + 1e-7,
        ),
      )
    }
    loop.dispose()
    method.dispose()
    await engine.idle()
    expect(engine.ledger().tfTensors).toBe(before.tfTensors)
  }, 60_000)

  it('at no strength is the model as it came, and between is between', async () => {
    const method = await FineTune.open({ engine, frozen, batchSize })
    const [batch] = new BatchBuilder(set, stamp, batchSize).inOrder()
    const bare = await method.predict(batch!)
    const moved = tf.tidy(() =>
      Object.fromEntries(Object.entries(method.parameters).map(([name, w]) => [name, tf.mul(w, 1.05)])),
    )
    method.setParameters(moved)
    const far = (a: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - bare[i]!)))
    expect(far(await method.predict(batch!, 0))).toBeLessThan(1e-4)
    const [half, whole] = [far(await method.predict(batch!, 0.5)), far(await method.predict(batch!))]
    expect(half).toBeGreaterThan(1e-2)
    expect(whole).toBeGreaterThan(half)
    method.dispose()
  })

  it('is refused with its estimate where it does not fit', async () => {
    await expect(FineTune.open({ engine, frozen, batchSize, budget: 20e6 })).rejects.toThrow(
      /all 914096 weights .* takes about [3-9]\d MB of memory, and 20 MB/,
    )
  })
})
