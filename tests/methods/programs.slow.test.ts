/** Unadversarial patches on Stamp: their gradient against differences of the loss, and what they are for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImageSet } from '../../src/data/task'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import { Loop } from '../../src/learning/loop'
import { signSgd } from '../../src/learning/optimiser-groups'
import { sgd } from '../../src/learning/recipes'
import { predictAll } from '../../src/learning/selection'
import { accuracy, argmaxRows } from '../../src/evaluation/accuracy'
import { Classifier, clipClassifier } from '../../src/methods/classifier'
import type { LossAndGradient } from '../../src/methods/method'
import { UnadversarialPatches } from '../../src/methods/unadversarial'
import { UNADVERSARIAL_SETTINGS, type UnadversarialSettings } from '../../src/methods/unadversarial-settings'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { encodeClasses } from '../../src/models/text'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'
import { firstOfEach, sampleOf } from './torch-fixture'

const TASK = 'digits'
const ROWS = 20
let engine: Engine
let stamp: Clip
let set: ImageSet
let classes: number
let classifier: Classifier
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
  const sample = await sampleOf(TASK)
  const names = sample.classes.map(({ name }) => name)
  classes = names.length
  set = await firstOfEach(TASK, 'train', 2, stamp.imageSize)
  const embedded = await encodeClasses(engine, stamp, sample.template, names)
  classifier = await Classifier.open(engine, clipClassifier(stamp, classes, embedded), ROWS, 'pixels')
})
afterAll(async () => {
  await classifier.dispose()
  await engine.dispose()
})

const open = (changes: Partial<UnadversarialSettings> = {}) =>
  new UnadversarialPatches(classifier, stamp, { ...UNADVERSARIAL_SETTINGS, ...changes }, 5)
const builder = () => new BatchBuilder(set, stamp, ROWS)

describe('unadversarial patches', () => {
  it('have the gradient that differences of the loss have', async () => {
    // Nothing is drawn, so that every look sees the same.
    const method = open({ movedShare: 0, patchFraction: 0.2, deviation: 0.05 })
    const [batch] = builder().inOrder()
    const before = engine.ledger()
    const read = async ({ loss, gradient }: LossAndGradient) => {
      const values = { loss: (await loss.data())[0]!, patches: Float32Array.from(await gradient.patches!.data()) }
      tf.dispose([loss, { ...gradient }])
      return values
    }
    const found = await read(await method.lossAndGradient(batch!))
    const direction = found.patches.map((value) => value / Math.hypot(...found.patches))
    const lossAt = async (by: number) => {
      const moved = open({ movedShare: 0, patchFraction: 0.2, deviation: 0.05 })
      const shape = moved.parameters.patches!.shape
      moved.setParameters({
        patches: tf.tidy(() => tf.add(moved.parameters.patches!, tf.mul(tf.tensor(direction, shape), by))),
      })
      const { loss } = await read(await moved.lossAndGradient(batch!))
      moved.dispose()
      return loss
    }
    const slope = ((await lossAt(0.005)) - (await lossAt(-0.005))) / 0.01
    expect(slope / Math.hypot(...found.patches)).toBeCloseTo(1, 2)
    expect(engine.ledger()).toEqual(before)
    method.dispose()
  })

  it('are learned until objects that bear theirs are known, within legal pixels', async () => {
    const method = open({ objects: 'known', movedShare: 0 })
    const right = async () => accuracy(argmaxRows(await predictAll(method, builder()), classes), set.labels).correct
    const before = await right()
    const batches = new TrainingBatches(builder(), { batchSize: ROWS, maxShift: 0, seed: 1 })
    const recipe = { optimiser: sgd, learningRate: 0.05, warmupSteps: 0, steps: 15 }
    const loop = new Loop({ method, batches, recipe, optimiser: signSgd(), rateAt: () => 0.05, readEvery: 1 })
    while (!loop.done) await loop.advance()
    expect(await right()).toBeGreaterThan(Math.max(before + 3, 0.8 * set.count))
    const values = await method.parameters.patches!.data()
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThanOrEqual(1)
    loop.dispose()
    method.dispose()
  })

  it('without the label answer by each patch in turn, whatever the order and whatever the label', async () => {
    const method = open()
    const all = await predictAll(method, builder())
    const [batch] = builder().inOrder([7])
    const alone = await method.predict({ ...batch!, labels: batch!.labels.map(() => 3) })
    alone.forEach((value, c) => expect(value).toBeCloseTo(all[7 * classes + c]!, 3))
    method.dispose()
  })
})
