/** The benchmark's contenders compute the same loss and the same gradient: else their times could not be set side by side. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { engineContender, type Comparable } from '../../tools/bench/engine-contender'
import { jaxContender } from '../../tools/bench/jax-contender'
import { tfjsContender } from '../../tools/bench/tfjs-contender'
import { clipVision } from '../support/clip-generator'
import { relativeDistance, type StepValues } from '../support/training-case'

const TOWER = { image: 16, patch: 8, width: 32, layers: 2, heads: 2, projection: 16 }
const OPTIONS = { batch: 3, imageSize: 16, dimensions: 16 }
const model = clipVision(TOWER)

let engine: Engine
beforeAll(async () => {
  engine = await createNodeEngine()
})
afterAll(() => engine.dispose())

async function valuesOf(opened: Promise<Comparable>): Promise<StepValues> {
  const contender = await opened
  await contender.forward()
  const values = await contender.values()
  await contender.close()
  return values
}

it('ours, tfjs and jax-js agree on the gradient of what is added to every picture', async () => {
  const ours = await valuesOf(engineContender(engine, model, OPTIONS))
  expect(ours.gradient.length).toBe(3 * 16 * 16)
  expect(Math.hypot(...ours.gradient)).toBeGreaterThan(1e-4)
  const peers = {
    tfjs: tfjsContender(model, OPTIONS),
    'jax-js': jaxContender('wasm', model, TOWER, OPTIONS),
  }
  for (const [name, opened] of Object.entries(peers)) {
    const theirs = await valuesOf(opened)
    expect(Math.abs(theirs.loss - ours.loss), name).toBeLessThan(1e-4)
    expect(relativeDistance(theirs.gradient, ours.gradient), name).toBeLessThan(1e-3)
  }
}, 120_000)
