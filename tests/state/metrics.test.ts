/** Growing columns keep every value in order through any number of growths. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Columns, Metrics } from '../../src/state/metrics'

it('columns grow without losing or mixing values', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true })), { maxLength: 70 }),
      (rows) => {
        const columns = new Columns(2, 1)
        for (const [a, b] of rows) columns.push(a, b)
        expect(columns.length).toBe(rows.length)
        expect([...columns.column(0)]).toEqual(rows.map(([a]) => a))
        expect([...columns.column(1)]).toEqual(rows.map(([, b]) => b))
      },
    ),
  )
})

it('columns refuse a row of the wrong width', () => {
  expect(() => new Columns(2).push(1)).toThrow(/2 values/)
})

it('smoothing starts at the first loss, stays within the losses and forgets on clear', () => {
  const metrics = new Metrics()
  let calls = 0
  metrics.subscribe(() => calls++)
  const add = (step: number[], loss: number[]) =>
    metrics.addSteps({ step, loss, learningRate: loss, gradientNorm: loss })
  add([1, 2], [4, 2])
  add([3], [2])
  const smooth = metrics.steps.column(2)
  expect(smooth[0]).toBe(4)
  expect(smooth[2]!).toBeGreaterThan(2)
  expect(smooth[2]!).toBeLessThan(smooth[1]!)
  metrics.clear()
  add([1], [9])
  expect([...metrics.steps.column(2)]).toEqual([9])
  expect(calls).toBe(4)
})
