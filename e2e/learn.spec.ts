/** The main job as a person does it: open the page, press Start, and get a border that beats zero-shot. On WASM. */
import { expect, test } from '@playwright/test'
import { PassepartoutPage } from './page'

test('learns the first sample: paused and resumed, better than zero-shot, no weight changed', async ({
  page,
}, info) => {
  test.setTimeout(600_000)
  const passepartout = new PassepartoutPage(page)
  await passepartout.open({ backend: 'wasm' })
  expect(await passepartout.engine()).toBe('wasm')
  const picture = (name: string) => page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true })
  await picture('1-opened')
  // Fewer than the recipe's steps, to save time, and already far above zero-shot.
  await passepartout.setSteps(60)

  await passepartout.start()
  await expect.poll(() => passepartout.stepsMade(), { timeout: 120_000 }).toBeGreaterThan(3)

  await passepartout.pause()
  const paused = await passepartout.stepsMade()
  await page.waitForTimeout(1500)
  expect(await passepartout.stepsMade(), 'steps made while paused').toBe(paused)
  await passepartout.step()
  expect(await passepartout.stepsMade()).toBe(paused + 1)
  await picture('2-paused')

  await passepartout.resume()
  await passepartout.waitFinished(500_000)
  await picture('3-finished')

  const { zeroShot, prompted } = await passepartout.accuracies()
  expect(zeroShot).toBeGreaterThan(0)
  expect(prompted).toBeGreaterThan(zeroShot + 0.1)
  // Six classes of as many pictures: what the border gained is held against guessing, too.
  const guessing = page.getByTestId('guessing')
  await expect(guessing).toContainText('16.7')
  await expect(guessing).toHaveAttribute('data-learned', 'true')
  await page.getByTestId('to-result').click()
  await expect(page.locator('#result-heading')).toBeFocused()
  await expect(page.locator('#result-heading')).toBeInViewport()

  const { fixed, broken } = await passepartout.changed()
  expect(fixed).toBeGreaterThan(broken)

  const { before, after } = await passepartout.frozen()
  expect(before).toMatch(/^[0-9a-f]{64}$/)
  expect(after).toBe(before)
})
