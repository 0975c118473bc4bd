/** The pictures of the README: the page on its own samples, small enough to be kept in the repository. */
import type { Page } from '@playwright/test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { PassepartoutPage } from '../../e2e/page'
import { tinyZip } from '../../e2e/tiny-task'
import { openView, type Browser } from './browser'

const OUT = join('docs', 'images')
const MOST_BYTES = 250_000
/** Of the screen to one of the page: sharp where the README shows a picture smaller than it is. */
const SCALE = 1.5
const PHONE = { width: 360, height: 740 }

export async function readmePictures(browser: Browser): Promise<void> {
  mkdirSync(OUT, { recursive: true })
  const page = await browser.open({ height: 870, scale: SCALE })
  const it = new PassepartoutPage(page)
  await it.open()
  await it.start()
  await page.waitForFunction(
    () => Number(document.querySelector('[data-testid=progress]')?.getAttribute('aria-valuenow')) >= 90,
    null,
    { timeout: 600_000 },
  )
  await page.evaluate(() => window.scrollTo(0, 0))
  await keep('learning', await page.screenshot())
  await it.waitFinished(600_000)
  await rest(page)
  await page.getByTestId('to-result').click()
  await rest(page)
  await keep('result', await page.getByTestId('result').screenshot())

  await openView(page, 'compare')
  await rest(page)
  const which = page.getByRole('heading', { name: 'Which pictures' })
  await which.evaluate(toTop)
  await rest(page)
  await keep('compare', await page.screenshot())

  await openView(page, 'try')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByTestId('try-choose').click()])
  await chooser.setFiles(join('public', 'samples', 'counting', 'test', 'four-objects', '000.png'))
  await page.getByTestId('try-answers').waitFor()
  await rest(page)
  await keep('try', await page.screenshot())

  await methods(page)
  await phones(page)
  await ownPictures(page, it)
}

/** The methods that the view Study begins with, measured. */
async function methods(page: Page): Promise<void> {
  await openView(page, 'study')
  const rows = page.getByTestId('study-row')
  await rows.first().waitFor()
  const start = page.getByTestId('study-start')
  await start.click()
  const measured = page.locator('[data-testid=study-row][data-state=measured]')
  await measured.nth((await rows.count()) - 1).waitFor({ timeout: 900_000 })
  await page.evaluate(() => window.scrollTo(0, 0))
  await rest(page)
  await keep('study', await page.screenshot())
}

/** A drawer of one's own pictures: here those of a sample, as a zip. */
async function ownPictures(page: Page, it: PassepartoutPage): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 870 })
  await openView(page, 'learn')
  const zip = join(tmpdir(), 'house-numbers.zip')
  writeFileSync(zip, tinyZip('digits', 10, { train: 24, val: 8, test: 12 }))
  await it.chooseZip(zip)
  await page.getByTestId('class-row').filter({ hasText: 'seven' }).waitFor({ timeout: 60_000 })
  await openView(page, 'images')
  await rest(page)
  await keep('images', await page.screenshot())
}

/** Three small screens in one picture: dark, Chinese, and the border on a picture. */
async function phones(page: Page): Promise<void> {
  await page.setViewportSize(PHONE)
  const screens: Buffer[] = []
  const take = async (view: string, testId: string | null) => {
    await openView(page, view)
    await rest(page)
    if (testId) await page.getByTestId(testId).first().evaluate(toTop)
    await rest(page)
    screens.push(await page.screenshot())
  }
  await take('try', 'try-drop')
  await page.emulateMedia({ colorScheme: 'dark' })
  await take('learn', 'border-canvas')
  await page.getByTestId('language').selectOption('zh')
  await take('learn', 'result')
  const gap = Math.round(28 * SCALE)
  const [width, height] = [PHONE.width * SCALE, PHONE.height * SCALE]
  const wall = { create: { width: 3 * width + 2 * gap, height, channels: 4, background: '#00000000' } } as const
  const hung = screens.map((input, i) => ({ input, left: Math.round(i * (width + gap)), top: 0 }))
  await keep('phone', await sharp(wall).composite(hung).png().toBuffer())
  await page.getByTestId('language').selectOption('en')
  await page.emulateMedia({ colorScheme: 'light' })
}

/** To the top of the window, with room for its frame. */
function toTop(element: Element): void {
  window.scrollBy(0, element.getBoundingClientRect().top - 40)
}

/** Pictures and fonts are drawn, and what moves has come to rest. */
const rest = (page: Page) => page.waitForTimeout(1500)

async function keep(name: string, png: Buffer): Promise<void> {
  let quality = 86
  let bytes = await sharp(png).webp({ quality }).toBuffer()
  while (bytes.length > MOST_BYTES && quality > 40) {
    quality -= 6
    bytes = await sharp(png).webp({ quality }).toBuffer()
  }
  if (bytes.length > MOST_BYTES) throw new Error(`${name}.webp is ${bytes.length} bytes, and may be ${MOST_BYTES}.`)
  writeFileSync(join(OUT, `${name}.webp`), bytes)
  console.log(`${join(OUT, `${name}.webp`)}: ${Math.round(bytes.length / 1000)} kB, quality ${quality}`)
}
