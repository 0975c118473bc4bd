/** How the page behaves while it learns: it stays responsive, works by keyboard alone and hidden, and calls nobody. */
import { expect, test, type Page, type TestInfo } from '@playwright/test'
import { writeFileSync } from 'node:fs'
import { PassepartoutPage } from './page'
import { tinyZip } from './tiny-task'

/** Longest time for which the page's main thread may be busy without a break. */
const LONGEST_TASK_MS = 50

/** Opens the page with a few pictures of a sample, so that measuring takes no longer than learning. */
async function openShortRun(page: Page, info: TestInfo, steps: number): Promise<PassepartoutPage> {
  const passepartout = new PassepartoutPage(page)
  await passepartout.open({ backend: 'wasm' })
  const zip = info.outputPath('few.zip')
  writeFileSync(zip, tinyZip('counting', 3, { train: 16, val: 8, test: 8 }))
  await passepartout.chooseZip(zip)
  await expect(page.getByTestId('class-row')).toHaveCount(3, { timeout: 60_000 })
  await passepartout.waitReady()
  await passepartout.setSteps(steps)
  return passepartout
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds: start, length by the clock, and time that the thread had a processor. */
  readonly ts: number
  readonly dur?: number
  readonly tdur?: number
  readonly args: { readonly name?: string }
}

/** Tasks of the page's main thread in a trace, milliseconds of processor time, longest first. */
function mainThreadTasks(trace: readonly TraceEvent[], pageThread: TraceEvent): number[] {
  const tasks = trace.filter(
    ({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && pid === pageThread.pid && tid === pageThread.tid,
  )
  return tasks.map(({ tdur, dur }) => (tdur ?? dur ?? 0) / 1000).sort((a, b) => b - a)
}

test('the main thread is never busy for long while the lab learns', async ({ page, browser }, info) => {
  const passepartout = await openShortRun(page, info, 40)
  await browser.startTracing(page, { categories: ['devtools.timeline', 'toplevel', 'blink.user_timing'] })
  await page.evaluate(() => performance.mark('passepartout-here'))
  await passepartout.start()
  await passepartout.waitFinished(240_000)
  const buffer = await browser.stopTracing()

  const { traceEvents } = JSON.parse(buffer.toString()) as { traceEvents: TraceEvent[] }
  const here = traceEvents.find(({ name }) => name === 'passepartout-here')
  expect(here, "the page's thread in the trace").toBeDefined()
  const tasks = mainThreadTasks(traceEvents, here!)
  expect(tasks.length, 'tasks of the main thread in the trace').toBeGreaterThan(100)
  await info.attach('longest-tasks-ms', { body: JSON.stringify(tasks.slice(0, 20)), contentType: 'application/json' })
  console.log(
    `longest tasks of the main thread, ms: ${tasks
      .slice(0, 5)
      .map((ms) => ms.toFixed(1))
      .join(' ')}`,
  )
  expect(tasks[0]).toBeLessThan(LONGEST_TASK_MS)
})

test('a whole run by keyboard alone', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 4)
  await page.getByTestId('steps').press('Tab') // away from the field, which takes letters itself
  await page.evaluate(() => (document.activeElement as HTMLElement).blur())

  await page.keyboard.press('s')
  await expect.poll(() => passepartout.stepsMade(), { timeout: 120_000 }).toBe(1)
  await expect(page.getByTestId('step-button')).toBeEnabled()
  expect(await passepartout.status()).toBe('paused')
  await page.keyboard.press('Space')
  await passepartout.waitFinished(240_000)
  expect(await passepartout.stepsMade()).toBe(4)
})

test('every control is reached by Tab', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 4)
  await passepartout.waitReady()
  const wanted = new Set(['own-folder', 'own-zip', 'steps', 'seed', 'main-button', 'step-button', 'strength'])
  const reached = new Set<string>()
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  for (let presses = 0; presses < 120 && reached.size < wanted.size; presses++) {
    await page.keyboard.press('Tab')
    const ids = await page.evaluate(() => {
      const around: string[] = []
      for (let node = document.activeElement; node; node = node.parentElement) {
        const id = node.getAttribute('data-testid')
        if (id) around.push(id)
      }
      return around
    })
    for (const id of ids) if (wanted.has(id)) reached.add(id)
  }
  expect([...reached].sort()).toEqual([...wanted].sort())
})

test('learning goes on in a hidden tab', async ({ page, context }, info) => {
  const passepartout = await openShortRun(page, info, 30)
  await passepartout.start()
  const cdp = await context.newCDPSession(page)
  const { windowId } = (await cdp.send('Browser.getWindowForTarget')) as { windowId: number }
  await cdp.send('Browser.setWindowBounds', { windowId, bounds: { windowState: 'minimized' } })
  await expect.poll(() => page.evaluate(() => document.visibilityState)).toBe('hidden')
  const before = await passepartout.stepsMade()
  await expect.poll(() => passepartout.status(), { timeout: 180_000 }).toBe('finished')
  expect(await page.evaluate(() => document.visibilityState)).toBe('hidden')
  expect(await passepartout.stepsMade()).toBeGreaterThan(before)
})

test('nothing is asked of any other server, and the page is whole without one', async ({
  page,
  context,
  baseURL,
}, info) => {
  const foreign: string[] = []
  context.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(baseURL!) && !/^(data|blob):/.test(url)) foreign.push(url)
  })
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  const passepartout = await openShortRun(page, info, 3)
  // From here on there is no network at all.
  await context.setOffline(true)
  await passepartout.start()
  await passepartout.waitFinished(240_000)
  expect(foreign).toEqual([])
  expect(complaints).toEqual([])
})
