/** The fused engine's shaders, of both kinds, against ONNX Runtime on Chromium's software adapter. */
import { expect, test } from '@playwright/test'
import { serveTestPage, type Site } from '../runtime/site'

let site: Site
test.beforeAll(async () => {
  test.setTimeout(120_000)
  site = await serveTestPage(import.meta.dirname, process.cwd())
})
test.afterAll(() => site.close())

const ALL = [
  'opset 14, QuickGELU',
  'opset 17, erf',
  'tanh, odd sizes, two layers',
  'a convolution stem',
  'products that are merged',
  'a residual network',
  'a mobile network',
]

// Groups of threads wait for each other, which takes a CPU a hundred times as long: the smallest tower will do.
for (const [kind, software, encoders] of [
  ['on their own', true, ALL],
  ['in groups', false, ['opset 14, QuickGELU']],
] as const) {
  test(`losses and gradients are ONNX Runtime's, by threads ${kind}`, async ({ page }) => {
    test.setTimeout(600_000)
    await page.goto(site.url)
    const { found, buffersLeft } = await page.evaluate((order) => globalThis.compare(order), { software, encoders })
    expect(found.map(({ name }) => name)).toEqual(encoders)
    for (const { name, loss, gradient, forwardAlone } of found) {
      expect(loss, `loss, ${name}`).toBeLessThan(1e-5)
      expect(gradient, `gradient, ${name}`).toBeLessThan(2e-5)
      expect(forwardAlone, `a forward alone, ${name}`).toBe(true)
    }
    expect(buffersLeft, 'buffers left').toBe(0)
  })
}
