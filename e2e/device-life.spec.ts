/**
 * The page's worker loses its device in the middle of a step: the run says so, goes on, and ends where a run on WASM that
 * nothing disturbed ends. Twice only, since a software GPU compiles all kernels of a whole run anew each time; twenty times
 * in a row, with fewer kernels: e2e/runtime/engines.spec.ts.
 */
import { expect, test, type Page } from '@playwright/test'
import { quick } from '../src/learning/recipes'
import { breakDevices, type BreakingWorker } from './break-devices'
import { Lab } from './lab'
import { tinyTask } from './tiny-task'
import { useTinyVision } from './tiny-towers'

const LOSSES = 2
const SEED = 7
const recipe = { ...quick, name: 'tiny', steps: 30, batchSize: 4, learningRate: 0.02, validateEvery: 15 }
const files = tinyTask('counting', 3, { train: 8, val: 4, test: 4 })

async function learn(page: Page, backend: 'webgpu' | 'wasm', losses = 0) {
  await useTinyVision(page)
  const lab = await Lab.open(page)
  if (losses > 0) await lab.worker.evaluate(breakDevices, losses)
  await lab.initialise(backend)
  await lab.call('loadModel', { id: 'stamp' })
  await lab.loadFiles('tiny', files, SEED)
  await lab.call('start', { recipe, seed: SEED, paused: false })
  const { result, losses: curve } = await lab.finished(500_000)
  const happened = losses > 0 ? await lab.worker.evaluate(() => (globalThis as BreakingWorker).losses) : 0
  const events = await lab.events()
  const left = await lab.call('dispose', {})
  return { result, curve, happened, events, left }
}

/** Largest difference between two borders, in the units in which they are learned. */
const distance = (a: Float32Array, b: Float32Array): number =>
  Object.values(a).reduce((worst: number, value, i) => Math.max(worst, Math.abs(value - Object.values(b)[i]!)), 0)

test('a run whose device is destroyed twice ends as one on WASM that nothing disturbed', async ({ page }) => {
  // Each device compiles its kernels anew, on the processor.
  test.setTimeout(600_000)
  const wasm = await learn(page, 'wasm')
  const gpu = await learn(page, 'webgpu', LOSSES)

  expect(gpu.happened).toBe(LOSSES)
  const recoveries = gpu.events.filter((event) => event.type === 'recovering')
  expect(recoveries).toHaveLength(LOSSES)
  for (const { cause, attempt } of recoveries) expect([cause, attempt]).toEqual(['device-lost', 1])

  expect(gpu.curve).toHaveLength(recipe.steps)
  const worstLoss = Math.max(...gpu.curve.map((loss, i) => Math.abs(loss - wasm.curve[i]!) / wasm.curve[i]!))
  const worstBorder = distance(gpu.result.prompt, wasm.result.prompt)
  console.log(
    `${LOSSES} devices lost: loss within ${worstLoss.toExponential(1)}, border within ${worstBorder.toExponential(1)}`,
  )
  expect(worstLoss).toBeLessThan(1e-3)
  expect(worstBorder).toBeLessThan(5e-3)
  expect(gpu.result.bestStep).toBe(wasm.result.bestStep)
  expect(gpu.result.prompted).toEqual(wasm.result.prompted)
  expect(gpu.result.frozenSha256After).toBe(gpu.result.frozenSha256Before)
  expect(gpu.left).toEqual({ gpuBuffers: 0, tfTensors: 0, sessions: 0 })
})
