/**
 * The same few steps on WebGPU and on WASM: the same losses, no frozen byte changed, and every GPU buffer given back.
 * Tiny, since a software adapter does well under a GFLOP a second.
 */
import { expect, test, type Page } from '@playwright/test'
import type { EngineKind } from '../src/runtime/engine'
import { quick } from '../src/learning/recipes'
import { Lab } from './lab'
import { tinyTask } from './tiny-task'

const STEPS = 3
const SEED = 7
const recipe = { ...quick, name: 'tiny', steps: STEPS, batchSize: 4, validateEvery: STEPS }
const files = tinyTask('counting', 3, { train: 3, val: 1, test: 1 })

/** One whole run on one engine, from opening the lab to freeing it. */
async function learn(page: Page, backend: 'webgpu' | 'wasm') {
  const lab = await Lab.open(page)
  const { capability } = await lab.initialise(backend)
  const buffersAtStart = await lab.liveBuffers()
  await lab.call('loadModel', { id: 'stamp' })
  await lab.loadFiles('tiny', files, SEED)
  await lab.call('start', { recipe, seed: SEED, paused: false })
  const { result, losses } = await lab.finished(200_000)
  const checks = (await lab.events()).filter((event) => event.type === 'gradientCheck')
  const buffersLearning = await lab.liveBuffers()
  const left = await lab.call('dispose', {})
  return {
    capability,
    result,
    losses,
    checks,
    left,
    buffersAtStart,
    buffersLearning,
    leftAtDestroy: await lab.leftAtDestroy(),
  }
}

test('WebGPU learns as WASM does, and gives every buffer back', async ({ page }) => {
  const wasm = await learn(page, 'wasm')
  const gpu = await learn(page, 'webgpu')

  expect(wasm.capability.engine satisfies EngineKind).toBe('wasm')
  expect(gpu.capability.engine satisfies EngineKind).toBe('webgpu')

  expect(wasm.losses).toHaveLength(STEPS)
  expect(gpu.losses).toHaveLength(STEPS)
  expect(new Set(wasm.losses).size).toBe(STEPS)
  for (const [i, loss] of gpu.losses.entries()) {
    const reference = wasm.losses[i]!
    expect(Math.abs(loss - reference) / reference, `loss of step ${i + 1}: ${loss} and ${reference}`).toBeLessThan(1e-3)
  }
  // The gradient of each engine was checked before its first run.
  for (const { checks } of [wasm, gpu]) {
    expect(checks).toHaveLength(1)
    expect(checks[0]).toMatchObject({ model: 'stamp', pass: true })
    expect(checks[0]!.alongGradient).toBeLessThan(0.03)
  }
  for (const { result } of [wasm, gpu]) expect(result.frozenSha256After).toBe(result.frozenSha256Before)
  expect(gpu.result.frozenSha256Before).toBe(wasm.result.frozenSha256Before)

  expect(gpu.buffersLearning).toBeGreaterThan(gpu.buffersAtStart)
  expect(gpu.leftAtDestroy).toEqual([gpu.buffersAtStart])
  expect(gpu.left).toEqual({ gpuBuffers: 0, tfTensors: 0, sessions: 0 })
  expect(wasm.left).toEqual({ gpuBuffers: 0, tfTensors: 0, sessions: 0 })
})
