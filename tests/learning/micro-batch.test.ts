/** A batch in parts is the batch: whatever the rows of a run, the same steps are made. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BatchBuilder, TrainingBatches } from '../../src/learning/batches'
import { Loop } from '../../src/learning/loop'
import { quick } from '../../src/learning/recipes'
import { VisualPrompt } from '../../src/methods/visual-prompt'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { noise, openTiny, SIZE, tinySet } from './frozen'

const FORMAT = { imageSize: SIZE, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }
const BATCH = 10
/** The gradient itself decides the step: SGD, where Adam would hide its scale. */
const optimiser = { kind: 'sgd', momentum: 0.5, normaliseGradient: false } as const
const recipe = { ...quick, steps: 8, batchSize: BATCH, learningRate: 0.5, optimiser }

describe('a batch in micro-batches', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await createNodeEngine()
  })
  afterAll(() => engine.dispose())

  async function learn(rows: number) {
    const classifier = await openTiny(engine, rows)
    let i = 0
    const method = new VisualPrompt(classifier, 2, () => 0.1 * noise(i++))
    const builder = new BatchBuilder(tinySet(24), FORMAT, rows)
    const batches = new TrainingBatches(builder, { batchSize: BATCH, maxShift: 1, seed: 5 })
    const loop = new Loop({ method, batches, recipe, readEvery: 1 })
    const losses: number[] = []
    while (!loop.done) losses.push(...(await loop.advance()).map(({ loss }) => loss))
    const { parameters } = await loop.save()
    loop.dispose()
    method.dispose()
    await classifier.dispose()
    return { losses, values: Object.values(parameters).flatMap(({ data }) => [...data]) }
  }

  it('makes the steps of the whole batch, also where the parts do not fill their rows', async () => {
    const whole = await learn(BATCH)
    expect(new Set(whole.losses).size).toBe(recipe.steps)
    for (const rows of [1, 3, 4, 7]) {
      const parts = await learn(rows)
      parts.losses.forEach((loss, i) => expect(loss).toBeCloseTo(whole.losses[i]!, 5))
      parts.values.forEach((value, i) => expect(value).toBeCloseTo(whole.values[i]!, 5))
    }
  })
})
