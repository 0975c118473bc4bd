/** The fused engine's shaders, of both kinds, against ONNX Runtime on Chromium's software adapter. */
import { expect, test } from '@playwright/test'
import { serveTestPage, type Site } from '../runtime/site'

let site: Site
test.beforeAll(async () => {
  test.setTimeout(120_000)
  site = await serveTestPage(import.meta.dirname, process.cwd())
})
test.afterAll(() => site.close())

for (const [kind, software] of [
  ['threads on their own', true],
  ['threads in groups', false],
] as const) {
  test(`losses and gradients are ONNX Runtime's, computed by ${kind}`, async ({ page }) => {
    await page.goto(site.url)
    const found = await page.evaluate((each) => globalThis.compare(each), software)
    expect(found).toHaveLength(5)
    for (const { name, loss, gradient, forwardAlone, buffersLeft } of found) {
      expect(loss, `loss, ${name}`).toBeLessThan(1e-5)
      expect(gradient, `gradient, ${name}`).toBeLessThan(2e-5)
      expect(forwardAlone, `a forward alone, ${name}`).toBe(true)
      expect(buffersLeft, `buffers left, ${name}`).toBe(0)
    }
  })
}
