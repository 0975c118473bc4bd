/** Half precision, int8 and other dialects on the browser's engines: the gradients of float64. */
import { expect, test } from '@playwright/test'
import { array64, execute } from '../../tests/support/float64-executor'
import { relativeDistance } from '../../tests/support/gradient-check'
import { serveTestPage, type Site } from '../runtime/site'
import { DIMS, TOWERS, VALUES, training } from './towers'

let site: Site
test.beforeAll(async () => {
  test.setTimeout(120_000)
  site = await serveTestPage(import.meta.dirname, process.cwd())
})
test.afterAll(() => site.close())

const feeds = {
  pixel_values: array64(DIMS.pixel_values, VALUES.pixel_values),
  seed: array64(DIMS.seed, VALUES.seed),
  do_backward: array64([], [1], 'bool'),
}
const ALL = Object.keys(TOWERS)

// Chromium's software adapter has no shader-f16: there half precision cannot be tried. It compiles slowly: three will do.
for (const [backend, names] of [
  ['wasm', ALL],
  ['webgpu', ['packed projections', 'dynamo, opset 20, Gelu', 'int8 per channel']],
] as const) {
  test(`losses and gradients on ${backend}`, async ({ page }) => {
    await page.goto(site.url)
    const found = await page.evaluate(([b, n]) => globalThis.gradients(b, n), [backend, names] as const)
    for (const name of names) {
      const expected = execute(training(name), feeds)
      const tolerance = name.startsWith('float16') ? 1e-2 : 1e-5
      const { loss, gradient } = found[name]!
      expect(Math.abs(loss - expected['loss']!.data[0]!), `loss, ${name}`).toBeLessThan(10 * tolerance)
      expect(relativeDistance(gradient, expected['d_pixel_values']!.data), `gradient, ${name}`).toBeLessThan(tolerance)
    }
  })
}
