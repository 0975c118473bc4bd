/** Looking back along a run as a person does it: by slider, by keys, while it learns and after; everything follows. */
import { expect, test } from '@playwright/test'
import { painted } from './painted'
import { openShortRun } from './short-run'
import { TimelinePage } from './timeline-page'

test('moves border, pictures, curves, predictions and confusion together, and back to now', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 5000)
  const timeline = new TimelinePage(page)
  await expect(timeline.slider).toBeDisabled()
  await passepartout.start()
  await expect.poll(() => passepartout.stepsMade(), { timeout: 120_000 }).toBeGreaterThan(30)
  await passepartout.pause()
  const last = await passepartout.stepsMade()
  await timeline.expectNow(last)
  const [border, picture] = [await painted(timeline.border), await painted(timeline.bordered)]
  await expect(timeline.probabilities).toBeVisible()
  await page.waitForTimeout(600)
  const answers = await timeline.probabilities.textContent()
  await timeline.openMatrix()
  await expect(timeline.matrixAbout).toContainText(/all 24 pictures, with the border of step [1-9]/)
  const matrix = await timeline.cells()

  await timeline.goToStart()
  await expect(page.getByTestId('border-step')).toHaveText('0')
  await expect.poll(() => painted(timeline.border)).not.toBe(border)
  await expect.poll(() => painted(timeline.bordered)).not.toBe(picture)
  // Without a border both columns say the same.
  await expect.poll(() => timeline.probabilities.textContent()).not.toBe(answers)
  const [bare, bordered] = await timeline.answers()
  expect(bordered).toBe(bare)
  await expect(timeline.matrixAbout).toContainText('with the border of step 0')
  expect(await timeline.cells()).not.toEqual(matrix)

  await timeline.goOnBy(2)
  await timeline.expectBackAt(2)
  await expect(page.getByTestId('loss-plot-readout')).toHaveText(/^step 2: \d/)
  await expect(page.getByTestId('accuracy-plot-readout')).toHaveText(/^step 0: /)
  expect(await timeline.slider.getAttribute('aria-valuetext')).toMatch(/^back at step 2, [\d.]+/)

  // Learning goes on behind what is looked at.
  const past = await painted(timeline.border)
  await passepartout.resume()
  await expect.poll(() => passepartout.stepsMade(), { timeout: 60_000 }).toBeGreaterThan(last + 5)
  expect(await painted(timeline.border)).toBe(past)
  await page.screenshot({ path: info.outputPath('looking-back.png'), fullPage: true })
  await timeline.goNow()
  await expect.poll(() => painted(timeline.border)).not.toBe(past)

  await passepartout.stop()
  await passepartout.waitFinished(240_000)
  await timeline.expectKept()
  await timeline.clickNearStart()
  await timeline.expectBackAt()
  await page.keyboard.press('End')
  await timeline.expectKept()
})

test('shows the border in each display, with a legend that has units', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 6)
  const timeline = new TimelinePage(page)
  await passepartout.start()
  await passepartout.waitFinished(240_000)
  const seen = new Set<number>()
  for (const display of ['signed', 'asIs', 'red', 'green', 'blue', 'magnitude', 'spectrum'] as const) {
    await timeline.show(display)
    await expect.poll(async () => seen.has(await painted(timeline.border))).toBe(false)
    seen.add(await painted(timeline.border))
    if (display !== 'asIs') await expect(page.getByTestId('legend')).toContainText(/units|dB/)
    await page.screenshot({ path: info.outputPath(`${display}.png`) })
  }
  for (const curve of ['rate', 'gradient', 'speed', 'loss'] as const) {
    await timeline.plot(curve)
    await page.screenshot({ path: info.outputPath(`curve-${curve}.png`), fullPage: true })
  }

  await test.step('laid on stronger, weaker, not at all, and wiped away', async () => {
    const learned = await painted(timeline.bordered)
    const bare = await painted(timeline.bare)
    expect(learned).not.toBe(bare)
    await timeline.strength.focus()
    await page.keyboard.press('End')
    await expect(page.getByTestId('strength-value')).toHaveText('150%')
    await expect.poll(() => painted(timeline.bordered)).not.toBe(learned)
    await page.keyboard.press('Home')
    await expect.poll(() => painted(timeline.bordered)).toBe(bare)
    await page.keyboard.press('b')
    await expect.poll(() => timeline.wiped()).toBe('inset(0px 0px 0px 0%)')
    await page.keyboard.press('b')
    await expect.poll(() => timeline.wiped()).toBe('inset(0px 0px 0px 100%)')
  })
})
