/**
 * Nothing is lost: a tab that is closed or crashes in the middle of a run, at any moment, loses at most the last seconds;
 * gone on with, the run ends as if nobody had disturbed it, bit for bit. Two tabs on one run. On WASM.
 */
import { expect, test, type BrowserContext, type Page, type TestInfo } from '@playwright/test'
import { writeFileSync } from 'node:fs'
import { keptRuns } from './kept'
import { PassepartoutPage } from './page'
import { tinyZip } from './tiny-task'

const STEPS = 16

async function openTiny(page: Page, info: TestInfo): Promise<PassepartoutPage> {
  const passepartout = new PassepartoutPage(page)
  await passepartout.open({ backend: 'wasm' })
  await chooseTiny(passepartout, info)
  return passepartout
}

async function chooseTiny(passepartout: PassepartoutPage, info: TestInfo): Promise<void> {
  const zip = info.outputPath('few.zip')
  writeFileSync(zip, tinyZip('counting', 3, { train: 16, val: 8, test: 8 }))
  await passepartout.chooseZip(zip)
  await expect(passepartout.page.getByTestId('class-row')).toHaveCount(3, { timeout: 60_000 })
  await passepartout.waitReady()
}

const reopened = async (context: BrowserContext): Promise<PassepartoutPage> => {
  const passepartout = new PassepartoutPage(await context.newPage())
  await passepartout.open({ backend: 'wasm' })
  return passepartout
}

/** A tab that dies without a word. */
async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  void session.send('Page.crash').catch(() => undefined)
  await crashed
  await page.close()
}

test('killed at random moments and gone on with, a run ends as one that nobody disturbed', async ({
  page,
  context,
}, info) => {
  test.setTimeout(900_000)
  const first = await openTiny(page, info)
  await first.setSteps(STEPS)
  await first.start()
  await first.waitFinished(300_000)
  const [undisturbed] = await keptRuns(page)
  expect(undisturbed!.loss).toHaveLength(STEPS)

  await first.start()
  let current = first
  for (const end of ['closed', 'crashed'] as const) {
    const moment = Math.floor(300 + Math.random() * 4000)
    await test.step(`${end} after ${moment} ms`, async () => {
      await current.page.waitForTimeout(moment)
      if (end === 'closed') await current.page.close({ runBeforeUnload: false })
      else await crash(current.page)
      current = await reopened(context)
      const banner = current.page.getByTestId('unfinished')
      await expect(banner).toBeVisible()
      const [left] = await keptRuns(current.page)
      expect(left!.loss).toEqual(undisturbed!.loss.slice(0, left!.loss.length))

      // Its images are a person's own: they come back from what the browser keeps of them.
      await current.page.getByTestId('go-on').click()
      await expect(current.page.getByTestId('class-row')).toHaveCount(3, { timeout: 60_000 })
      await current.waitStatus('learning', 120_000).catch(() => current.waitStatus('finished'))
    })
  }
  await current.waitFinished(300_000)
  const [resumed] = await keptRuns(current.page)
  expect(resumed!.id).not.toBe(undisturbed!.id)
  expect(resumed!.loss).toEqual(undisturbed!.loss)
  expect(resumed!.top1).toEqual(undisturbed!.top1)
  expect(resumed!.validated).toEqual(undisturbed!.validated)
  expect(resumed!.border).toEqual(undisturbed!.border)
  expect(resumed!.checkpoint).toEqual(undisturbed!.checkpoint)
  expect(resumed!.answers).toEqual(undisturbed!.answers)
  await current.page.screenshot({ path: info.outputPath('resumed.png'), fullPage: true })
})

test('of two tabs on one run the second only looks, until it takes it over', async ({ page, context }, info) => {
  test.setTimeout(600_000)
  const first = await openTiny(page, info)
  await first.setSteps(400)
  await first.start()
  await expect.poll(() => first.stepsMade(), { timeout: 120_000 }).toBeGreaterThan(5)

  const second = await reopened(context)
  await expect(second.page.getByTestId('unfinished')).toBeHidden()
  await openFromTable(second)
  const line = second.page.getByTestId('taken')
  await expect(line).toBeVisible({ timeout: 60_000 })
  await second.page.screenshot({ path: info.outputPath('second.png') })
  const looked = await first.stepsMade()
  await expect.poll(() => first.stepsMade(), { timeout: 60_000 }).toBeGreaterThan(looked)

  await line.getByRole('button').click()
  await second.waitStatus('learning', 120_000)
  await expect(first.page.getByTestId('taken')).toBeVisible()
  await first.page.screenshot({ path: info.outputPath('first.png') })
  expect(await first.status()).toBe('idle')
  const taken = await second.stepsMade()
  expect(taken).toBeGreaterThan(0)
  await expect.poll(() => second.stepsMade(), { timeout: 60_000 }).toBeGreaterThan(taken)
  expect(await keptRuns(second.page)).toHaveLength(1)

  await first.page.getByRole('link', { name: 'Runs' }).click()
  const listed = first.page.getByTestId('run-row')
  await expect(listed).toHaveAttribute('data-state', 'learning')
  await second.stop()
  await second.waitFinished()
  await expect(listed).toHaveAttribute('data-state', 'finished')

  const worker = second.page.workers().find((one) => one.url().includes('/assets/worker-'))!
  await worker.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
  })
  await second.start()
  await expect(second.page.getByTestId('keeping')).toContainText('no room left to keep this run')
  const unkept = await second.stepsMade()
  await expect.poll(() => second.stepsMade(), { timeout: 60_000 }).toBeGreaterThan(unkept)
})

test('runs over several seeds go on after a reload, one after the other', async ({ page, context }, info) => {
  test.setTimeout(600_000)
  const first = await openTiny(page, info)
  await first.setSteps(4)
  await first.start()
  await first.waitFinished()
  await page.getByRole('link', { name: 'Runs' }).click()
  await page.getByTestId('run-menu').first().click()
  await page.getByTestId('run-repeat').click()
  await page.getByTestId('repeat-count').fill('2')
  await page.getByTestId('repeat-count').press('Tab')
  await page.getByTestId('repeat-start').click()
  await expect.poll(async () => (await keptRuns(page)).map(({ state }) => state).sort()).toContain('waiting')
  await page.close({ runBeforeUnload: false })

  const again = await reopened(context)
  await expect(again.page.getByTestId('unfinished')).toContainText('of 2')
  await again.page.getByTestId('go-on').click()
  await expect
    .poll(async () => (await keptRuns(again.page)).map(({ state }) => state), { timeout: 240_000 })
    .toEqual(['finished', 'finished', 'finished'])
  const [a, b, alone] = await keptRuns(again.page)
  const same = [a!, b!].find(({ loss }) => loss[0] === alone!.loss[0])
  expect(same!.loss).toEqual(alone!.loss)
  expect([a!, b!].find((run) => run !== same)!.loss).not.toEqual(alone!.loss)
})

/** Opens the newest run of the table of runs. */
async function openFromTable({ page }: PassepartoutPage): Promise<void> {
  await page.getByRole('link', { name: 'Runs' }).click()
  await page.getByTestId('run-menu').first().click()
  await page.getByTestId('run-open').click()
}
