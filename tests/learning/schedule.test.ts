/** The schedule against values of the reference formula, and the recipes against their schema. */
import { describe, expect, it } from 'vitest'
import { borderWidth, recipeSchema } from '../../src/learning/recipe'
import { paper, quick, quickOnClassifier, recipeByName } from '../../src/learning/recipes'
import { learningRateAt } from '../../src/learning/schedule'

describe('learning rate', () => {
  const schedule = { learningRate: 40, warmupSteps: 1000, steps: 3000 }

  it.each([
    [0, 0.04],
    [499, 20],
    [999, 40],
    [1000, 40],
    [2000, 20],
    [1500, 40 * 0.5 * (1 + Math.SQRT1_2)],
    [3000, 0],
  ])('at step %i is %d', (step, rate) => expect(learningRateAt(schedule, step)).toBeCloseTo(rate, 10))

  it('begins at the peak without warm-up', () => {
    expect(learningRateAt({ learningRate: 0.1, warmupSteps: 0, steps: 10 }, 0)).toBe(0.1)
    expect(learningRateAt({ learningRate: 0.1, warmupSteps: 0, steps: 10 }, 9)).toBeCloseTo(0.1 * 0.0244717, 7)
  })
})

describe('recipes', () => {
  it('are valid', () => {
    for (const recipe of [quick, quickOnClassifier, paper(10), paper(50_000)])
      expect(recipeSchema.parse(recipe)).toEqual(recipe)
  })

  it('paper has the reference values: 1000 epochs, border 30 of 224', () => {
    expect(paper(50_000)).toMatchObject({ steps: 196_000, validateEvery: 196, warmupSteps: 1000, batchSize: 256 })
    expect(borderWidth(paper(50_000), 224)).toBe(30)
    expect(borderWidth(paper(50_000), 64)).toBe(9)
  })

  it('quick takes longer strides on a classifier; paper is the same on all', () => {
    expect(recipeByName('quick', 100)).toBe(quick)
    expect(recipeByName('quick', 100, 'classifier')).toEqual({ ...quick, learningRate: 1.5 })
    expect(recipeByName('paper', 100, 'classifier')).toEqual(paper(100))
  })

  it('paper leaves room for its cosine when there are few images', () => {
    expect(paper(100)).toMatchObject({ steps: 1000, warmupSteps: 500, validateEvery: 1 })
  })
})
