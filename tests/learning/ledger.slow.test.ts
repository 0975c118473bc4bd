/**
 * 2,000 steps and 20 model loads leave the engine where it began. Tiny: an encoder of one layer, 8 x 8 pixels, since what is
 * looked for is one tensor or session too many a step, whatever its size. The same on WebGPU: e2e/runtime/ledger.spec.ts.
 */
import { describe, expect, it } from 'vitest'
import { createNodeEngine } from '../../src/runtime/node'
import { createWasmEngine } from '../../src/runtime/wasm'
import { loadAgainAndAgain, manySteps } from '../support/many-steps'

describe.each([
  ['onnxruntime-node', createNodeEngine],
  ['WASM', createWasmEngine],
] as const)('the ledger on %s', (_, open) => {
  it('stands after 2,000 steps of a one-layer encoder where it stood before', { timeout: 300_000 }, async () => {
    const engine = await open()
    const { before, warm, end, after, lastLoss } = await manySteps(engine, 2000)
    expect(lastLoss).toBeGreaterThan(0)
    expect(end).toEqual(warm)
    expect(warm.sessions).toBe(1)
    expect(after).toEqual(before)
    await engine.dispose()
  })

  it('stands after 20 loads of a one-layer encoder where it stood before', { timeout: 60_000 }, async () => {
    const engine = await open()
    const { before, during, after } = await loadAgainAndAgain(engine, 20)
    expect(during).toHaveLength(20)
    for (const one of during) expect(one).toEqual(during[0])
    expect(during[0]!.sessions).toBe(before.sessions + 1)
    expect(after).toEqual(before)
    await engine.dispose()
  })
})
