/**
 * The view Try as a person works it. The `data-testid`s:
 *
 *   try-drop  try-choose  try-camera  try-cameras  try-mirror  try-rate  try-before  try-after [data-frames]  try-answers
 *   tune  tune-begin  tune-cancel  tune-found
 */
import { expect, type Locator, type Page } from '@playwright/test'

/** A file that is pasted or dropped: its name, and its bytes in base64. */
export interface GivenFile {
  readonly name: string
  readonly base64: string
}

/** What was seen of the overlay while it was watched. */
export interface Watched {
  readonly framesPerSecond: number
  /** How many times answers changed. */
  readonly answers: number
  /** Long tasks of the page, ms. */
  readonly longTasks: readonly number[]
}

export class TryPage {
  readonly zone: Locator
  readonly camera: Locator
  readonly answers: Locator
  readonly rate: Locator
  /** The picture without the border and with it. */
  readonly bare: Locator
  readonly bordered: Locator
  /** Views of the picture that the prompt was tuned for. */
  readonly views: Locator
  readonly tuned: Locator

  constructor(readonly page: Page) {
    this.zone = page.getByTestId('try-drop')
    this.camera = page.getByTestId('try-camera')
    this.answers = page.getByTestId('try-answers')
    this.rate = page.getByTestId('try-rate')
    this.bare = page.getByTestId('try-before')
    this.bordered = page.getByTestId('try-after')
    this.tuned = page.getByTestId('tune-found')
    this.views = this.tuned
      .getByRole('list')
      .filter({ has: page.getByRole('img') })
      .getByRole('listitem')
  }

  async open(): Promise<void> {
    await this.page.getByTestId('view-try').click()
    await expect(this.zone).toBeVisible()
  }

  async leave(): Promise<void> {
    await this.page.getByTestId('view-learn').click()
    await expect(this.page.getByTestId('run')).toBeVisible()
  }

  async waitAnswers(): Promise<void> {
    await expect(this.answers).toBeVisible({ timeout: 30_000 })
  }

  /** The camera on; resolves with the stream that the page got. */
  async startCamera() {
    await this.camera.click()
    await this.waitAnswers()
    return this.page.evaluateHandle(() => document.querySelector('video')!.srcObject as MediaStream)
  }

  async turnMirror(): Promise<void> {
    const mirror = this.page.getByTestId('try-mirror')
    const before = await mirror.getAttribute('aria-pressed')
    await mirror.click()
    await expect(mirror).toHaveAttribute('aria-pressed', String(before !== 'true'))
  }

  /** Picks a picture as a person would through the file dialogue. */
  async choose(path: string): Promise<void> {
    const button = this.page.getByTestId('try-choose')
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), button.click()])
    await chooser.setFiles(path)
  }

  async paste(file: GivenFile): Promise<void> {
    await this.page.evaluate(({ name, base64 }) => {
      const clipboardData = new DataTransfer()
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      clipboardData.items.add(new File([bytes], name, { type: 'image/png' }))
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }, file)
  }

  async drop(file: GivenFile): Promise<void> {
    await this.zone.evaluate((zone, { name, base64 }) => {
      const dataTransfer = new DataTransfer()
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      dataTransfer.items.add(new File([bytes], name, { type: 'image/png' }))
      for (const type of ['dragenter', 'dragover', 'drop']) {
        zone.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
      }
    }, file)
  }

  /** Tunes the prompt for the picture, by the keyboard. */
  async tune(): Promise<void> {
    await this.page.getByTestId('tune-begin').press('Enter')
    await expect(this.tuned).toBeVisible({ timeout: 60_000 })
  }

  /** Watches the overlay for so many milliseconds. */
  async watch(ms: number): Promise<Watched> {
    return this.page.evaluate(async (time) => {
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
  }
}
