/** The page beside a model hub on this machine, whose catalogue is the test's own. */
import { expect, type BrowserContext, type Locator, type Page } from '@playwright/test'
import type { CatalogueModel } from '../src/models/hub/catalogue'
import { PassepartoutPage } from './page'
import type { HubServer } from '../tests/support/hub-server'

export class HubPage extends PassepartoutPage {
  readonly dialog: Locator
  readonly fetch: Locator
  readonly state: Locator

  constructor(
    page: Page,
    readonly hub: HubServer,
    readonly id: string,
  ) {
    super(page)
    this.dialog = page.getByTestId('model-dialog')
    this.fetch = page.getByTestId(`fetch-${id}`)
    this.state = page.getByTestId(`state-${id}`)
  }

  /** The list of models that the hub's address answers with. */
  async serveCatalogue(context: BrowserContext, entries: readonly CatalogueModel[]): Promise<void> {
    await context.route('**/catalogue.json', (route) =>
      route.fulfill({ json: entries, headers: { 'access-control-allow-origin': '*' } }),
    )
  }

  async openWithHub(): Promise<void> {
    await this.page.goto(`./?backend=wasm&models=${encodeURIComponent(this.hub.hub.address)}`)
    await this.waitReady()
  }

  /** Bytes fetched so far, as the page's progress bar says. */
  async fetched(): Promise<number> {
    return Number(await this.page.getByTestId('download-progress').getAttribute('aria-valuenow'))
  }

  async expectState(state: 'away' | 'begun' | 'here'): Promise<void> {
    await expect(this.state).toHaveAttribute('data-state', state, { timeout: 30_000 })
  }

  async forget(): Promise<void> {
    await this.page.getByTestId(`forget-${this.id}`).click()
    await this.page.getByTestId(`forget-yes-${this.id}`).click()
    await this.expectState('away')
  }
}
