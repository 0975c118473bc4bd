/**
 * The page as a person works it, for browser tests; beside it timeline-page.ts (the stage), try-page.ts, images-page.ts,
 * compare-page.ts and portable-page.ts. Everything is found by an accessible name or one of these stable `data-testid`s:
 *
 *   engine [data-engine]  model  sample-<id>  own-folder  own-zip  drop-area  classes  class-row  skipped
 *   recipe-quick  recipe-paper  steps  seed  recipe-change  recipe-<borderFraction|learningRate|batchSize>  init-<zero|normal>
 *   reset-<what was changed>
 *   main-button (Start, Pause or Resume)  step-button  stop-button  reset-run  undo-reset  notice
 *   run [data-status: idle starting learning paused testing finished failed]  run-state  progress  step-count
 *   loss-plot  accuracy-plot  validation-accuracy [data-value]  validation-zero-shot [data-value]
 *   result  zero-shot-accuracy [data-value]  prompted-accuracy [data-value]  delta  p-value [data-value]  interval-bars
 *   guessing [data-known] [data-learned]  to-result
 *   provenance  proof [data-same]  frozen-before  frozen-after  fixed [data-count]  broken [data-count]
 *   alert  again  announcer
 *   choose-model  model-dialog  machine  model-<id>  variant-<id>-<fp32|fp16|int8>  state-<id> [data-state: away begun here]
 *   refusal-<id>  fetch-<id>  use-<id>  forget-<id>  forget-yes-<id>  model-waiting
 *   download  download-progress  download-bytes  download-rate  download-eta  download-resumed  download-cancel
 *   unfinished  go-on  put-aside  taken  keeping  open-trouble  storage [data-lasting]  import  imported
 *   export-dialog  export-<kind>  export-images  export-command
 *   check-open  check-picture  check-verdict [data-pass]
 *   model-drop  model-folder  model-files  address-other  address  address-apply  network
 *
 * The address takes `?backend=wasm` or `?backend=webgpu`, and `?models=` with where models come from; the first sample is loaded when the page opens.
 */
import { expect, type Locator, type Page } from '@playwright/test'

export type Status = 'idle' | 'starting' | 'learning' | 'paused' | 'testing' | 'recovering' | 'finished' | 'failed'

export interface Accuracies {
  readonly zeroShot: number
  readonly prompted: number
}

export class PassepartoutPage {
  readonly run: Locator
  readonly mainButton: Locator
  readonly result: Locator
  readonly alert: Locator

  constructor(readonly page: Page) {
    this.run = page.getByTestId('run')
    this.mainButton = page.getByTestId('main-button')
    this.result = page.getByTestId('result')
    this.alert = page.getByTestId('alert')
  }

  /** Opens the page and waits until model and first sample are there. `path` is relative to the base address. */
  async open({ backend, path = '' }: { backend?: 'wasm' | 'webgpu'; path?: string } = {}): Promise<void> {
    await this.page.goto(`${path}${backend ? `?backend=${backend}` : ''}` || '/')
    await this.waitReady()
  }

  /** Waits until a task stands and the main button can be pressed. */
  async waitReady(timeout = 60_000): Promise<void> {
    await expect(this.page.getByTestId('class-row').first()).toBeVisible({ timeout })
    await expect(this.mainButton).toBeEnabled({ timeout })
  }

  /** Opens the chooser of models and waits until it knows what there is. */
  async chooseModel(): Promise<void> {
    await this.page.getByTestId('choose-model').click()
    await expect(this.page.getByTestId('model-stamp')).toBeVisible()
  }

  /** Waits until a model of this title is in use and its pictures are read. */
  async waitModel(title: string | RegExp, timeout = 60_000): Promise<void> {
    await expect(this.page.getByTestId('model')).toContainText(title, { timeout })
    await this.waitReady(timeout)
  }

  /** Picks model files, or a folder of them, as a person would through the file dialogue. */
  async chooseModelFiles(way: 'model-files' | 'model-folder', paths: string | readonly string[]): Promise<void> {
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), this.page.getByTestId(way).click()])
    await chooser.setFiles(paths as string | string[])
  }

  async engine(): Promise<string | null> {
    return this.page.getByTestId('engine').getAttribute('data-engine')
  }

  async chooseSample(id: string): Promise<void> {
    const sample = this.page.getByTestId(`sample-${id}`)
    await sample.click()
    await expect(sample).toHaveAttribute('aria-pressed', 'true')
    await this.waitReady()
  }

  /** Picks a zip as a person would through the file dialogue; does not wait, since it may be refused. */
  async chooseZip(path: string): Promise<void> {
    const [chooser] = await Promise.all([
      this.page.waitForEvent('filechooser'),
      this.page.getByTestId('own-zip').click(),
    ])
    await chooser.setFiles(path)
  }

  /** Picks a folder of class folders. */
  async chooseFolder(path: string): Promise<void> {
    const [chooser] = await Promise.all([
      this.page.waitForEvent('filechooser'),
      this.page.getByTestId('own-folder').click(),
    ])
    await chooser.setFiles(path)
  }

  async setSteps(steps: number): Promise<void> {
    await this.type('steps', steps)
  }

  async setSeed(seed: number): Promise<void> {
    await this.type('seed', seed)
  }

  async start(): Promise<void> {
    await this.press('Start')
    await expect(this.run).toHaveAttribute('data-status', /learning|testing|finished/, { timeout: 120_000 })
  }

  async pause(): Promise<void> {
    await this.press('Pause')
    await this.waitStatus('paused')
  }

  async resume(): Promise<void> {
    await this.press('Resume')
    await this.waitStatus('learning')
  }

  /** One step of a paused run, or the first of a new one. Resolves when it has been made. */
  async step(): Promise<void> {
    const before = (await this.status()) === 'paused' ? await this.stepsMade() : 0
    await this.page.getByTestId('step-button').click()
    await expect.poll(() => this.stepsMade(), { timeout: 120_000 }).toBe(before + 1)
  }

  async stop(): Promise<void> {
    await this.page.getByTestId('stop-button').click()
  }

  async waitFinished(timeout = 180_000): Promise<void> {
    await this.waitStatus('finished', timeout)
    await expect(this.result).toBeVisible()
  }

  async waitStatus(status: Status, timeout = 120_000): Promise<void> {
    await expect(this.run).toHaveAttribute('data-status', status, { timeout })
  }

  async status(): Promise<Status> {
    return (await this.run.getAttribute('data-status')) as Status
  }

  /** Steps made, read off the progress bar. */
  async stepsMade(): Promise<number> {
    return Number(await this.page.getByTestId('progress').getAttribute('aria-valuenow'))
  }

  /** Test accuracies of the result, fractions of 1. */
  async accuracies(): Promise<Accuracies> {
    return {
      zeroShot: await this.value('zero-shot-accuracy'),
      prompted: await this.value('prompted-accuracy'),
    }
  }

  /** sha256 of the frozen model before and after the run. */
  async frozen(): Promise<{ readonly before: string; readonly after: string }> {
    return {
      before: (await this.page.getByTestId('frozen-before').textContent()) ?? '',
      after: (await this.page.getByTestId('frozen-after').textContent()) ?? '',
    }
  }

  /** How many test pictures were fixed and broken. */
  async changed(): Promise<{ readonly fixed: number; readonly broken: number }> {
    const count = async (side: string) => Number(await this.page.getByTestId(side).getAttribute('data-count'))
    return { fixed: await count('fixed'), broken: await count('broken') }
  }

  private async press(name: 'Start' | 'Pause' | 'Resume'): Promise<void> {
    await expect(this.mainButton).toContainText(name)
    await this.mainButton.click()
  }

  private async type(testId: 'steps' | 'seed', value: number): Promise<void> {
    const field = this.page.getByTestId(testId)
    await field.fill(String(value))
    await field.press('Enter')
    await expect(field).toHaveValue(String(value))
  }

  private async value(testId: string): Promise<number> {
    return Number(await this.page.getByTestId(testId).getAttribute('data-value'))
  }
}
