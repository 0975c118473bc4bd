/** Trying a border on anything: a camera (Chromium's pretended one), a pasted and a dropped picture. */
import { expect, test, type Page } from '@playwright/test'
import { CHROMIUM_FLAGS } from './flags'
import type { PassepartoutPage } from './page'
import { openShortRun } from './short-run'

const CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
const executablePath = process.env.CHROMIUM_PATH
test.use({
  launchOptions: { ...(executablePath ? { executablePath } : {}), args: [...CHROMIUM_FLAGS, ...CAMERA] },
  permissions: ['camera'],
})

const goTo = (page: Page, view: string) =>
  page.evaluate((hash) => {
    location.hash = hash
  }, view)

/** A run that goes on for long, and the view to try it in. */
async function openTry(page: Page, passepartout: PassepartoutPage): Promise<void> {
  await passepartout.start()
  await expect.poll(() => passepartout.stepsMade(), { timeout: 120_000 }).toBeGreaterThan(10)
  await goTo(page, 'try')
  await expect(page.getByTestId('try-drop')).toBeVisible()
}

/** Frames drawn, answers shown and long tasks of the page in so many milliseconds. */
const watch = (page: Page, ms: number) =>
  page.evaluate(async (time) => {
    const canvas = document.querySelector<HTMLCanvasElement>('[data-testid=try-after]')!
    const longTasks: number[] = []
    const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((e) => e.duration)))
    observer.observe({ entryTypes: ['longtask'] })
    let answers = 0
    const seen = new MutationObserver(() => answers++)
    seen.observe(document.querySelector('[data-testid=try-answers]')!, { subtree: true, characterData: true })
    const before = Number(canvas.dataset.frames)
    const began = performance.now()
    await new Promise((resolve) => setTimeout(resolve, time))
    const seconds = (performance.now() - began) / 1000
    observer.disconnect()
    seen.disconnect()
    return { framesPerSecond: (Number(canvas.dataset.frames) - before) / seconds, answers, longTasks }
  }, ms)

/**
 * The goal is 15 frames a second on a GPU. Here everything is drawn by the processor that learns meanwhile, and how many come
 * is printed, not judged; they must keep coming.
 */
const KEEPS_COMING = 1
/**
 * Nor is the page blocked, ms: a frame that the processor scales, lays over and draws takes some hundreds where others are at
 * work on it too. What would wait for the model would take longer.
 */
const ANSWERS_WITHIN = 1000

test('the camera: overlaid while learning goes on, and let go when left', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 5000)
  await openTry(page, passepartout)
  await page.getByTestId('try-camera').click()
  await expect(page.getByTestId('try-answers')).toBeVisible({ timeout: 30_000 })
  const learning = await watch(page, 4000)
  console.log(`while learning: ${JSON.stringify(learning)}`)
  expect(learning.framesPerSecond).toBeGreaterThan(KEEPS_COMING)
  expect(Math.max(0, ...learning.longTasks)).toBeLessThan(ANSWERS_WITHIN)
  await expect(page.getByTestId('try-rate')).toHaveText(/^\d+ frames\/s$/)
  await page.screenshot({ path: info.outputPath('camera.png'), fullPage: true })

  // The pretended camera shows a moving picture: the canvas follows, and the mirror turns it.
  await page.getByTestId('try-mirror').click()
  await expect(page.getByTestId('try-mirror')).toHaveAttribute('aria-pressed', 'false')
  await expect(page.getByTestId('try-answers')).toBeVisible()

  const live = await page.evaluateHandle(() => document.querySelector('video')!.srcObject as MediaStream)
  await goTo(page, 'learn')
  await expect(passepartout.run).toBeVisible()
  expect(await live.evaluate((stream) => stream.getTracks().map(({ readyState }) => readyState))).toEqual(['ended'])
  await passepartout.stop()
  await passepartout.waitFinished(240_000)

  await goTo(page, 'try')
  await page.getByTestId('try-camera').click()
  await expect(page.getByTestId('try-answers')).toBeVisible({ timeout: 30_000 })
  const finished = await watch(page, 3000)
  console.log(`on the finished run: ${JSON.stringify(finished)}`)
  expect(finished.framesPerSecond).toBeGreaterThan(KEEPS_COMING)
  expect(Math.max(0, ...finished.longTasks)).toBeLessThan(ANSWERS_WITHIN)
})

/** A PNG of stripes, made in the page, as a file. */
const stripes = `(async () => {
  const canvas = new OffscreenCanvas(90, 60)
  const context = canvas.getContext('2d')
  for (let x = 0; x < 90; x += 10) { context.fillStyle = x % 20 ? '#d33' : '#2b6'; context.fillRect(x, 0, 10, 60) }
  return new File([await canvas.convertToBlob()], 'stripes.png', { type: 'image/png' })
})()`

test('a pasted and a dropped picture, on the finished run', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 4)
  await passepartout.start()
  await passepartout.waitFinished(240_000)
  await goTo(page, 'try')
  await expect(page.getByTestId('try-drop')).toBeVisible()
  await page.evaluate(async (make) => {
    const transfer = new DataTransfer()
    transfer.items.add((await eval(make)) as File)
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }))
  }, stripes)
  await expect(page.getByTestId('try-answers')).toBeVisible({ timeout: 30_000 })
  // The model's cut: 64 of the middle 60 x 60, so the stripes at both ends are gone.
  const sides = await page.getByTestId('try-before').evaluate((canvas: HTMLCanvasElement) => canvas.width)
  expect(sides).toBe(64)
  await expect(page.getByTestId('announcer')).toContainText('stripes.png')

  const pasted = await painted(page)
  await page.getByTestId('try-drop').evaluate(
    async (zone, make) => {
      const dataTransfer = new DataTransfer()
      const picture = (await eval(make)) as File
      dataTransfer.items.add(new File([picture], 'dropped.png', { type: 'image/png' }))
      for (const type of ['dragenter', 'dragover', 'drop']) {
        zone.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
      }
    },
    stripes.replace('#d33', '#33d'),
  )
  await expect(page.getByTestId('announcer')).toContainText('dropped.png')
  await expect.poll(() => painted(page)).not.toBe(pasted)
  await expect(page.getByTestId('try-answers')).toBeVisible()
})

/** What is shown without the border, as one number. */
const painted = (page: Page) =>
  page.getByTestId('try-before').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return data.reduce((hash, value) => (hash * 31 + value) | 0, 7)
  })

test('what is no picture is refused with a remedy', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 4)
  await passepartout.start()
  await passepartout.waitFinished(240_000)
  await goTo(page, 'try')
  await page.getByTestId('try-drop').evaluate((zone) => {
    const data = new DataTransfer()
    data.items.add(new File(['no picture'], 'notes.png', { type: 'image/png' }))
    for (const type of ['dragenter', 'dragover', 'drop']) {
      zone.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }))
    }
  })
  await expect(passepartout.alert).toContainText('This picture does not decode')
})
