/**
 * The views Compare and Runs as a person works them. Stable `data-testid`s:
 *
 *   compare  compare-empty  choose-before  choose-after  split-test  split-val  papers  paper-<report|accuracies|curves|confusion>[-png]  runs-csv
 *   compare-before [data-value]  compare-after [data-value]  compare-difference [data-value]  compare-p [data-value]
 *   compare-interval  compare-ece [data-before data-after]  run-provenance  per-class  per-class-row  reliability  confusion
 *   list-<fixed|broken|bothRight|bothWrong>  list-cell  picture-grid [data-count]  closeup
 *   runs  runs-empty  runs-filter  runs-table  run-row [data-run data-state]  run-group  group-spread [data-mean]
 *   run-zero-shot [data-split]  run-prompted [data-split]  pin  rename  run-menu  run-<open|goOn|compare|rename|repeat|transfer|export|remove>
 *   undo-remove  runs-comparison  compare-answers  config-difference  paired-seeds  overlay-accuracy  overlay-loss [data-drawn]
 *   repeat-dialog  repeat-count  repeat-start
 */
import { expect, type Locator, type Page } from '@playwright/test'
import { readFileSync } from 'node:fs'

export class ComparePage {
  constructor(readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.getByTestId('view-compare').click()
  }

  /** Accuracies of both sides, fractions of 1, once they are there. */
  async accuracies(): Promise<{ readonly before: number; readonly after: number }> {
    await expect(this.page.getByTestId('compare-after')).toBeVisible()
    return { before: await this.#value('compare-before'), after: await this.#value('compare-after') }
  }

  /** Opens a cell with images of the last matrix, of mistakes where there are any, by keyboard. */
  async openCell(): Promise<{ readonly counted: number; readonly opened: number }> {
    const filled = this.page.getByTestId('confusion').last().locator('[role=gridcell]:not([data-shade="0"])')
    const places = await filled.evaluateAll((cells) => cells.map((cell) => cell.getAttribute('data-cell')!.split('-')))
    const cell = filled.nth(
      Math.max(
        0,
        places.findIndex(([truth, predicted]) => truth !== predicted),
      ),
    )
    const counted = Number(await cell.textContent())
    await cell.focus()
    await this.page.keyboard.press('Enter')
    await expect(this.page.getByTestId('list-cell')).toContainText('taken for')
    return { counted, opened: Number(await this.page.getByTestId('picture-grid').getAttribute('data-count')) }
  }

  /** Takes the first picture of the list large. Resolves with how many colours it has. */
  async lookAtFirst(): Promise<number> {
    await this.page.getByTestId('picture-grid').press('Enter')
    await expect(this.page.getByTestId('closeup')).toContainText('Probability of the truth')
    const colours = () =>
      this.page
        .getByTestId('closeup')
        .locator('canvas')
        .evaluate((canvas: HTMLCanvasElement) => {
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
          return new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 3).join())).size
        })
    await expect.poll(colours).toBeGreaterThan(1)
    return colours()
  }

  async #value(testId: string): Promise<number> {
    return Number(await this.page.getByTestId(testId).getAttribute('data-value'))
  }
}

export class RunsPage {
  readonly rows: Locator

  constructor(readonly page: Page) {
    this.rows = page.getByTestId('run-row')
  }

  async open(): Promise<void> {
    await this.page.getByTestId('view-runs').click()
  }

  async chooseAll(): Promise<void> {
    for (const box of await this.rows.getByRole('checkbox').all()) await box.check({ force: true })
  }

  async openMenu(row: number): Promise<void> {
    await this.page.getByTestId('run-menu').nth(row).click()
  }

  async do(row: number, what: 'compare' | 'rename' | 'repeat' | 'transfer' | 'export' | 'remove'): Promise<void> {
    await this.openMenu(row)
    await this.page.getByTestId(`run-${what}`).click()
  }

  /** Measures the border of a run on what is loaded now. Resolves with the new row, once it is measured. */
  async transfer(row: number): Promise<Locator> {
    await expect(this.rows.nth(row)).toBeVisible()
    const before = await this.rows.count()
    await this.do(row, 'transfer')
    await expect(this.rows).toHaveCount(before + 1)
    const there = this.rows.first()
    await expect(there).toContainText('a border from elsewhere')
    await expect(there).toHaveAttribute('data-state', 'finished', { timeout: 60_000 })
    return there
  }

  /** The file that a button hands to the browser. */
  async download(testId: string): Promise<Buffer> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.page.getByTestId(testId).click()])
    return readFileSync(await download.path())
  }

  /** The same of an entry of the menu of papers. */
  async take(testId: string): Promise<Buffer> {
    await this.page.getByTestId('papers').click()
    return this.download(testId)
  }

  async rename(row: number, name: string): Promise<void> {
    await this.do(row, 'rename')
    await this.page.getByTestId('rename').fill(name)
    await this.page.keyboard.press('Enter')
    await expect(this.rows.nth(row)).toContainText(name)
  }
}
