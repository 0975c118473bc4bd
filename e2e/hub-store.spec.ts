/** Models in the browser's private file system, fetched across origins: killed tabs, tabs side by side, full disks. */
import { join } from 'node:path'
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { catalogueEntry, stampFiles } from '../tests/support/hub-content'
import { serveHub, sha256Of, type HubServer } from '../tests/support/hub-server'
import type { StoredFile } from '../src/models/hub/store'
import type { Fetched } from './hub-store/worker'
import { serveTestPage, type Site } from './runtime/site'

const ID = 'passepartout/stamp'
const VISION = 'onnx/vision_model.onnx'
const files = stampFiles()
const model = catalogueEntry(ID, files)
const total = Object.values(files).reduce((sum, { byteLength }) => sum + byteLength, 0)
const trueHashes = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, sha256Of(bytes)]))

let site: Site
let hub: HubServer
test.beforeAll(async () => {
  test.setTimeout(120_000)
  site = await serveTestPage(join(import.meta.dirname, 'hub-store'), process.cwd())
})
test.afterAll(() => site.close())
test.beforeEach(async () => {
  hub = await serveHub({ [ID]: { ...files } })
})
test.afterEach(() => hub.close())

const ask = <T>(page: Page, name: string, ...parameters: unknown[]): Promise<T> =>
  page.evaluate(([n, p]) => globalThis.askStore(n as never, ...p), [name, parameters] as const) as Promise<T>

async function openTab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  await page.goto(site.url)
  await page.waitForFunction(() => 'askStore' in globalThis)
  return page
}

const fetchModel = (page: Page) => ask<Fetched>(page, 'fetchModel', model, hub.hub)
const list = (page: Page) => ask<readonly StoredFile[]>(page, 'list')
const visionOf = async (page: Page) => (await list(page)).find(({ path }) => path === VISION)

/** Where each file was read from its beginning or in part: ranges of the requests that the file servers answered. */
const visionRanges = () =>
  hub.requests.filter(({ path, redirected }) => path === VISION && redirected).map(({ range }) => range)

test('a model is fetched across origins, kept, read back, and there without the hub', async ({ context }) => {
  const page = await openTab(context)
  expect(await ask(page, 'lasting')).toBe(true)
  expect(await fetchModel(page)).toMatchObject({ error: null })
  expect(await ask(page, 'hashes', model, hub.hub)).toEqual(trueHashes)
  expect((await list(page)).every(({ complete, checked }) => complete && checked === 'published')).toBe(true)
  // Nothing that browsers ask permission for first: the file servers do not grant it.
  expect(hub.requests.map(({ method }) => method)).not.toContain('OPTIONS')

  await hub.close()
  await page.close()
  const later = await openTab(context)
  expect((await list(later)).reduce((sum, { bytes }) => sum + bytes, 0)).toBe(total)
  expect(await ask(later, 'hashes', model, hub.hub)).toEqual(trueHashes)
  expect(await fetchModel(later)).toEqual({ error: null, first: {} })
})

for (const [how, kill] of [
  ['closed', (page: Page) => page.close()],
  ['crashed', async (page: Page) => crash(page)],
] as const) {
  test(`what a tab had when it was ${how} is gone on with`, async ({ context }) => {
    const page = await openTab(context)
    hub.fault(VISION, { kind: 'stall', after: 1_500_000 }, 1)
    const fetching = fetchModel(page).catch(() => null)
    await expect.poll(async () => (await visionOf(page))?.bytes).toBe(1_500_000)
    await kill(page)
    await fetching

    const later = await openTab(context)
    expect(await visionOf(later)).toMatchObject({ bytes: 1_500_000, complete: false, sha256: null })
    const { error, first } = await fetchModel(later)
    expect(error).toBeNull()
    expect(first[VISION]).toMatchObject({ loaded: 1_500_000, resumed: true })
    expect(visionRanges()).toEqual([null, 'bytes=1500000-'])
    expect(await ask(later, 'hashes', model, hub.hub)).toEqual(trueHashes)
  })
}

async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash')
  const session = await page.context().newCDPSession(page)
  void session.send('Page.crash').catch(() => undefined)
  await crashed
}

test('two tabs fetch a file once, and both have it', async ({ context }) => {
  const [one, two] = [await openTab(context), await openTab(context)]
  hub.fault(VISION, { kind: 'slow', bytesPerSecond: 3_000_000 })
  const results = await Promise.all([fetchModel(one), fetchModel(two)])
  expect(results.map(({ error }) => error)).toEqual([null, null])
  expect(visionRanges()).toEqual([null])
  expect(await ask(one, 'hashes', model, hub.hub)).toEqual(trueHashes)
  expect(await ask(two, 'hashes', model, hub.hub)).toEqual(trueHashes)
})

test('forgetting a model frees what it took, in every tab', async ({ context }) => {
  const page = await openTab(context)
  await fetchModel(page)
  const other = await openTab(context)
  expect(await ask(page, 'forget', ID)).toBe(total)
  expect(await list(page)).toEqual([])
  expect(await list(other)).toEqual([])
})

test('a store that was cleared behind its back is empty, and takes models again', async ({ context }) => {
  const page = await openTab(context)
  await fetchModel(page)
  await ask(page, 'clearAll')
  expect(await list(page)).toEqual([])
  expect(await fetchModel(page)).toMatchObject({ error: null })
  expect(await ask(page, 'hashes', model, hub.hub)).toEqual(trueHashes)
})

for (const [what, index] of [
  ['of another version', JSON.stringify({ version: 99, files: 'unreadable' })],
  ['that was cut short', '{"version":1,"files":[{"modelId":"pass'],
  ['that is empty', ''],
] as const) {
  test(`an index ${what} is rebuilt by checking the files, without fetching them`, async ({ context }) => {
    const page = await openTab(context)
    await fetchModel(page)
    await ask(page, 'writeIndex', index)
    expect((await list(page)).map(({ complete }) => complete)).not.toContain(true)
    expect((await list(page)).reduce((sum, { bytes }) => sum + bytes, 0)).toBe(total)
    hub.requests.length = 0
    expect(await ask(page, 'hashes', model, hub.hub)).toEqual(trueHashes)
    expect(hub.requests).toEqual([])
    expect((await list(page)).every(({ complete }) => complete)).toBe(true)
  })
}

test.describe('room', () => {
  async function allow(page: Page, quotaSize: number): Promise<void> {
    const session = await page.context().newCDPSession(page)
    await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin, quotaSize })
  }

  test('that is too little is told before a byte is fetched', async ({ context }) => {
    const page = await openTab(context)
    await allow(page, 4_000_000)
    const { error } = await fetchModel(page)
    expect(error!.message).toMatch(
      /^passepartout\/stamp needs 7\.1 MB of storage, and the browser has (3|3\.\d|4) MB left/,
    )
    expect(hub.requests).toEqual([])
  })

  test('that runs out on the way leaves what came, and the download goes on from there', async ({ context }) => {
    const page = await openTab(context)
    hub.fault(VISION, { kind: 'slow', bytesPerSecond: 2_000_000 }, 1)
    const fetching = fetchModel(page)
    await expect.poll(async () => (await visionOf(page))?.bytes ?? 0).toBeGreaterThan(300_000)
    await allow(page, 3_200_000)
    const { error } = await fetching
    expect(error!.message).toMatch(/^There is no more room to keep onnx\/vision_model\.onnx: .* of 3\.7 MB are kept\.$/)
    const part = (await visionOf(page))!.bytes
    expect(part).toBeGreaterThan(300_000)
    expect(part).toBeLessThan(3_200_000)

    await allow(page, 50_000_000)
    const { error: none, first } = await fetchModel(page)
    expect(none).toBeNull()
    expect(first[VISION]).toMatchObject({ loaded: part, resumed: true })
    expect(await ask(page, 'hashes', model, hub.hub)).toEqual(trueHashes)
  })
})
