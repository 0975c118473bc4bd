/**
 * Runs out to files and in from them, as a person works the dialog of files and the button of the view Runs. The
 * `data-testid`s are those of page.ts and compare-page.ts.
 */
import { expect, type Page } from '@playwright/test'
import { readFileSync } from 'node:fs'

export interface TakenFile {
  readonly name: string
  readonly bytes: Buffer
}

export class PortablePage {
  constructor(readonly page: Page) {}

  /** Opens the files of a run of the table. */
  async openFiles(row: number): Promise<void> {
    await this.page.getByTestId('run-menu').nth(row).click()
    await this.page.getByTestId('run-export').click()
    await expect(this.page.getByTestId('export-dialog')).toBeVisible()
  }

  async take(kind: string): Promise<TakenFile> {
    const [download] = await Promise.all([
      this.page.waitForEvent('download'),
      this.page.getByTestId(`export-${kind}`).click(),
    ])
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
  }

  /** Picks a file as a person would through the file dialogue; does not wait, since it may be refused. */
  async bring({ name, bytes }: TakenFile): Promise<void> {
    const button = this.page.getByTestId('import')
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), button.click()])
    await chooser.setFiles({ name, mimeType: 'application/octet-stream', buffer: bytes })
  }
}
