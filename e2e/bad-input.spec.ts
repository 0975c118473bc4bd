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
  .slice(0, 12)
  .map((name) => new Uint8Array(readFileSync(join(SAMPLE, folder, name))))

/** A class folder of sound pictures. */
function sound(name: string): Zippable {
  return Object.fromEntries(pictures.map((bytes, i) => [`${name}/${i}.png`, bytes]))
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
  { title: 'one class only', says: /one class only/, files: sound('cats') },
  { title: 'no zip at all', says: /not a zip|damaged/, files: noise },
  {
    title: 'a class of damaged images',
    says: /dogs.*(decode|read)/,
    files: { ...sound('cats'), 'dogs/a.png': noise, 'dogs/b.png': noise, 'dogs/c.png': noise, 'dogs/d.png': noise },
  },
  { title: 'an empty class', says: /dogs/, files: { ...sound('cats'), ...sound('birds'), 'dogs/': new Uint8Array() } },
  {
    title: 'an image beside the class folders',
    says: /beside the class folders/,
    files: { ...sound('cats'), ...sound('dogs'), 'loose.png': pictures[0]! },
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

test('a damaged image among sound ones is left out and named', async ({ page }, info) => {
  const files = { ...sound('cats'), ...sound('dogs'), 'dogs/torn.png': pictures[0]!.slice(0, 60) }
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
