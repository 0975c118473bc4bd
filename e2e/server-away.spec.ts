/** The page's server stopped, or the network away: the sentence says so, and all goes on without a reload once it is back. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { PassepartoutPage } from './page'
import { openShortRun } from './short-run'

/** Cuts every request whose address fits, as a server does that is not there. Returns its coming back. */
async function takeAway(context: BrowserContext, address: RegExp): Promise<() => Promise<void>> {
  await context.route(address, (route) => route.abort('connectionrefused'))
  return () => context.unroute(address)
}

async function expectServerBlamed(page: Page, file: RegExp): Promise<void> {
  const { alert } = new PassepartoutPage(page)
  await expect(alert).toBeVisible({ timeout: 60_000 })
  await expect(alert).toHaveCount(1)
  const [message, remedy] = await alert.locator('p').allTextContents()
  expect(message).toMatch(/^The server of this page, localhost:\d+, cannot be reached: \S+ could not be fetched\.$/)
  expect(message).toMatch(file)
  expect(remedy).toMatch(/^Start it again \(npm start\), or check the network, then try once more: nothing is lost/)
}

test('Start without the server blames the server, and works when it is back', async ({ page, context }, info) => {
  const back = await takeAway(context, /\/ort-[^/]*\.(wasm|mjs)$/)
  const passepartout = await openShortRun(page, info, 2)
  await passepartout.mainButton.click()
  await expectServerBlamed(page, /ort-/)
  expect(await passepartout.status()).toBe('idle')
  await expect(page.getByTestId('class-row')).toHaveCount(3)

  await back()
  await passepartout.start()
  await expect(passepartout.alert).toHaveCount(0)
  await passepartout.waitFinished(240_000)
  expect(await passepartout.stepsMade()).toBe(2)
})

test('a page that is loaded learns without its server, and only new pictures miss it', async ({
  page,
  context,
}, info) => {
  const loaded = page.waitForEvent('requestfinished', (request) => /\/ort-[^/]*\.wasm$/.test(request.url()))
  const passepartout = await openShortRun(page, info, 2)
  await loaded
  const back = await takeAway(context, /^https?:/)
  await passepartout.start()
  await passepartout.waitFinished(240_000)

  await page.getByTestId('sample-digits').click()
  await expectServerBlamed(page, /digits\.zip/)
  await expect(page.getByTestId('class-row')).toHaveCount(3)
  await expect(passepartout.result).toBeVisible()

  const { alert } = passepartout
  await test.step('a view that does not come is told in its place', async () => {
    await page.getByTestId('view-images').click()
    await expectServerBlamed(page, /\.(js|css) could/)
    await page.keyboard.press('Control+k')
    await expect(alert).toHaveCount(2)
    await alert.last().getByRole('button').last().click()
    await expect(alert).toHaveCount(1)
  })
  await page.getByTestId('view-learn').click()
  await expect(passepartout.result).toBeVisible()

  await back()
  await page.getByTestId('view-images').click()
  const grid = page.getByTestId('picture-grid')
  await expect(grid.getByRole('option').first()).toBeVisible()
  // With its style sheet.
  await expect(grid).toHaveCSS('overflow-y', 'auto')
  await page.getByTestId('view-learn').click()
  await passepartout.chooseSample('digits')
  await expect(page.getByTestId('class-row')).toHaveCount(10)
  await expect(passepartout.alert).toHaveCount(0)
})

const parts = [
  { what: 'the engine', file: /\/assets\/wasm-[^/]*\.js$/ },
  { what: "tfjs's WASM file", file: /\/tfjs-backend-wasm[^/]*\.wasm$/ },
  { what: 'the list of samples', file: /\/samples\/index\.json$/ },
  { what: 'the model', file: /\/text_model\.onnx$/ },
]
for (const { what, file } of parts) {
  test(`opening without ${what} is tried again by a button`, async ({ page, context }) => {
    const back = await takeAway(context, file)
    await page.goto('./?backend=wasm')
    await expectServerBlamed(page, /\S/)
    await back()
    await page.getByTestId('again').click()
    const passepartout = new PassepartoutPage(page)
    await passepartout.waitReady()
    await expect(passepartout.alert).toHaveCount(0)
  })
}
