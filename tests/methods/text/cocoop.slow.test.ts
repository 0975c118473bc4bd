/** CoCoOp on the embedded model: CoOp with a context for each picture; its gradient is its slope; other classes may follow. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../../src/data/random'
import { readParameters, writeParameters } from '../../../src/learning/parameters'
import type { Batch, NamedTensors } from '../../../src/methods/method'
import { CoCoOp, type CoCoOpOptions } from '../../../src/methods/text/cocoop'
import { COCOOP_SETTINGS } from '../../../src/methods/text/cocoop-settings'
import { CoOp } from '../../../src/methods/text/coop'
import { COOP_SETTINGS } from '../../../src/methods/text/coop-settings'
import { COCOOP_NAMES } from '../../../src/methods/text/cocoop-shapes'
import { loadClip, type Clip } from '../../../src/models/clip'
import { modelFolder } from '../../../src/models/files-node'
import type { Engine } from '../../../src/runtime/engine'
import { createNodeEngine } from '../../../src/runtime/node'
import { tf } from '../../../src/runtime/tfjs'

let engine: Engine
let stamp: Clip
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
})
afterAll(() => engine.dispose())

const NAMES = ['red_circle', 'blue star', 'seven']
const [B, D] = [5, 128]
const features = new Random(7).normals(B * D)
const batch: Batch = {
  ...{ pixels: new Float32Array(0), labels: Uint16Array.of(0, 1, 2, 2, 1), count: B },
  weights: Float32Array.of(0.3, 0.1, 0.2, 0.2, 0.2),
}

const open = (more: Partial<CoCoOpOptions> = {}) =>
  CoCoOp.open({
    ...{ engine, clip: stamp, names: NAMES, settings: COCOOP_SETTINGS, features: () => features },
    ...{ random: new Random(2), ...more },
  })

describe('CoCoOp', () => {
  it('with a meta-net of zeros is CoOp', async () => {
    const cocoop = await open()
    const learned = await readParameters(cocoop.parameters)
    const silent = Object.fromEntries(
      COCOOP_NAMES.map((name) => [
        name,
        name === 'ctx' ? learned.ctx! : { ...learned[name]!, data: new Float32Array(learned[name]!.data.length) },
      ]),
    )
    const zeros = await open({ learned: silent })
    const coop = await CoOp.open({
      ...{ engine, clip: stamp, names: NAMES, settings: COOP_SETTINGS, features: () => features },
      ...{ random: new Random(1), context: learned.ctx! },
    })
    const [expected, found, shifted] = [
      await coop.predict(batch),
      await zeros.predict(batch),
      await cocoop.predict(batch),
    ]
    expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 3))
    expect(Math.max(...shifted.map((value, i) => Math.abs(value - expected[i]!)))).toBeGreaterThan(0.01)
    for (const one of [cocoop, zeros, coop]) one.dispose()
  })

  it.each([1e9, 3e6])('has the slope of its loss, within %d bytes', async (budget) => {
    const before = engine.ledger()
    const cocoop = await open({ budget })
    if (budget < 1e8) expect(cocoop.sentences.tower.rows).toBeLessThan(2 * NAMES.length)
    expect(cocoop.parameterCount).toBe(cocoop.parameters.ctx!.size + 128 * 8 + 8 + 8 * 128 + 128)
    const start = await readParameters(cocoop.parameters)
    const { loss, gradient, correct } = await cocoop.lossAndGradient(batch, true)
    const g = await readParameters(gradient)
    tf.dispose([loss, { ...gradient }])
    const lossAt = async (parameters: NamedTensors) => {
      cocoop.setParameters(writeParameters(parameters))
      const found = await cocoop.lossAndGradient(batch)
      const [value] = await found.loss.data()
      tf.dispose([found.loss, { ...found.gradient }])
      return value!
    }
    for (const name of COCOOP_NAMES) {
      const norm = Math.hypot(...g[name]!.data)
      expect(norm).toBeGreaterThan(1e-4)
      const h = 0.003
      const moved = (step: number) => ({
        ...start,
        [name]: { ...start[name]!, data: start[name]!.data.map((x, i) => x + (step * g[name]!.data[i]!) / norm) },
      })
      const slope = ((await lossAt(moved(h))) - (await lossAt(moved(-h)))) / (2 * h)
      expect(Math.abs(slope / norm - 1), name).toBeLessThan(0.02)
    }
    cocoop.setParameters(writeParameters(start))
    const answers = await cocoop.predict(batch)
    const right = Array.from({ length: B }, (_, b) => {
      const row = Array.from(answers.subarray(b * 3, b * 3 + 3))
      return Number(row.indexOf(Math.max(...row)) === batch.labels[b])
    })
    expect(correct).toBe(right.reduce((sum, one) => sum + one, 0))
    cocoop.dispose()
    await Promise.resolve()
    expect(engine.ledger()).toEqual(before)
  })

  it('answers for other classes, and gives a context for each picture', async () => {
    const cocoop = await open()
    const learned = await readParameters(cocoop.parameters)
    const others = await open({ learned, names: ['heart', 'ring'] })
    expect(await others.predict(batch)).toHaveLength(2 * B)
    const image = tf.tensor2d(features.slice(0, D), [1, D])
    const context = cocoop.contextOf(image)
    expect(context.shape).toEqual(learned.ctx!.dims)
    expect(Array.from(await context.data())).not.toEqual(Array.from(learned.ctx!.data))
    tf.dispose([image, context])
    for (const one of [cocoop, others]) one.dispose()
  })
})
