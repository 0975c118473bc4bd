/** Methods side by side in the page, on WASM: numbers appear, are the ones that the lab counted, and outlive a reload. */
import { expect, test } from '@playwright/test'
import { readFileSync } from 'node:fs'
import { expectAccessible } from './axe'
import { openShortRun } from './short-run'

// A colour on its way from disabled to enabled has no contrast of its own.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

test('three methods are measured on one split, kept, and written to files', async ({ page }, info) => {
  await openShortRun(page, info, null, { counts: { train: 8, val: 4, test: 8 } })
  await page.keyboard.press('6')
  const start = page.getByTestId('study-start')
  const rows = page.locator('[data-testid=study-row]')
  await expect(rows).toHaveCount(5)
  for (const id of ['tip-adapter', 'padding-quick']) await page.getByTestId(`method-${id}`).click()
  await expect(rows).toHaveCount(3)
  await expect(page.getByTestId('study-state')).toContainText('3 of 3 to measure')

  await start.click()
  await expect(page.locator('[data-testid=study-row][data-state=measured]')).toHaveCount(3, { timeout: 60_000 })
  await expect(page.getByTestId('study-state')).toContainText('All that is chosen has been measured')
  const accuracies = async () =>
    rows.evaluateAll((all) => all.map((row) => [row.dataset.method, Number(row.dataset.accuracy)]))
  const measured = await accuracies()
  // On 24 test pictures: a whole number of them.
  for (const [, accuracy] of measured) expect((24 * Number(accuracy)) % 1).toBeCloseTo(0, 6)
  const inOrder = measured.map(([, accuracy]) => accuracy)
  expect(inOrder).toEqual([...inOrder].sort((a, b) => Number(b) - Number(a)))
  await page.getByTestId('study-sort-method').click()
  expect((await accuracies()).map(([method]) => method)).toEqual(['zero-shot', 'nearest-mean', 'linear-probe'])
  await expect(page.getByTestId('study-facts')).toContainText('24')

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('study-trials.jsonl').click()])
  const lines = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\n')
  const right = lines.map((line) => JSON.parse(line) as { contender: { method: string }; right: string })
  expect(new Map(right.map((one) => [one.contender.method, one.right.replaceAll('0', '').length / 24]))).toEqual(
    new Map(measured.map(([method, accuracy]) => [method, accuracy])),
  )
  await expectAccessible(page, 'study', 'crosswise')

  await test.step('a reload loses nothing', async () => {
    await page.reload()
    // The first sample is loaded, which nothing was measured on; the pictures of the zip are kept in the browser.
    await expect(page.getByTestId('study-state')).toContainText('3 of 3 to measure', { timeout: 60_000 })
    await page.getByTestId('view-images').click()
    await page.getByTestId('kept-open').click()
    await expect(page.getByTestId('kept-open')).toHaveCount(0, { timeout: 60_000 })
    await page.getByTestId('view-study').click()
    await expect(page.locator('[data-testid=study-row][data-state=measured]')).toHaveCount(3, { timeout: 60_000 })
    await page.getByTestId('study-sort-method').click()
    expect(new Map((await accuracies()) as [string, number][])).toEqual(new Map(measured as [string, number][]))
  })
})
