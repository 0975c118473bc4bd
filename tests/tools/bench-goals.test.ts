/** Aims are judged by rows of the same model, batch and place, in the right direction. */
import { expect, it } from 'vitest'
import type { Row } from '../../tools/bench/row'
import { goalRows } from '../../tools/numbers/bench-goals'

const row = (engine: string, stepMs: number, ratio: number, adapter = 'here'): Row => ({
  ...{ name: '', engine, adapter, model: 'm', batch: 2, forwardMs: stepMs / ratio, stepMs, ratio },
  ...{ dispatches: null, submits: null, peakBytes: null },
})

it('says of each whether it is met', () => {
  const rows = [row('node-cpu', 60, 1.9), row('wasm', 100, 2), row('tfjs-wasm', 499, 4), row('pytorch', 100, 1.8)]
  expect(goalRows(rows).map(([aim, , , value, met]) => [aim, value, met])).toEqual([
    ['a step takes at most 1.95 forwards', '1.90', 'met'],
    ['a step takes at most 1.95 forwards', '2.00', 'not met'],
    ['at least 5 times as fast as tfjs', '4.99', 'not met'],
    ["at most 0.7 of PyTorch's time", '0.60', 'met'],
  ])
})

it('sets nothing of a browser beside what ran in Node', () => {
  const rows = [row('wasm', 100, 2, 'WASM, 2 threads, browser'), row('tfjs-wasm', 600, 4)]
  expect(goalRows(rows)).toHaveLength(1)
})
