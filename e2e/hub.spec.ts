/** Getting a model through the page: from a hub with all that can go wrong there, and from one's own files. */
import { expect, test, type Request } from '@playwright/test'
import { zipSync } from 'fflate'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { decodeModel } from '../src/onnx/read'
import { encodeModel, referredFiles } from '../src/onnx/write'
import { withWeightsBeside } from '../tests/support/clip-generator'
import { tinyClassifier } from '../tests/models/tiny-classifier'
import { bytesOf, catalogueEntry, stampFiles, type Files } from '../tests/support/hub-content'
import { serveHub, type HubServer } from '../tests/support/hub-server'
import { expectAccessible } from './axe'
import { dropOn } from './drag'
import { HubPage } from './hub-page'
import { PassepartoutPage } from './page'
import { openShortRun } from './short-run'
import { tinyTask, tinyZip } from './tiny-task'

// A colour on its way from disabled to enabled has no contrast of its own.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

const ID = 'test/stamp-of-the-hub'
const TITLE = 'Stamp of the hub'
const VISION = 'onnx/vision_model.onnx'
const files = stampFiles()
const entry = catalogueEntry(ID, files, [], { title: TITLE })

let hub: HubServer
let page: HubPage
test.beforeEach(async ({ page: tab, context }) => {
  hub = await serveHub({ [ID]: { ...files } })
  page = new HubPage(tab, hub, ID)
  await page.serveCatalogue(context, [entry])
})
test.afterEach(() => hub.close())

test('fetched with progress, cancelled, gone on with, learned on, kept without its server, forgotten', async ({
  page: tab,
}, info) => {
  test.setTimeout(600_000)
  // Slower than all that is looked at before it is cancelled.
  hub.fault(VISION, { kind: 'slow', bytesPerSecond: 15_000 }, 1)
  await page.openWithHub()
  await page.chooseModel()
  await expect(tab.getByTestId('machine')).toContainText('WASM')
  await expect(tab.getByTestId('network')).toContainText(new URL(hub.hub.address).host)
  await page.expectState('away')
  await expectAccessible(tab, 'models')

  await page.fetch.click()
  await expect(tab.getByTestId('download-eta')).toBeVisible()
  await expect(tab.getByTestId('download-rate')).toContainText('/s')
  await expectAccessible(tab, 'models-fetching', 'crosswise')
  const before = await page.fetched()
  expect(before).toBeGreaterThan(0)
  await expect.poll(() => page.fetched(), { timeout: 30_000 }).toBeGreaterThan(before)
  // The page goes on as it was meanwhile, and the download is seen there too.
  await tab.keyboard.press('Escape')
  await expect(page.mainButton).toBeEnabled()
  await expectAccessible(tab, 'fetching-beside', 'crosswise')
  await tab.getByTestId('download-cancel').click()
  await expect(tab.getByTestId('download')).toHaveCount(0)

  await page.chooseModel()
  await page.expectState('begun')
  await expect(page.fetch).toContainText('Go on')
  await page.fetch.click()
  await page.waitModel(`${TITLE}, fp32`)
  await expect(page.dialog).toHaveCount(0)
  expect(hub.requests.some(({ path, range }) => path === VISION && /^bytes=[1-9]/.test(range ?? ''))).toBe(true)

  await hub.close()
  await tab.reload()
  await page.waitModel(`${TITLE}, fp32`)
  const zip = info.outputPath('few.zip')
  writeFileSync(zip, tinyZip('counting', 3, { train: 16, val: 8, test: 8 }))
  await page.chooseZip(zip)
  await expect(tab.getByTestId('class-row')).toHaveCount(3, { timeout: 60_000 })
  await page.waitReady()
  await page.setSteps(2)
  await page.start()
  await page.waitFinished(240_000)
  await expect(tab.getByTestId('provenance')).toContainText(TITLE)

  await page.chooseModel()
  await page.expectState('here')
  await expect(tab.getByTestId(`model-${ID}`)).toContainText('The last run here took')
  await tab.getByTestId(`forget-${ID}`).click()
  await expectAccessible(tab, 'models-forget', 'crosswise')
  const usage = () => tab.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0)
  const full = await usage()
  await tab.getByTestId(`forget-yes-${ID}`).click()
  await page.expectState('away')
  // The run and its pictures stay.
  expect(full - (await usage())).toBeGreaterThan(7e6)
  await tab.reload()
  await page.waitModel(/^Stamp ·/)
})

test('a connection that is cut is taken up again by itself; the hub hears nothing of what is loaded', async ({
  page: tab,
  context,
  baseURL,
}, info) => {
  hub.fault(VISION, { kind: 'cut', after: 1_000_000 }, 2)
  await page.openWithHub()
  const secret = 'zebrafish'
  const zip = info.outputPath(`${secret}.zip`)
  const mine = tinyTask('counting', 3, { train: 4, val: 2, test: 2 }).map(
    ({ path, base64 }) => [path.replace(/\/([^/]+)\//, `/${secret} $1/`), Buffer.from(base64, 'base64')] as const,
  )
  writeFileSync(zip, zipSync(Object.fromEntries(mine)))
  await page.chooseZip(zip)
  await expect(tab.getByTestId('class-row').first()).toContainText(secret, { timeout: 60_000 })
  await page.waitReady()
  const away: Request[] = []
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (/^https?:$/.test(protocol) && origin !== new URL(baseURL!).origin) away.push(request)
  })
  await page.chooseModel()
  await page.fetch.click()
  await page.waitModel(`${TITLE}, fp32`)
  expect(hub.requests.filter(({ path, redirected }) => path === VISION && redirected).length).toBe(3)
  await expect(tab.getByTestId('alert')).toHaveCount(0)

  expect(away.length).toBeGreaterThan(5)
  for (const request of away) {
    expect(request.method()).toBe('GET')
    expect(request.postData()).toBeNull()
    const said = decodeURIComponent(`${request.url()} ${JSON.stringify(request.headers())}`)
    expect(said).not.toContain(secret)
    expect(said).not.toContain('photo of')
  }
})

/** Each tells another sentence than the one before. */
const refusals = [
  { what: 'a web page in its place', fault: { kind: 'page' }, says: /^There is no file onnx\/vision_model\.onnx at/ },
  { what: 'wrong bytes', fault: { kind: 'wrong', at: 2_000_000 }, says: /vision_model\.onnx .*: its sha256 is/ },
  {
    what: 'a missing file',
    fault: { kind: 'status', status: 404 },
    says: /^There is no file onnx\/vision_model\.onnx at/,
  },
] as const

test('what is not the published file is refused with a sentence, and the model before stays', async ({ page: tab }) => {
  await page.openWithHub()
  await page.chooseModel()
  for (const { what, fault, says } of refusals) {
    await test.step(what, async () => {
      hub.fault(VISION, fault, 1)
      await page.fetch.click()
      await expect(page.alert.locator('p').first()).toHaveText(says, { timeout: 60_000 })
      const [message, remedy] = await page.alert.locator('p').allTextContents()
      expect(`${message} ${remedy}`).not.toContain('defect of the program')
      expect(remedy).toMatch(/\.$/)
      await expect(page.fetch).toBeEnabled()
    })
  }
  await expectAccessible(tab, 'models-refused', 'crosswise')
  await tab.keyboard.press('Escape')
  await page.waitModel(/^Stamp ·/)
})

test('what the graphics adapter allows is told, and what it cannot is refused before anything is fetched', async ({
  page: tab,
  context,
}) => {
  const [fp32] = entry.variants
  await page.serveCatalogue(context, [{ ...entry, variants: [fp32!, { ...fp32!, id: 'fp16' }] }])
  await tab.goto(`./?backend=webgpu&models=${encodeURIComponent(hub.hub.address)}`)
  await page.waitReady()
  await page.chooseModel()
  // The tests' software adapter has no arithmetic in half precision (e2e/adapter.ts).
  await expect(tab.getByTestId('machine')).toContainText(/WebGPU.*tensors up to .*, no half precision/)
  await expect(tab.getByTestId(`variant-${ID}-fp32`)).toContainText('advised')
  await expect(tab.getByTestId(`model-${ID}`)).toContainText('of graphics memory')
  await expect(page.fetch).toBeEnabled()
  await tab.getByTestId(`variant-${ID}-fp16`).click()
  await expect(tab.getByTestId(`refusal-${ID}`)).toContainText('shader-f16')
  await expect(page.fetch).toBeDisabled()
  expect(hub.requests).toEqual([])
})

test('a disk without room is named, before anything is fetched and when it fills up meanwhile', async ({
  page: tab,
  context,
  baseURL,
}) => {
  const devtools = await context.newCDPSession(tab)
  const allow = (room: { quotaSize?: number }) =>
    devtools.send('Storage.overrideQuotaForOrigin', { origin: new URL(baseURL!).origin, ...room })
  hub.fault(VISION, { kind: 'slow', bytesPerSecond: 1_000_000 }, 1)
  await page.openWithHub()
  await allow({ quotaSize: 3_000_000 })
  await page.chooseModel()
  await expect(tab.getByTestId(`refusal-${ID}`)).toContainText('on disk')
  await expect(page.fetch).toBeDisabled()
  await expectAccessible(tab, 'models-no-room', 'crosswise')
  expect(hub.requests).toEqual([])

  await tab.keyboard.press('Escape')
  await allow({})
  await page.chooseModel()
  await page.fetch.click()
  await expect.poll(() => page.fetched()).toBeGreaterThan(100_000)
  await allow({ quotaSize: 1_500_000 })
  await expect(page.alert).toBeVisible({ timeout: 30_000 })
  expect(await page.alert.innerText()).toMatch(/room|storage|disk|full/i)
  await allow({})
  // What has come is kept.
  await page.expectState('begun')
})

test('the address is kept, and what is none is refused', async ({ page: tab }) => {
  await page.open({ backend: 'wasm' })
  await page.chooseModel()
  await tab.getByTestId('address-other').click()
  await tab.getByTestId('address').fill('ftp://models.test/')
  await tab.getByTestId('address-apply').click()
  await expect(page.alert).toContainText('is no address to fetch models from')
  await tab.getByTestId('address').fill(hub.hub.address)
  await tab.getByTestId('address-apply').click()
  await page.expectState('away')
  await expect(page.alert).toHaveCount(0)
  await expectAccessible(tab, 'models-address', 'crosswise')
  await tab.reload()
  await page.waitReady()
  await page.chooseModel()
  await page.expectState('away')
  await expect(tab.getByTestId('address')).toHaveValue(hub.hub.address)
})

/** Writes files below a folder; its path. */
function write(folder: string, table: Files): string {
  for (const [path, bytes] of Object.entries(table)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  return folder
}

test.describe('files from disk', () => {
  const beside = withWeightsBeside(decodeModel(files[VISION]!))
  const split: Files = {
    ...files,
    [VISION]: encodeModel(beside),
    'onnx/weights.bin': referredFiles(beside)[0]!.data,
  }

  test('a classifier of one graph with its labels, dropped as a folder, is learned on', async ({ page: tab }, info) => {
    const table = bytesOf(tinyClassifier())
    const folder = write(info.outputPath('colours'), table)
    const passepartout = await openShortRun(tab, info, 2)
    await passepartout.chooseModel()
    await dropOn(tab.getByTestId('model-drop'), folder)
    await expect(tab.getByTestId('model')).toContainText('colours', { timeout: 30_000 })
    await expect(tab.getByTestId('class-row')).toHaveCount(3)
    await passepartout.waitReady()
    await passepartout.setSteps(2)
    await passepartout.start()
    await passepartout.waitFinished(240_000)
    expect(await passepartout.stepsMade()).toBe(2)
  })

  test('what is missing is named; a folder is a model, with weights beside the graph too', async ({
    page: tab,
  }, info) => {
    const folder = write(info.outputPath('my-clip'), split)
    const passepartout = new PassepartoutPage(tab)
    await passepartout.open({ backend: 'wasm' })
    await passepartout.chooseModel()
    await passepartout.chooseModelFiles('model-files', [join(folder, VISION), join(folder, 'config.json')])
    await expect(passepartout.alert).toContainText(
      'lacks the text encoder (text_model.onnx), tokenizer.json (or vocab.json with merges.txt) and preprocessor_config.json of the CLIP.',
      { timeout: 30_000 },
    )
    await dropOn(tab.getByTestId('model-drop'), ...Object.keys(files).map((path) => join(folder, path)))
    await expect(passepartout.alert).toContainText('`weights.bin`, which was not given', { timeout: 30_000 })
    await tab.keyboard.press('Escape')
    await passepartout.waitModel(/^Stamp ·/)

    await passepartout.chooseModel()
    await passepartout.chooseModelFiles('model-folder', folder)
    await passepartout.waitModel(/^my-clip ·/)
    // Its pictures are read anew.
    await expect(tab.getByTestId('class-row')).toHaveCount(6)
    await expectAccessible(tab, 'own-model', 'crosswise')
    await passepartout.chooseModel()
    await expect(tab.getByTestId('model-drop')).toContainText('In use')
  })
})
