/** What is adapted beside the parameters: before which steps, and that it comes back with what was best on validation. */
import { expect, it } from 'vitest'
import { memorySet } from '../../src/data/memory-set'
import { BatchBuilder } from '../../src/learning/batches'
import type { Loop } from '../../src/learning/loop'
import type { Batch, LearnableMethod } from '../../src/methods/method'
import { learnToBest } from '../../src/study/learn'

const [STEPS, EVERY, IMAGES] = [9, 3, 4]

it('is what it was when validation was best', async () => {
  // A mapping that is found anew every second step: number n is right about so many images.
  const rightBy = [1, 2, 4, 3, 0]
  let mapping = 0
  const told: number[] = []
  let step = 0
  const loop = {
    get step() {
      return step
    },
    get done() {
      return step >= STEPS
    },
    async advance() {
      step++
    },
    dispose() {},
  } as unknown as Loop
  const method = {
    parameters: {},
    setParameters() {},
    dispose() {},
    predict: async ({ count }: Batch) =>
      Float32Array.from({ length: 2 * count }, (_, i) => ((i % 2 === 0) === i / 2 < rightBy[mapping]! ? 1 : 0)),
  } as unknown as LearnableMethod
  const val = memorySet(new Uint8Array(IMAGES * 3), new Uint16Array(IMAGES), ['a', 'b', 'c', 'd'])
  const builder = new BatchBuilder(val, { imageSize: 1, mean: [0, 0, 0], std: [1, 1, 1] }, IMAGES)
  const { step: best, validations } = await learnToBest(
    {
      ...{ loop, method, val, builder, classes: 2, steps: STEPS, validateEvery: EVERY },
      async beforeStep(made) {
        told.push(made)
        if (made > 0 && made % 2 === 0) mapping++
      },
      beside() {
        const now = mapping
        return () => (mapping = now)
      },
    },
    { seed: 1 },
  )
  expect(told).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  // Found anew before the steps that follow 2, 4, 6 and 8; looked at after 0, 3, 6 and 9.
  expect(validations).toEqual([
    [0, 1, IMAGES],
    [3, 2, IMAGES],
    [6, 4, IMAGES],
    [9, 0, IMAGES],
  ])
  expect(best).toBe(6)
  expect(mapping).toBe(2)
})
