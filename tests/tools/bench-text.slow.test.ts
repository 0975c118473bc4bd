/** The benchmark's steps of CoOp and TPT run on both engines of Node, and no aim about steps of pixels is asked of them. */
import { expect, it } from 'vitest'
import { benchText } from '../../tools/bench/in-text'
import { stampClip } from '../../tools/bench/text-models'
import { goalRows } from '../../tools/numbers/bench-goals'

it('has a row for each method and engine', async () => {
  const rows = await benchText(stampClip, {
    ...{ coop: { batch: 4, classes: 5 }, tpt: { batch: 4, classes: 3 } },
    rounds: 1,
  })
  expect(rows.map(({ model, engine, batch }) => [model, engine, batch])).toEqual([
    ['stamp, CoOp, 5 classes', 'node-cpu', 4],
    ['stamp, CoOp, 5 classes', 'wasm', 4],
    ['stamp, TPT, 3 classes', 'node-cpu', 4],
    ['stamp, TPT, 3 classes', 'wasm', 4],
  ])
  for (const { forwardMs, ratio, stepMs } of rows) {
    expect(forwardMs).toBeGreaterThan(0)
    expect(stepMs).toBeGreaterThan(0)
    expect(ratio).toBeGreaterThan(0.5)
  }
  expect(goalRows(rows)).toEqual([])
}, 120_000)
