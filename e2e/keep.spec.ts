/**
 * Nothing is lost: a tab that is closed or crashes in the middle of a run, at any moment, loses at most the last seconds;
 * gone on with, the run ends as if nobody had disturbed it, bit for bit. Two tabs on one run. On WASM.
 */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { keptRuns } from './kept'
import { PassepartoutPage } from './page'
import { PortablePage, type TakenFile } from './portable-page'
import { openShortRun } from './short-run'

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

/** Steps a second, once the first ones are made; by a run that is given up. */
async function paceOf(passepartout: PassepartoutPage): Promise<number> {
  const past = (step: number) => expect.poll(() => passepartout.stepsMade(), { timeout: 120_000 }).toBeGreaterThan(step)
  await passepartout.setSteps(100)
  await passepartout.start()
  await past(2)
  const [since, first] = [performance.now(), await passepartout.stepsMade()]
  await past(first + 7)
  const pace = ((await passepartout.stepsMade()) - first) / ((performance.now() - since) / 1000)
  await passepartout.stop()
  await passepartout.waitFinished()
  return pace
}

/**
 * Learns for longer than lies between two saves: until a step has ended after that time, its state was read during the next,
 * and written during another. Resolves with the pace, steps a second.
 */
async function pastASave(passepartout: PassepartoutPage, begun: number): Promise<number> {
  const past = (step: number) => expect.poll(() => passepartout.stepsMade(), { timeout: 60_000 }).toBeGreaterThan(step)
  await past(begun)
  const [since, first] = [performance.now(), await passepartout.stepsMade()]
  await passepartout.page.waitForTimeout(4000)
  await past((await passepartout.stepsMade()) + 2)
  return ((await passepartout.stepsMade()) - first) / ((performance.now() - since) / 1000)
}

test('killed at random moments and gone on with, a run ends as one that nobody disturbed', async ({
  page,
  context,
}, info) => {
  test.setTimeout(900_000)
  const first = await openShortRun(page, info, null)
  // Long enough for both ends: twice what they take.
  const steps = Math.ceil(Math.min(200, Math.max(30, 15 * (await paceOf(first)))))
  await first.setSteps(steps)
  await first.start()
  await first.waitFinished(300_000)
  const [undisturbed] = await keptRuns(page)
  expect(undisturbed!.loss).toHaveLength(steps)

  await first.start()
  // Not the end of the one before, and past its first save.
  await first.waitStatus('learning')
  await expect.poll(() => first.stepsMade(), { timeout: 60_000 }).toBeGreaterThan(0)
  let [current, kept] = [first, 0]
  for (const end of ['closed', 'crashed'] as const) {
    const moment = Math.floor(300 + Math.random() * 1200)
    await test.step(`${end} after ${moment} ms`, async () => {
      const begun = await current.stepsMade()
      const stepsPerSecond = end === 'crashed' ? await pastASave(current, begun) : null
      await current.page.waitForTimeout(moment)
      const seen = await current.stepsMade()
      if (end === 'closed') await current.page.close({ runBeforeUnload: false })
      else await crash(current.page)
      current = await reopened(context)
      const banner = current.page.getByTestId('unfinished')
      await expect(banner).toBeVisible()
      const [left] = await keptRuns(current.page)
      expect(left!.loss).toEqual(undisturbed!.loss.slice(0, left!.loss.length))
      if (stepsPerSecond !== null) {
        expect(left!.step).toBeGreaterThan(Math.max(kept, begun))
        // Three seconds, one more for the saving itself, and the steps that it takes.
        expect(seen - left!.step).toBeLessThanOrEqual(Math.ceil(4 * stepsPerSecond) + 3)
      }
      kept = left!.step

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
  const first = await openShortRun(page, info, null)
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
  await expect(first.page.getByTestId('taken')).toBeVisible({ timeout: 60_000 })
  await first.page.screenshot({ path: info.outputPath('first.png') })
  expect(await first.status()).toBe('idle')
  const taken = await second.stepsMade()
  expect(taken).toBeGreaterThan(0)
  await expect.poll(() => second.stepsMade(), { timeout: 60_000 }).toBeGreaterThan(taken)
  expect(await keptRuns(second.page)).toHaveLength(1)

  await first.page.getByRole('link', { name: 'Runs' }).click()
  const listed = first.page.getByTestId('run-row')
  await expect(listed).toHaveAttribute('data-state', 'learning', { timeout: 30_000 })
  await second.stop()
  await second.waitFinished()
  await expect(listed).toHaveAttribute('data-state', 'finished', { timeout: 30_000 })

  const worker = second.page.workers().find((one) => one.url().includes('/assets/worker-'))!
  await worker.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
  })
  await second.start()
  const unkeepable = second.page.getByTestId('keeping')
  await expect(unkeepable).toContainText('no room left to keep this run', { timeout: 60_000 })
  const unkept = await second.stepsMade()
  await expect.poll(() => second.stepsMade(), { timeout: 60_000 }).toBeGreaterThan(unkept)
})

test('runs over several seeds go on after a reload, one after the other', async ({ page, context }, info) => {
  test.setTimeout(600_000)
  const first = await openShortRun(page, info, null)
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

  await again.page.getByRole('link', { name: 'Runs' }).click()
  const rows = again.page.getByTestId('run-row')
  await expect(rows).toHaveCount(1)
  const mean = await again.page.getByTestId('group-spread').getAttribute('data-mean')
  expect(Number(mean)).toBeCloseTo((a!.tested! + b!.tested!) / 2, 10)
  const portable = new PortablePage(again.page)
  const files = new Map<string, TakenFile>()

  await test.step('each file of a run is of its format', async () => {
    await portable.openFiles(0)
    for (const [kind, begins] of Object.entries(BEGINNINGS)) {
      const file = await portable.take(kind)
      files.set(kind, file)
      expect(begins(file.bytes), kind).toBe(true)
    }
    await again.page.keyboard.press('Escape')
  })

  await test.step('projects and borders come back as runs', async () => {
    for (const [i, kind] of ['project', 'safetensors', 'pth.tar'].entries()) {
      const file = files.get(kind)!
      await portable.bring(file)
      await expect(again.page.getByTestId('imported')).toContainText(`Runs brought in from ${file.name}: 1.`)
      await expect(rows).toHaveCount(i + 2)
      await expect(rows.first()).toHaveAttribute('data-state', 'finished', { timeout: 60_000 })
    }
    const brought = await keptRuns(again.page)
    const answers = brought.map((run) => run.answers)
    expect(answers.filter((one) => one.join() === alone!.answers.join())).toHaveLength(5)
  })

  await test.step('a project of a newer version is refused', async () => {
    await portable.bring({ name: 'tomorrow.zip', bytes: ofNewerVersion(files.get('project')!.bytes) })
    await expect(again.page.getByTestId('alert')).toContainText('"tomorrow.zip" was made by a newer version')
    await expect(rows).toHaveCount(4)
  })

  await test.step('sorted by a column, and pinned', async () => {
    const seed = again.page.getByRole('columnheader', { name: 'Seed' })
    await seed.getByRole('button').click()
    await expect(seed).toHaveAttribute('aria-sort', 'descending')
    const last = await rows.last().getAttribute('data-run')
    await rows.last().getByTestId('pin').click()
    await expect(rows.first()).toHaveAttribute('data-run', last!)
  })
})

const says = (text: string) => (bytes: Buffer) => bytes.toString('utf8').startsWith(text)
const isZip = (bytes: Buffer) => bytes.readUInt32LE(0) === 0x04034b50
const isPng = (bytes: Buffer) => bytes.toString('latin1', 1, 4) === 'PNG'
const isSvg = (bytes: Buffer) => says('<?xml')(bytes) && bytes.includes('<svg ')

/** Whether a file begins as files of its format do. */
const BEGINNINGS: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  project: (bytes) => isZip(bytes) && 'manifest.json' in unzipSync(bytes),
  safetensors: (bytes) => bytes.readUInt32LE(4) === 0 && bytes[8] === 0x7b && bytes.length > bytes.readUInt32LE(0),
  'pth.tar': (bytes) => isZip(bytes) && Object.keys(unzipSync(bytes)).some((name) => name.endsWith('/data.pkl')),
  'signed.png': isPng,
  'as-is.png': isPng,
  'linear.png': isPng,
  'report.md': says('# '),
  'curves.svg': isSvg,
  'curves.png': isPng,
  'accuracy.svg': isSvg,
  'accuracy.png': isPng,
  'confusion.svg': isSvg,
  'confusion.png': isPng,
  'curve.csv': says('step,'),
  'metrics.json': (bytes) => typeof JSON.parse(bytes.toString('utf8')) === 'object',
}

function ofNewerVersion(project: Buffer): Buffer {
  const files = unzipSync(project)
  const manifest = JSON.parse(strFromU8(files['manifest.json']!)) as { version: number }
  const newer = strToU8(JSON.stringify({ ...manifest, version: manifest.version + 1 }))
  return Buffer.from(zipSync({ ...files, 'manifest.json': newer }))
}

/** Opens the newest run of the table of runs. */
async function openFromTable({ page }: PassepartoutPage): Promise<void> {
  await page.getByRole('link', { name: 'Runs' }).click()
  await page.getByTestId('run-menu').first().click()
  await page.getByTestId('run-open').click()
}
