/**
 * The stage and the time scrubber under it as a person works them. The `data-testid`s:
 *
 *   border-canvas  border-step  legend  display-<signed|asIs|red|green|blue|magnitude|spectrum>  strength  strength-value
 *   picture-before  picture-after  wipe  wall-picture-<n>  probabilities
 *   timeline [data-empty]  timeline-slider  timeline-readout  timeline-now  timeline-strip
 *   curve-<loss|rate|gradient|speed>  loss-plot-readout  accuracy-plot-readout
 *   validation-matrix  matrix-about  confusion
 */
import { expect, type Locator, type Page } from '@playwright/test'

export type Display = 'signed' | 'asIs' | 'red' | 'green' | 'blue' | 'magnitude' | 'spectrum'
export type Curve = 'loss' | 'rate' | 'gradient' | 'speed'

export class TimelinePage {
  readonly slider: Locator
  readonly readout: Locator
  readonly border: Locator
  /** The chosen picture without the border and with it. */
  readonly bare: Locator
  readonly bordered: Locator
  readonly probabilities: Locator
  readonly matrixAbout: Locator
  readonly strength: Locator

  constructor(readonly page: Page) {
    this.slider = page.getByTestId('timeline-slider')
    this.readout = page.getByTestId('timeline-readout')
    this.border = page.getByTestId('border-canvas')
    this.bare = page.getByTestId('picture-before')
    this.bordered = page.getByTestId('picture-after')
    this.probabilities = page.getByTestId('probabilities')
    this.matrixAbout = page.getByTestId('matrix-about')
    this.strength = page.getByTestId('strength').getByRole('slider')
  }

  async expectNow(step: number | null = null): Promise<void> {
    await expect(this.readout).toHaveText(step === null ? /^now, step \d+$/ : `now, step ${step}`)
  }

  async expectBackAt(step: number | null = null): Promise<void> {
    await expect(this.readout).toHaveText(step === null ? /^back at step \d+$/ : `back at step ${step}`)
  }

  async expectKept(): Promise<void> {
    await expect(this.readout).toHaveText(/^kept border, step \d+$/)
  }

  /** Back to step 0, by keyboard. */
  async goToStart(): Promise<void> {
    await this.slider.focus()
    await this.page.keyboard.press('Home')
    await this.expectBackAt(0)
  }

  async goOnBy(steps: number): Promise<void> {
    await this.slider.focus()
    for (let i = 0; i < steps; i++) await this.page.keyboard.press('ArrowRight')
  }

  async goNow(): Promise<void> {
    await this.page.getByTestId('timeline-now').click()
    await this.expectNow()
  }

  /** By pointer, near the slider's left end. */
  async clickNearStart(): Promise<void> {
    const { height } = (await this.slider.boundingBox())!
    await this.slider.click({ position: { x: 10, y: height / 2 } })
  }

  async show(display: Display): Promise<void> {
    const choice = this.page.getByTestId(`display-${display}`)
    await choice.click()
    await expect(choice).toHaveAttribute('aria-checked', 'true')
  }

  async plot(curve: Curve): Promise<void> {
    await this.page.getByTestId(`curve-${curve}`).click()
    await expect(this.page.getByTestId('loss-plot').locator('canvas')).toHaveCount(1)
  }

  async openMatrix(): Promise<void> {
    await this.page.getByTestId('validation-matrix').click()
  }

  /** Counts of the confusion matrix, row by row. */
  cells(): Promise<string[]> {
    return this.page.getByTestId('confusion').locator('td[data-cell]').allTextContents()
  }

  /** Probabilities of the chosen picture: without the border, with it. */
  answers(): Promise<string[]> {
    return this.probabilities.locator('ul').allTextContents()
  }

  /** How much of the bordered picture is wiped away, as its style says. */
  wiped(): Promise<string> {
    return this.bordered.evaluate((canvas) => getComputedStyle(canvas.parentElement!).clipPath)
  }
}
