/** How the page behaves while it learns: it works by keyboard alone and hidden, and calls nobody. */
import { expect, test } from '@playwright/test'
import { openShortRun } from './short-run'

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

// A headless browser hides no tab; what hiding does to a page is to tell it so and to stop its animation frames.
test('learning goes on without animation frames, as in a hidden tab', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 12)
  await passepartout.start()
  await page.evaluate(() => {
    window.requestAnimationFrame = () => 0
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })
    Object.defineProperty(document, 'hidden', { get: () => true })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await expect.poll(() => passepartout.status(), { timeout: 240_000 }).toBe('finished')
  expect(await passepartout.stepsMade()).toBe(12)
})

test('the page asks before it is left in the middle of a run, and only then', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 5000)
  const asked: string[] = []
  page.on('dialog', async (dialog) => {
    asked.push(dialog.type())
    await dialog.dismiss()
  })
  // A page that is not asked about is gone: the reload goes through.
  const leave = () => page.evaluate(() => location.reload())
  await passepartout.start()
  await expect.poll(() => passepartout.stepsMade(), { timeout: 120_000 }).toBeGreaterThan(0)
  await leave()
  await expect.poll(() => asked).toEqual(['beforeunload'])
  const made = await passepartout.stepsMade()
  await expect.poll(() => passepartout.stepsMade(), { timeout: 60_000 }).toBeGreaterThan(made)
  await passepartout.pause()
  await leave()
  await expect.poll(() => asked).toEqual(['beforeunload', 'beforeunload'])
  expect(await passepartout.status()).toBe('paused')

  await passepartout.stop()
  await passepartout.waitFinished(240_000)
  await Promise.all([page.waitForEvent('load'), leave()])
  await passepartout.waitReady()
  expect(await passepartout.status()).toBe('idle')
  expect(asked).toHaveLength(2)
})

test('nothing is asked of any other server, and nothing is complained of', async ({ page, context, baseURL }, info) => {
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
  await passepartout.start()
  await passepartout.waitFinished(240_000)
  expect(foreign).toEqual([])
  expect(complaints).toEqual([])
})
