/** What people drop by mistake: one sentence and a remedy each, and the task that stood before still stands. */
import { expect, test, type Page } from '@playwright/test'
import { zipSync, type Zippable } from 'fflate'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassepartoutPage } from './page'

const SAMPLE = join('public', 'samples', 'counting', 'train')
const folder = readdirSync(SAMPLE).sort()[0]!
const pictures = readdirSync(join(SAMPLE, folder))
  .sort()
  .map((name) => new Uint8Array(readFileSync(join(SAMPLE, folder, name))))

const CLASSES = ['cats', 'dogs', 'birds'] as const

/** A class folder of sound pictures, other ones for each class. */
function sound(name: (typeof CLASSES)[number]): Zippable {
  const from = 12 * CLASSES.indexOf(name)
  return Object.fromEntries(pictures.slice(from, from + 12).map((bytes, i) => [`${name}/${i}.png`, bytes]))
}
const noise = new TextEncoder().encode('this is no picture')

async function offer(page: Page, path: string, files: Zippable | Uint8Array): Promise<PassepartoutPage> {
  const passepartout = new PassepartoutPage(page)
  await passepartout.open({ backend: 'wasm' })
  writeFileSync(path, files instanceof Uint8Array ? files : zipSync(files))
  await passepartout.chooseZip(path)
  return passepartout
}

const refusals: readonly { title: string; says: RegExp; files: Zippable | Uint8Array }[] = [
  { title: 'no zip at all', says: /not a zip|damaged/, files: noise },
  { title: 'no picture in it', says: /none of them an image/, files: { 'cats/a.txt': noise, 'dogs/b.pdf': noise } },
  { title: 'pictures of a phone', says: /HEIC files/, files: { 'cats/a.HEIC': noise, 'dogs/b.heic': noise } },
  {
    title: 'damaged pictures only',
    says: /None of the 2 pictures/,
    files: { 'cats/a.png': noise, 'dogs/b.png': noise },
  },
]

for (const { title, says, files } of refusals) {
  test(`refused with a sentence: ${title}`, async ({ page }, info) => {
    const passepartout = await offer(page, info.outputPath('offered.zip'), files)
    await expect(passepartout.alert).toBeVisible({ timeout: 30_000 })
    await expect(passepartout.alert).toHaveCount(1)
    const [message, remedy] = await passepartout.alert.locator('p').allTextContents()
    expect(message).toMatch(says)
    expect(message).toMatch(/^[^.]*.*\.$/)
    expect(remedy).toMatch(/\.$/)
    // Nothing is lost: the sample from before is still there and can be learned.
    await passepartout.waitReady()
    await expect(page.getByTestId('class-row')).toHaveCount(6)
  })
}

const leftToPerson: readonly { title: string; says: RegExp; files: Zippable }[] = [
  { title: 'one folder of pictures', says: /have no classes yet/, files: sound('cats') },
  {
    title: 'a class of damaged images',
    says: /one class only, "cats"/,
    files: { ...sound('cats'), 'dogs/a.png': noise, 'dogs/b.png': noise, 'dogs/c.png': noise, 'dogs/d.png': noise },
  },
]

for (const { title, says, files } of leftToPerson) {
  test(`opened, with what is missing before anything can be learned: ${title}`, async ({ page }, info) => {
    const passepartout = await offer(page, info.outputPath('offered.zip'), files)
    await expect(page.getByTestId('problems')).toContainText(says, { timeout: 30_000 })
    await page.goto('./#learn')
    await expect(passepartout.mainButton).toBeDisabled()
    // The samples are where they were.
    await passepartout.chooseSample('counting')
    await expect(page.getByTestId('class-row')).toHaveCount(6)
  })
}

test('an empty class folder and a picture beside the classes are named, and the rest is opened', async ({
  page,
}, info) => {
  const files = { ...sound('cats'), ...sound('birds'), 'dogs/': new Uint8Array(), 'loose.png': pictures[40]! }
  const passepartout = await offer(page, info.outputPath('offered.zip'), files)
  await expect(page.getByTestId('skipped')).toContainText('dogs/', { timeout: 30_000 })
  await expect(passepartout.alert.or(page.getByTestId('problems'))).toHaveCount(0)
})

test('a damaged image among sound ones is left out and named', async ({ page }, info) => {
  const files = { ...sound('cats'), ...sound('dogs'), 'dogs/torn.png': pictures[41]!.slice(0, 60) }
  const passepartout = await offer(page, info.outputPath('offered.zip'), files)
  await expect(page.getByTestId('class-row')).toHaveCount(2, { timeout: 30_000 })
  await passepartout.waitReady()
  await expect(passepartout.alert).toHaveCount(0)
  await expect(page.getByTestId('skipped')).toContainText('torn.png')
})

test('a damaged model is refused with a sentence', async ({ page, context }) => {
  const bytes = readFileSync(join('public', 'models', 'stamp', 'onnx', 'vision_model.onnx'))
  await context.route('**/vision_model.onnx', (route) => route.fulfill({ body: bytes.subarray(0, bytes.length >> 1) }))
  await page.goto('./?backend=wasm')
  const { alert } = new PassepartoutPage(page)
  await expect(alert).toBeVisible({ timeout: 30_000 })
  const [message, remedy] = await alert.locator('p').allTextContents()
  expect(message).toMatch(/vision_model|model/)
  expect(remedy).toMatch(/\.$/)
  expect(`${message} ${remedy}`).not.toContain('defect of the program')
})
