/** A graphics device that never comes back: the page says so, and its button lets the run go on with WASM to its end. */
import { expect, test } from '@playwright/test'
import type { LabEvent } from '../src/lab/protocol'
import { openShortRun } from './short-run'
import { useTinyTowers } from './tiny-towers'

const STEPS = 24

/** Runs in the worker: once this step has been told, every device is destroyed by its next submit. */
function loseAllDevices(after: number): void {
  let armed = false
  const devices = new Set<GPUDevice>()
  const { createCommandEncoder } = GPUDevice.prototype
  GPUDevice.prototype.createCommandEncoder = function (...rest) {
    devices.add(this)
    return createCommandEncoder.apply(this, rest)
  }
  const { submit } = GPUQueue.prototype
  GPUQueue.prototype.submit = function (...rest) {
    submit.apply(this, rest)
    if (armed) for (const device of devices) device.destroy()
  }
  const post = globalThis.postMessage.bind(globalThis) as (...rest: unknown[]) => void
  globalThis.postMessage = (...rest: unknown[]) => {
    const { event } = rest[0] as { event?: LabEvent }
    if (event?.type === 'steps' && event.step.at(-1)! >= after) armed = true
    post(...rest)
  }
}

test('a run whose device is gone for good goes on with WASM', async ({ page }, info) => {
  test.setTimeout(300_000)
  await useTinyTowers(page)
  const counts = { train: 8, val: 4, test: 4 }
  const passepartout = await openShortRun(page, info, STEPS, { backend: 'webgpu', counts })
  expect(await passepartout.engine()).toBe('webgpu')
  for (const worker of page.workers()) {
    if (await worker.evaluate(() => typeof GPUDevice !== 'undefined')) await worker.evaluate(loseAllDevices, 10)
  }

  await passepartout.start()
  await expect(passepartout.alert).toContainText('could not be brought back', { timeout: 300_000 })
  const offer = page.getByTestId('offer')
  await expect(offer).toHaveText('Go on with WASM')
  await offer.click()
  await passepartout.waitFinished(240_000)
  expect(await passepartout.engine()).toBe('wasm')
  expect(await passepartout.stepsMade()).toBe(STEPS)
  await expect(passepartout.alert).toHaveCount(0)
})
