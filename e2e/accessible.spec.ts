/** axe finds nothing to complain of: on every view of the page, light and dark, wide and narrow. */
import { expect, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { PassepartoutPage } from './page'
import { openShortRun } from './short-run'

// A colour on its way from disabled to enabled has no contrast of its own.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

test('while the page opens', async ({ page, context }) => {
  await context.route('**/vision_model.onnx', () => undefined) // never answered
  await page.goto('./?backend=wasm')
  await expect(page.getByTestId('sample-counting')).toBeVisible()
  await expectAccessible(page, 'opening')
})

test('from the chooser to the result and its galleries', async ({ page }, info) => {
  test.setTimeout(600_000)
  const passepartout = await openShortRun(page, info, 5000) // longer than this takes, and stopped below
  await expectAccessible(page, 'chooser')
  await passepartout.start()
  await expect.poll(() => passepartout.stepsMade(), { timeout: 120_000 }).toBeGreaterThan(1)
  await expectAccessible(page, 'learning')
  expect(await passepartout.status()).toBe('learning')
  await expect.poll(() => passepartout.stepsMade(), { timeout: 120_000 }).toBeGreaterThan(20) // validated once
  await passepartout.stop()
  await passepartout.waitFinished(240_000)
  await expect(page.getByRole('region', { name: 'Pictures whose answer changed' }).getByRole('button')).not.toHaveCount(
    0,
  )
  await expectAccessible(page, 'result')
})

test('with errors shown', async ({ page, context }) => {
  const passepartout = new PassepartoutPage(page)
  await context.route(/\/ort-[^/]*\.wasm$/, (route) => route.abort())
  await passepartout.open({ backend: 'wasm' })
  await context.route('**/digits.zip', (route) => route.abort())
  await page.getByTestId('sample-digits').click()
  await expect(passepartout.alert).toHaveCount(1)
  await passepartout.mainButton.click()
  await expect(passepartout.alert).toHaveCount(2)
  await expectAccessible(page, 'errors')
})

test('when opening failed', async ({ page, context }) => {
  await context.route('**/text_model.onnx', (route) => route.abort())
  await page.goto('./?backend=wasm')
  await expect(page.getByTestId('again')).toBeVisible()
  await expectAccessible(page, 'failed-opening')
})
