/**
 * GPU memory by the ledger: what 2,000 steps and 20 model loads leave behind, and what a step holds alive beside what the
 * memory model reckons. A tiny encoder for the many, since a software adapter takes milliseconds for each kernel.
 */
import { expect, test, type Page } from '@playwright/test'
import type { LedgerSnapshot } from '../../src/runtime/engine'
import type { GraphMemory } from '../../src/runtime/memory'
import { serveTestPage, type Site } from './site'

let site: Site
test.beforeAll(async () => {
  test.setTimeout(120_000)
  site = await serveTestPage(import.meta.dirname, process.cwd())
})
test.afterAll(() => site.close())

function ask<T>(page: Page, name: string, ...parameters: unknown[]): Promise<T> {
  return page.evaluate(([n, p]) => globalThis.ask(n as never, ...p), [name, parameters] as const) as Promise<T>
}

test('2,000 steps of a one-layer encoder on WebGPU leave the ledger where it was', async ({ page }) => {
  test.setTimeout(900_000)
  await page.goto(site.url)
  const { ledger: start } = await ask<{ ledger: LedgerSnapshot }>(page, 'open', 'webgpu')
  expect(start.gpuBuffers).toBe(0)
  const { warm, end } = await ask<{ warm: LedgerSnapshot; end: LedgerSnapshot }>(page, 'ledgerOfSteps', 2000)
  console.log(`after 60 steps ${JSON.stringify(warm)}, after 2,000 ${JSON.stringify(end)}`)
  expect(warm.gpuBuffers).toBeGreaterThan(0)
  expect(end).toEqual(warm)
  expect(await ask(page, 'close')).toEqual(start)
})

test('20 loads of a one-layer encoder on WebGPU leave the ledger where it was', async ({ page }) => {
  await page.goto(site.url)
  const { ledger: start } = await ask<{ ledger: LedgerSnapshot }>(page, 'open', 'webgpu')
  const { during } = await ask<{ during: LedgerSnapshot[] }>(page, 'ledgerOfLoads', 20)
  expect(during).toHaveLength(20)
  // The first fills tfjs's pool of buffers.
  for (const one of during.slice(1)) expect(one).toEqual(during[1])
  expect(await ask(page, 'close')).toEqual(start)
})

const CASES = [
  { executor: 'fused', image: 64, patch: 16, width: 192, layers: 3, heads: 3, rows: 6 },
  { executor: 'onnxruntime', image: 96, patch: 16, width: 96, layers: 2, heads: 2, rows: 10 },
]
for (const one of CASES) {
  test(`a training step holds the GPU memory that was reckoned: ${JSON.stringify(one)}`, async ({ page }) => {
    test.setTimeout(600_000)
    await page.goto(site.url)
    const measured = await ask<{ created: number; peaks: number[]; reckoned: GraphMemory }>(page, 'memoryOfStep', one)
    const { created, peaks, reckoned } = measured
    // The fused engine has its memory from the start, and its feeds are bound where they lie, as tfjs's; ONNX Runtime takes
    // its memory as it runs, and reckons with feeds.
    const isFused = one.executor === 'fused'
    const pixels = isFused ? one.rows * 3 * one.image ** 2 * Float32Array.BYTES_PER_ELEMENT : 0
    const live = Math.max(...peaks) - (isFused ? reckoned.weights : created) - pixels
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
    console.log(
      `weights ${megabytes(reckoned.weights)} MB (buffers after loading ${megabytes(created)}), ` +
        `activations measured ${megabytes(live)} MB, reckoned ${megabytes(reckoned.activations)}`,
    )
    expect(live / reckoned.activations).toBeGreaterThan(0.85)
    expect(live / reckoned.activations).toBeLessThan(1.15)
  })
}
