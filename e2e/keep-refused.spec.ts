/** A browser that keeps nothing: the run goes on, and the page says that it is not kept, and why. On WASM. */
import { expect, test } from '@playwright/test'
import { openShortRun } from './short-run'

const REFUSED = `indexedDB.open = () => { throw new DOMException('The operation is insecure.', 'SecurityError') }`

test('where nothing is kept the run goes on, and the page says so to its end', async ({ page }, info) => {
  // The lab's worker finds its browser so from the start.
  await page.context().route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${REFUSED};${await response.text()}` })
  })
  const passepartout = await openShortRun(page, info, 3)
  await passepartout.start()
  const line = page.getByTestId('keeping')
  await expect(line).toContainText('keeps nothing for this page')
  await passepartout.waitFinished()
  await expect(line).toContainText('Export this run before the page is left')
})
