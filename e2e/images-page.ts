/**
 * The view of images as a person works it. Test ids beside those of `page.ts`:
 *
 *   images-view  opening  opening-cancel  problems  warnings  undo  redo  go-learn  edit-images
 *   class-editor  edited-class  class-name  prompt  classes-<merge|unmerge|exclude|up|down>
 *   template  template-preset  split-<from|val|test|seed|shots|together>  division-<split> [data-count]
 *   picture-grid  filter-<class|split|verdict>  select-all  selected-count  give-class  give-button  unlabel  take-out
 *   left-out  near-duplicates [data-leaks]  near-together  kept-albums  kept-album  kept-open  kept-forget
 */
import { expect, type Locator, type Page } from '@playwright/test'
import { PassepartoutPage } from './page'

/** What the lab said while albums were opened; see `watchLab`. */
export interface Opened {
  readonly decoded: number
  readonly images: number
}

export class ImagesPage {
  readonly main: PassepartoutPage
  readonly problems: Locator
  readonly warnings: Locator
  readonly grid: Locator
  readonly leftOut: Locator

  constructor(readonly page: Page) {
    this.main = new PassepartoutPage(page)
    this.problems = page.getByTestId('problems')
    this.warnings = page.getByTestId('warnings')
    this.grid = page.getByTestId('picture-grid')
    this.leftOut = page.getByTestId('left-out')
  }

  /** Opens the page and its view of images. */
  async open(): Promise<void> {
    await this.main.open({ backend: 'wasm' })
    await this.go()
  }

  async go(): Promise<void> {
    await this.page.evaluate(() => (globalThis.location.hash = '#images'))
    await expect(this.page.getByTestId('images-view')).toBeVisible()
  }

  async goLearn(): Promise<void> {
    await this.page.evaluate(() => (globalThis.location.hash = '#learn'))
    await expect(this.main.mainButton).toBeVisible()
  }

  async chooseFiles(paths: string | readonly string[]): Promise<void> {
    await this.#choose('own-zip', paths)
  }

  async chooseFolder(path: string): Promise<void> {
    await this.#choose('own-folder', path)
  }

  async #choose(button: string, paths: string | readonly string[]): Promise<void> {
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), this.page.getByTestId(button).click()])
    await chooser.setFiles(paths as string[])
  }

  /** Lets files or folders of the disk go over the middle of the page, as a drag from the file manager does. */
  async drop(...files: string[]): Promise<void> {
    const client = await this.page.context().newCDPSession(this.page)
    const data = { items: [], files, dragOperationsMask: 1 }
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await client.send('Input.dispatchDragEvent', { type, x: 700, y: 300, data })
    }
    await client.detach()
  }

  /** Waits until this album stands. */
  async waitAlbum(name: string | RegExp, timeout = 60_000): Promise<void> {
    await expect(this.page.locator('#album-heading')).toContainText(name, { timeout })
    await expect(this.page.getByTestId('opening')).toHaveCount(0, { timeout })
  }

  /** Names of the classes, in order. */
  async classes(): Promise<string[]> {
    return this.page.getByTestId('class-name').evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value))
  }

  async rename(from: string, to: string): Promise<void> {
    // By its place: the name that it is known by is about to change.
    const field = this.page.getByTestId('class-name').nth((await this.classes()).indexOf(from))
    await field.fill(to)
    await field.press('Enter')
  }

  /** Selects these classes and no others. */
  async selectClasses(...names: string[]): Promise<void> {
    for (const row of await this.page.getByTestId('edited-class').all()) {
      const box = row.getByRole('checkbox')
      const wanted = names.includes(await row.getByTestId('class-name').inputValue())
      if ((await box.isChecked()) !== wanted) await row.locator('label').click()
    }
  }

  async act(name: 'merge' | 'unmerge' | 'exclude' | 'up' | 'down'): Promise<void> {
    await this.page.getByTestId(`classes-${name}`).click()
  }

  /** The handle that a class is dragged by. */
  handle(name: string): Locator {
    return this.page.getByRole('button', { name: `Move ${name}`, exact: true })
  }

  async undo(): Promise<void> {
    await this.page.getByTestId('undo').click()
  }

  /** Pictures of each split. */
  async divisions(): Promise<number[]> {
    const of = (split: string) => this.page.getByTestId(`division-${split}`).getAttribute('data-count')
    return Promise.all(['train', 'val', 'test'].map(async (split) => Number(await of(split))))
  }

  /** Pictures that the grid has. */
  async shown(): Promise<number> {
    const cells = this.grid.getByRole('option')
    return Number(await cells.first().getAttribute('aria-setsize'))
  }
}

interface Reply {
  readonly body?: { readonly album?: { readonly paths?: readonly string[]; readonly decoded: number } } | null
}

/** Keeps what the lab answers to `openAlbum`: call before the page is opened. */
export async function watchLab(page: Page): Promise<() => Promise<readonly Opened[]>> {
  await page.addInitScript(() => {
    const said: Opened[] = []
    Object.assign(globalThis, { opened: said })
    const Native = Worker
    globalThis.Worker = class extends Native {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options)
        this.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
          const album = data.body?.album
          if (album?.paths) said.push({ decoded: album.decoded, images: album.paths.length })
        })
      }
    }
  })
  return () => page.evaluate(() => (globalThis as unknown as { opened: Opened[] }).opened)
}
