/** The training accuracy of a step is that of its batch before the update: of the first step, the frozen model's on all pictures. */
import { expect, it } from 'vitest'
import { only, openLab, RECIPE } from './tiny-lab'

it('counts what the batch was answered, also over micro-batches and in a batch that is not full', async () => {
  const { lab, events } = await openLab()
  const pictures = await lab.handle('pictures', { split: 'train', count: 1000 })
  const indices = pictures.map(({ index }) => index)
  // 18 pictures or so: in batches of all of them, and of five, of which the last is smaller.
  for (const batchSize of [indices.length, 5]) {
    events.length = 0
    const recipe = { ...RECIPE, batchSize, shiftFraction: 0, steps: Math.ceil(indices.length / batchSize) }
    await lab.handle('start', { recipe: { ...recipe, learningRate: 1e-9 }, seed: 1, paused: true })
    const predictions = await lab.handle('predict', { split: 'train', indices, strength: 1 })
    const right = predictions.filter(({ zeroShot, label }) => zeroShot[label] === Math.max(...zeroShot)).length
    await lab.handle('resume', {})
    await lab.runEnded()
    const steps = only(events, 'steps')
    const accuracies = steps.flatMap(({ batchAccuracy }) => batchAccuracy!)
    const sizes = accuracies.map((_, i) => Math.min(batchSize, indices.length - i * batchSize))
    expect(accuracies).toHaveLength(recipe.steps)
    // So small a rate moves nothing: the steps of an epoch together have seen every picture once.
    expect(accuracies.reduce<number>((sum, accuracy, i) => sum + accuracy! * sizes[i]!, 0)).toBeCloseTo(right, 5)
  }
  await lab.handle('dispose', {})
})
