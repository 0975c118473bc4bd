/** The whole way of a person who reads nothing, on a folder of their own, with how long each wait was. */
import type { Page } from '@playwright/test'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PassepartoutPage } from '../../e2e/page'
import { openView, type Browser } from './browser'

const OUT = join('test-results', 'walk')
const LONG = 20 * 60_000
const VIEWS = ['images', 'try', 'compare', 'runs', 'learn'] as const

export async function walk(browser: Browser, folder: string): Promise<void> {
  mkdirSync(OUT, { recursive: true })
  let page = await browser.open()
  let it = new PassepartoutPage(page)
  const seen = (name: string, fullPage = false) => page.screenshot({ path: join(OUT, `${name}.png`), fullPage })

  await timed('opening the page', () => it.open())
  await seen('1-front')
  const classes = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  await timed('reading the pictures', async () => {
    await it.chooseFolder(folder)
    await page.getByTestId('opening').waitFor()
    await page.waitForTimeout(2000)
    await seen('2-reading')
    const own = page.getByTestId('class-row').filter({ hasText: classes[0]!.name }).first()
    await own.waitFor({ timeout: LONG })
    await it.waitReady(LONG)
  })
  await seen('3-read', true)
  await timed('from Start to the first step', async () => {
    await it.mainButton.click()
    await reached(page, 1)
  })
  await seen('4-first-step')
  console.log(`  foretold: ${await figures(page)}`)
  await reached(page, 30)
  console.log(`  foretold: ${await figures(page)}`)
  await seen('5-learning', true)

  console.log(`The tab is closed at step ${await it.stepsMade()}.`)
  await page.close({ runBeforeUnload: false })
  page = await browser.open()
  it = new PassepartoutPage(page)
  await goOn(page, it)
  await seen('6-gone-on')
  await reached(page, (await it.stepsMade()) + 10)
  console.log(`The browser is killed at step ${await it.stepsMade()}.`)
  await browser.kill()
  page = await browser.open()
  it = new PassepartoutPage(page)
  await goOn(page, it)
  await timed('the rest, with its measuring', () => it.waitFinished(LONG))
  await seen('7-finished')
  await seen('8-result', true)
  const { zeroShot, prompted } = await it.accuracies()
  console.log(`On test: ${(100 * zeroShot).toFixed(1)} % without the border, ${(100 * prompted).toFixed(1)} % with it.`)
  console.log(`  ${await page.getByTestId('guessing').innerText()}`)
  for (const view of VIEWS) await look(page, view, '9')
  await timed('exporting', () => exportBorder(page))

  await page.setViewportSize({ width: 360, height: 740 })
  for (const view of VIEWS) await look(page, view, '10-phone')
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.getByTestId('language').selectOption('zh')
  for (const view of VIEWS) await look(page, view, '11-dark-chinese')
  console.log(`Pictures lie in ${OUT}.`)
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const began = performance.now()
  await work()
  console.log(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
}

async function goOn(page: Page, it: PassepartoutPage): Promise<void> {
  await it.open()
  const found = page.getByTestId('unfinished')
  await found.waitFor()
  console.log(`  it says: ${(await found.locator('p').first().innerText()).trim()}`)
  await timed('from Go on to learning', async () => {
    await page.getByTestId('go-on').click()
    await it.waitStatus('learning', LONG)
  })
}

const figures = async (page: Page) => (await page.getByTestId('run').innerText()).replaceAll(/\s*\n\s*/g, ' · ')

const reached = (page: Page, step: number) =>
  page.waitForFunction(
    (wanted) => Number(document.querySelector('[data-testid=progress]')?.getAttribute('aria-valuenow')) >= wanted,
    step,
    { timeout: LONG },
  )

async function look(page: Page, view: (typeof VIEWS)[number], name: string): Promise<void> {
  await openView(page, view)
  await page.waitForTimeout(1500)
  await page.screenshot({ path: join(OUT, `${name}-${view}.png`), fullPage: true })
}

async function exportBorder(page: Page): Promise<void> {
  await openView(page, 'runs')
  await page.getByTestId('run-menu').first().click()
  await page.getByTestId('run-export').click()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export-safetensors').click()])
  await download.saveAs(join(OUT, download.suggestedFilename()))
  await page.keyboard.press('Escape')
}
