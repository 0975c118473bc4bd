/** A graphics device that never comes back: the page says so, and its button lets the run go on with WASM to its end. */
import { expect, test } from '@playwright/test'
import { writeFileSync } from 'node:fs'
import type { LabEvent } from '../src/lab/protocol'
import { PassepartoutPage } from './page'
import { tinyZip } from './tiny-task'
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
  const passepartout = new PassepartoutPage(page)
  await passepartout.open({ backend: 'webgpu' })
  const zip = info.outputPath('few.zip')
  writeFileSync(zip, tinyZip('counting', 3, { train: 8, val: 4, test: 4 }))
  await passepartout.chooseZip(zip)
  await expect(page.getByTestId('class-row')).toHaveCount(3, { timeout: 60_000 })
  await passepartout.waitReady()
  await passepartout.setSteps(STEPS)
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
