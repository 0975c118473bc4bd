/** Ten thousand pictures: progress, cancel, going on, memory that stays flat, and a grid that draws what is seen. */
import { expect, test, type Page } from '@playwright/test'
import { zipSync, type Zippable } from 'fflate'
import { writeFileSync } from 'node:fs'
import { ImagesPage, watchLab } from './images-page'
import { fastPng } from './pictures'

const COUNT = 10_000

/** Bytes that the page and its workers hold, as the browser counts them. */
async function memoryOf(page: Page): Promise<number> {
  const client = await page.context().newCDPSession(page)
  // The browser counts when it next collects garbage, which may be long to wait for.
  const collecting = setInterval(() => void client.send('HeapProfiler.collectGarbage').catch(() => undefined), 500)
  try {
    return await page.evaluate(async () => {
      const measure = performance as unknown as { measureUserAgentSpecificMemory(): Promise<{ bytes: number }> }
      return (await measure.measureUserAgentSpecificMemory()).bytes
    })
  } finally {
    clearInterval(collecting)
    await client.detach()
  }
}

/** Counts again and again until asked; then each count, in bytes. */
function watchMemory(page: Page): () => Promise<readonly number[]> {
  const counts: number[] = []
  let wanted = true
  const watching = (async () => {
    while (wanted) {
      counts.push(await memoryOf(page))
      // A count collects garbage: one after the other would take longer than what is watched.
      if (wanted) await page.waitForTimeout(5000)
    }
  })()
  return async () => {
    wanted = false
    await watching
    return counts
  }
}

test('ten thousand pictures are taken in with flat memory, cancelled and gone on with', async ({ page }, info) => {
  const opened = await watchLab(page)
  const images = new ImagesPage(page)
  await images.open()
  const files: Zippable = {}
  for (let i = 0; i < COUNT; i++) files[`class ${i % 10}/${i}.png`] = [fastPng(i), { level: 0 }]
  const zip = info.outputPath('many.zip')
  writeFileSync(zip, zipSync(files))
  const before = await memoryOf(page)

  await images.chooseFiles(zip)
  const opening = page.getByTestId('opening')
  await expect(opening).toContainText(/Reading pictures, [\d,]{4,} of 10,000/, { timeout: 120_000 })
  await page.getByTestId('opening-cancel').click()
  await expect(opening).toHaveCount(0)
  // The sample from before still stands.
  expect(await images.shown()).toBeGreaterThan(1000)

  const watched = watchMemory(page)
  await images.chooseFiles(zip)
  await images.waitAlbum('many.zip', 240_000)
  const during = await watched()
  const { decoded, images: taken } = (await opened()).at(-1)!
  expect(taken).toBe(COUNT)
  expect(decoded).toBeLessThan(COUNT - 500)
  // Cut for Stamp these are 123 MB: they lie on the disk, and were never all in memory.
  const grown = (await memoryOf(page)) - before
  const most = Math.max(...during) - before
  const megabytes = [grown, most, ...during.map((count) => count - before)].map((count) => (count / 2 ** 20).toFixed(1))
  console.log(`10,000 pictures: ${megabytes[0]} MB more, at most ${megabytes[1]} MB (${megabytes.slice(2).join(', ')})`)
  expect(during.length).toBeGreaterThan(0)
  expect(most).toBeLessThan(80 * 2 ** 20)
  expect(grown).toBeLessThan(80 * 2 ** 20)

  expect(await images.shown()).toBe(COUNT)
  expect(await images.grid.getByRole('option').count()).toBeLessThan(300)
  await images.grid.focus()
  await page.keyboard.press('End')
  await expect(images.grid.getByRole('option').last()).toHaveAttribute('aria-posinset', String(COUNT))
  await expect(images.grid.locator('canvas[data-drawn]').last()).toBeVisible()
})
