/** Looking back along a run as a person does it: by slider, by keys, while it learns and after; everything follows. */
import { expect, test, type Page } from '@playwright/test'
import { openShortRun } from './short-run'

const slider = (page: Page) => page.getByTestId('timeline-slider')
const readout = (page: Page) => page.getByTestId('timeline-readout')

/** What is painted, as one number. */
const painted = (page: Page, testId: string) =>
  page.getByTestId(testId).evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return data.reduce((hash, value) => (hash * 31 + value) | 0, 7)
  })

/** Counts of the confusion matrix, row by row. */
const cells = (page: Page) => page.getByTestId('confusion').locator('td[data-cell]').allTextContents()

test('moves border, pictures, curves, predictions and confusion together, and back to now', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 5000)
  await expect(slider(page)).toBeDisabled()
  await passepartout.start()
  await expect.poll(() => passepartout.stepsMade(), { timeout: 120_000 }).toBeGreaterThan(30)
  await passepartout.pause()
  const last = await passepartout.stepsMade()
  await expect(readout(page)).toHaveText(`now, step ${last}`)
  const [border, picture] = [await painted(page, 'border-canvas'), await painted(page, 'picture-after')]
  await expect(page.getByTestId('probabilities')).toBeVisible()
  await page.waitForTimeout(600)
  const answers = await page.getByTestId('probabilities').textContent()
  await page.getByTestId('validation-matrix').click()
  await expect(page.getByTestId('matrix-about')).toContainText(/all 24 pictures, with the border of step [1-9]/)
  const matrix = await cells(page)

  await slider(page).focus()
  await page.keyboard.press('Home')
  await expect(readout(page)).toHaveText('back at step 0')
  await expect(page.getByTestId('border-step')).toHaveText('0')
  await expect.poll(() => painted(page, 'border-canvas')).not.toBe(border)
  await expect.poll(() => painted(page, 'picture-after')).not.toBe(picture)
  // Without a border both columns say the same.
  await expect.poll(() => page.getByTestId('probabilities').textContent()).not.toBe(answers)
  const bare = await page.getByTestId('probabilities').locator('ul').allTextContents()
  expect(bare[1]).toBe(bare[0])
  await expect(page.getByTestId('matrix-about')).toContainText('with the border of step 0')
  expect(await cells(page)).not.toEqual(matrix)

  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await expect(readout(page)).toHaveText('back at step 2')
  await expect(page.getByTestId('loss-plot-readout')).toHaveText(/^step 2: \d/)
  await expect(page.getByTestId('accuracy-plot-readout')).toHaveText(/^step 0: /)
  expect(await slider(page).getAttribute('aria-valuetext')).toMatch(/^back at step 2, [\d.]+/)

  // Learning goes on behind what is looked at.
  const past = await painted(page, 'border-canvas')
  await passepartout.resume()
  await expect.poll(() => passepartout.stepsMade(), { timeout: 60_000 }).toBeGreaterThan(last + 5)
  expect(await painted(page, 'border-canvas')).toBe(past)
  await page.screenshot({ path: info.outputPath('looking-back.png'), fullPage: true })
  await page.getByTestId('timeline-now').click()
  await expect(readout(page)).toHaveText(/^now, step \d+$/)
  await expect.poll(() => painted(page, 'border-canvas')).not.toBe(past)

  // By pointer.
  const box = (await slider(page).boundingBox())!
  await passepartout.stop()
  await passepartout.waitFinished(240_000)
  await expect(readout(page)).toHaveText(/^kept border, step \d+$/)
  await page.mouse.click(box.x + 10, box.y + box.height / 2)
  await expect(readout(page)).toHaveText(/^back at step \d+$/)
  await page.keyboard.press('End')
  await expect(readout(page)).toHaveText(/^kept border, step \d+$/)
})

test('shows the border in each display, with a legend that has units', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 6)
  await passepartout.start()
  await passepartout.waitFinished(240_000)
  const seen = new Set<number>()
  for (const display of ['signed', 'asIs', 'red', 'green', 'blue', 'magnitude', 'spectrum']) {
    await page.getByTestId(`display-${display}`).click()
    await expect(page.getByTestId(`display-${display}`)).toHaveAttribute('aria-checked', 'true')
    await expect.poll(async () => seen.has(await painted(page, 'border-canvas'))).toBe(false)
    seen.add(await painted(page, 'border-canvas'))
    if (display !== 'asIs') await expect(page.getByTestId('legend')).toContainText(/units|dB/)
    await page.screenshot({ path: info.outputPath(`${display}.png`) })
  }
  for (const curve of ['rate', 'gradient', 'speed', 'loss']) {
    await page.getByTestId(`curve-${curve}`).click()
    await expect.poll(() => page.getByTestId('loss-plot').locator('canvas').count()).toBe(1)
    await page.screenshot({ path: info.outputPath(`curve-${curve}.png`), fullPage: true })
  }

  await test.step('laid on stronger, weaker, not at all, and wiped away', async () => {
    const learned = await painted(page, 'picture-after')
    const bare = await painted(page, 'picture-before')
    expect(learned).not.toBe(bare)
    await page.getByTestId('strength').getByRole('slider').focus()
    await page.keyboard.press('End')
    await expect(page.getByTestId('strength-value')).toHaveText('150%')
    await expect.poll(() => painted(page, 'picture-after')).not.toBe(learned)
    await page.keyboard.press('Home')
    await expect.poll(() => painted(page, 'picture-after')).toBe(bare)
    const shown = () =>
      page.getByTestId('picture-after').evaluate((canvas) => getComputedStyle(canvas.parentElement!).clipPath)
    await page.keyboard.press('b')
    await expect.poll(shown).toBe('inset(0px 0px 0px 0%)')
    await page.keyboard.press('b')
    await expect.poll(shown).toBe('inset(0px 0px 0px 100%)')
  })
})
