/** A browser that keeps nothing, or has no room left: the run goes on, and the page says that it is not kept, and why. On WASM. */
import { expect, test, type Page, type TestInfo } from '@playwright/test'
import type { PassepartoutPage } from './page'
import { openShortRun } from './short-run'

/** From now on the lab's worker finds its browser so. */
async function inWorker(page: Page, script: string): Promise<void> {
  await page.context().route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${script};${await response.text()}` })
  })
}

const REFUSED = `indexedDB.open = () => { throw new DOMException('The operation is insecure.', 'SecurityError') }`
const FULL = `IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }`

async function learn(page: Page, info: TestInfo): Promise<PassepartoutPage> {
  const passepartout = await openShortRun(page, info, 3)
  await passepartout.start()
  return passepartout
}

test('where nothing is kept, or there is no room, the run goes on and the page says so', async ({ page }, info) => {
  await inWorker(page, REFUSED)
  const passepartout = await learn(page, info)
  const line = page.getByTestId('keeping')
  await expect(line).toContainText('keeps nothing for this page')
  await passepartout.waitFinished()
  await expect(line).toContainText('Export this run before the page is left')
  await page.context().unrouteAll()

  await inWorker(page, FULL)
  await learn(page, info)
  await expect(line).toContainText('no room left to keep this run')
  await passepartout.waitFinished()
  await expect(line).toContainText('Remove runs or models')
})
