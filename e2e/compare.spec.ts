/** After a run: which pictures it fixed and broke, in what runs differ, and a name, a removal and its undoing. On WASM. */
import { expect, test, type Page } from '@playwright/test'
import { expectAccessible } from './axe'
import { openShortRun } from './short-run'

// A colour on its way from disabled to enabled has no contrast of its own.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

const number = async (page: Page, testId: string, attribute = 'data-value') =>
  Number(await page.getByTestId(testId).getAttribute(attribute))

test('two runs on the same pictures are taken apart and set side by side', async ({ page }, info) => {
  test.setTimeout(900_000)
  const passepartout = await openShortRun(page, info, 24)
  await page.getByTestId('view-runs').click()
  await expect(page.getByTestId('runs-empty')).toContainText('No runs yet')
  await page.getByTestId('view-learn').click()
  await passepartout.start()

  await test.step('while it learns, test stays closed', async () => {
    await page.getByTestId('view-compare').click()
    await expect(page.getByTestId('alert')).toContainText('stay closed')
    await expect(page.getByTestId('compare-before')).toHaveCount(0)
    await page.getByTestId('view-learn').click()
  })
  await passepartout.waitFinished(400_000)
  const { zeroShot, prompted } = await passepartout.accuracies()
  const changed = await passepartout.changed()

  await test.step('its numbers are those of the result', async () => {
    await page.getByTestId('which-images').click()
    await expect(page.getByTestId('compare-after')).toBeVisible()
    expect(await number(page, 'compare-before')).toBe(zeroShot)
    expect(await number(page, 'compare-after')).toBe(prompted)
    await expect(page.getByTestId('compare-interval')).toContainText('paired bootstrap')
    await expect(page.getByTestId('list-fixed')).toContainText(String(changed.fixed))
    await expect(page.getByTestId('list-broken')).toContainText(String(changed.broken))
    await expect(page.getByTestId('run-provenance')).toContainText('sha256')
  })

  await test.step('a cell opens its pictures, by keyboard', async () => {
    const cell = page.getByTestId('confusion').last().locator('[role=gridcell]:not([data-shade="0"])').first()
    await cell.focus()
    await page.keyboard.press('Enter')
    await expect(page.getByTestId('list-cell')).toContainText('taken for')
    const grid = page.getByTestId('picture-grid')
    expect(Number(await grid.getAttribute('data-count'))).toBeGreaterThan(0)
    const first = grid.getByRole('button').first()
    await first.press('Enter')
    await expect(page.getByTestId('closeup')).toContainText('Probability of the truth')
    // The picture itself has come: it is no even ground.
    const colours = await page
      .getByTestId('closeup')
      .locator('canvas')
      .evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        return new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 3).join())).size
      })
    expect(colours).toBeGreaterThan(10)
  })
  await expectAccessible(page, 'compare', 'crosswise')

  await test.step('a second seed, and both in the table', async () => {
    await page.getByTestId('view-learn').click()
    await passepartout.setSeed(2)
    await passepartout.start()
    await passepartout.waitFinished(400_000)
    await page.getByTestId('view-runs').click()
    await expect(page.getByTestId('run-row')).toHaveCount(2)
    await expect(page.getByTestId('run-prompted').first()).toHaveAttribute('data-split', 'test')
    for (const box of await page.getByTestId('run-row').getByRole('checkbox').all()) await box.check({ force: true })
    await expect(page.getByTestId('config-difference').locator('tbody tr')).toHaveCount(1)
    await expect(page.getByTestId('config-difference')).toContainText('seed')
    await expect(page.getByTestId('overlay-accuracy')).toHaveAttribute('data-drawn', 'true')
  })
  await expectAccessible(page, 'runs', 'crosswise')

  await test.step('their answers, picture by picture', async () => {
    await page.getByTestId('compare-answers').click()
    await expect(page.getByTestId('compare-after')).toBeVisible()
    expect(page.url()).toContain('&b=')
    expect(await number(page, 'compare-before')).toBe(prompted)
    await page.getByTestId('split-val').click()
    await expect(page.getByTestId('compare')).toContainText('a little too good')
    await page.goBack()
  })

  await test.step('named, removed and brought back; kept by the browser', async () => {
    await page.getByTestId('view-runs').click()
    const act = async (row: number, what: string) => {
      await page.getByTestId('run-menu').nth(row).click()
      await page.getByTestId(`run-${what}`).click()
    }
    await act(0, 'rename')
    await page.getByTestId('rename').fill('The second seed')
    await page.keyboard.press('Enter')
    await expect(page.getByTestId('run-row').first()).toContainText('The second seed')
    await act(0, 'remove')
    await expect(page.getByTestId('run-row')).toHaveCount(1)
    await page.getByTestId('undo-remove').click()
    await expect(page.getByTestId('run-row')).toHaveCount(2)
    await page.getByTestId('runs-filter').fill('second')
    await expect(page.getByTestId('run-row')).toHaveCount(1)
    await page.reload()
    await expect(page.getByTestId('run-row')).toHaveCount(2)
    await expect(page.getByTestId('runs-table')).toContainText('The second seed')
  })
})
