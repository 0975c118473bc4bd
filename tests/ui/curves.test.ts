/** What the plots are given, and what is said of a step. */
import { expect, it } from 'vitest'
import { Metrics } from '../../src/state/metrics'
import { accuracyColumns, figureColumns } from '../../src/ui/curves/columns'
import { accuracyReadout, figureReadout } from '../../src/ui/curves/readout'
import { placeThumbs } from '../../src/ui/stage/strip'
import { shrink, THUMB_SIDE, type Thumb } from '../../src/state/timeline-thumbs'

function filled(batchAccuracy?: readonly number[]): Metrics {
  const metrics = new Metrics()
  const accuracy = (top1: number) => ({ correct: 1, total: 2, top1, ci95: [top1 - 0.1, top1 + 0.1] as const })
  metrics.addValidation(0, accuracy(0.4))
  const rest = { learningRate: [1, 1, 1], gradientNorm: [7, 8, 9], imagesPerSecond: 300 }
  metrics.addSteps({ step: [1, 2, 3], loss: [3, 2, 1], ...rest, ...(batchAccuracy ? { batchAccuracy } : {}) })
  metrics.addValidation(2, accuracy(0.6))
  metrics.addValidation(5, accuracy(0.7))
  return metrics
}

it('joins validations and training batches on one axis of steps', () => {
  const [steps, top1, low, , train] = accuracyColumns(filled([0.5, 0.5, 0.5]))
  expect([...steps!]).toEqual([0, 1, 2, 3, 5])
  expect(top1).toEqual([0.4, null, 0.6, null, 0.7])
  expect((low as number[])[2]).toBeCloseTo(0.5)
  expect(train).toEqual([null, 0.5, 0.5, 0.5, null])
})

it('has validations alone where nothing is known of the batches', () => {
  const columns = accuracyColumns(filled())
  expect(columns.map((column) => column.length)).toEqual([3, 3, 3, 3, 3])
  expect([...columns[0]!]).toEqual([0, 2, 5])
  expect(columns[4]).toEqual([null, null, null])
  expect(accuracyColumns(new Metrics()).every(({ length }) => length === 0)).toBe(true)
})

it('gives each curve its own figures', () => {
  const metrics = filled()
  expect(figureColumns(metrics, 'gradient').map((column) => [...column])).toEqual([
    [1, 2, 3],
    [7, 8, 9],
  ])
  expect([...figureColumns(metrics, 'speed')[1]!]).toEqual([300, 300, 300])
  expect(figureColumns(metrics, 'loss')).toHaveLength(3)
})

it('says the figures of the last step made at or before the one asked for', () => {
  const metrics = filled([0.5, 0.5, 0.5])
  expect(figureReadout(metrics, 'gradient', 2)).toBe('step 2: 8')
  expect(figureReadout(metrics, 'loss', 99)).toMatch(/^step 3: \d\.\d{3}$/)
  expect(figureReadout(metrics, 'loss', 0)).toBe('')
  expect(accuracyReadout(metrics, 4)).toBe('step 2: 60.0\u202f%, training 50.0\u202f%')
  expect(accuracyReadout(filled(), 4)).toBe('step 2: 60.0\u202f%')
})

it('places thumbnails where their steps lie, one a slot', () => {
  const thumbs: Thumb[] = [0, 10, 50, 52, 90].map((step) => ({ step, values: new Float32Array() }))
  const placed = placeThumbs(thumbs, 100, 5 * (THUMB_SIDE + 6))
  // Slots lie around 0, 25, 50, 75, 100; nothing is near 75.
  expect(placed.map(({ thumb }) => thumb.step)).toEqual([0, 50, 90])
  expect(placed[0]!.left).toBe(0)
  expect(placed[2]!.left).toBe(5 * (THUMB_SIDE + 6) - THUMB_SIDE)
  expect(placeThumbs([], 100, 200)).toEqual([])
  expect(placeThumbs(thumbs, 100, 10).map(({ thumb }) => thumb.step)).toEqual([0])
})

it('shrinks a border to its mean over channels and pixels', () => {
  const side = 2 * THUMB_SIDE
  const pixels = new Float32Array(3 * side * side)
  // One place of the thumbnail is four pixels of three channels.
  for (const c of [0, 1, 2]) pixels[c * side * side] = 4
  expect(shrink(pixels)[0]).toBeCloseTo(1)
  expect(
    shrink(pixels)
      .slice(1)
      .every((value) => value === 0),
  ).toBe(true)
  expect(shrink(new Float32Array(3 * 8 * 8).fill(0.5)).some((value) => value === 0.5)).toBe(true)
})
