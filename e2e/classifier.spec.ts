/** A classifier of one's own on the page: its files chosen, a task with too many classes refused, a border learned. */
import { expect, test } from '@playwright/test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TINY_OUTPUTS, tinyClassifier } from '../tests/models/tiny-classifier'
import { expectAccessible, expectPartAccessible } from './axe'
import { PassepartoutPage } from './page'
import { tinyZip } from './tiny-task'

test('learns by its first outputs, and says so', async ({ page: tab }, info) => {
  const page = new PassepartoutPage(tab)
  await page.open({ backend: 'wasm' })
  await page.chooseModel()
  await page.chooseModelFiles('model-folder', write(info.outputPath('five-trees')))
  await page.waitModel(/^five-trees ·/)

  // The sample has six classes, this classifier five outputs.
  await expect(tab.getByTestId('class-row')).toHaveCount(TINY_OUTPUTS + 1)
  await page.mainButton.click()
  await expect(page.alert).toContainText('The task has 6 classes, the classifier only 5 outputs to stand for them.')

  const zip = info.outputPath('three.zip')
  writeFileSync(zip, tinyZip('counting', 3, { train: 6, val: 4, test: 4 }))
  await page.chooseZip(zip)
  await expect(tab.getByTestId('class-row')).toHaveCount(3)
  await page.waitReady()
  await page.setSteps(3)
  await page.start()
  await page.waitFinished()
  await expect(page.result).toContainText('Frozen model, first 3 outputs')
  await expect(page.result).not.toContainText('Zero-shot')
  await expect(tab.getByTestId('validation-zero-shot')).toContainText('frozen model')
  await expect(tab.getByTestId('provenance')).toContainText('ash, beech, cedar')
  const { zeroShot, prompted } = await page.accuracies()
  for (const accuracy of [zeroShot, prompted]) expect(Math.round(accuracy * 12) / 12).toBeCloseTo(accuracy, 9)
})

/** A thousand outputs: no list of them all, and no label twice. */
const MANY = Array.from({ length: 1000 }, (_, i) => `tree ${i}`)

// A colour on its way has no contrast of its own.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

test('learns by outputs that were chosen, and says which', async ({ page: tab }, info) => {
  const page = new PassepartoutPage(tab)
  await page.open({ backend: 'wasm' })
  await page.chooseModel()
  const labels = new TextEncoder().encode(MANY.join('\n'))
  const folder = write(info.outputPath('thousand-trees'), {
    ...tinyClassifier({ outputs: 1000 }),
    'labels.txt': labels,
  })
  await page.chooseModelFiles('model-folder', folder)
  await page.waitModel(/^thousand-trees ·/)
  const zip = info.outputPath('three.zip')
  writeFileSync(zip, tinyZip('counting', 3, { train: 6, val: 4, test: 4 }))
  await page.chooseZip(zip)
  await expect(tab.getByTestId('class-row')).toHaveCount(3)
  await page.waitReady()

  await expect(tab.getByTestId('outputs-summary')).toHaveText('The first 3: tree 0, tree 1, tree 2')
  await tab.getByTestId('outputs-choose').click()
  const second = tab.getByTestId('output-choice').nth(1).getByRole('combobox')
  await second.fill('tree 99')
  await expect(tab.getByRole('option')).toHaveCount(11)
  await expectPartAccessible(tab, '[role=listbox]')
  await tab.screenshot({ path: info.outputPath('outputs.png'), fullPage: true })
  await second.fill('997')
  await second.press('ArrowDown')
  await second.press('Enter')
  await expect(second).toHaveValue('tree 997')
  // With the list closed: an open one hides the rest of the page from readers, which axe takes for a fault.
  await expectAccessible(tab, 'outputs', 'crosswise')
  // One that stands for another class changes places with it.
  const third = tab.getByTestId('output-choice').nth(2).getByRole('combobox')
  await third.fill('tree 0')
  await expect(tab.getByTestId('output-0')).toBeVisible()
  await third.press('ArrowDown')
  await third.press('Enter')
  await expect(tab.getByTestId('outputs-summary')).toHaveText('3 chosen: tree 2, tree 997, tree 0')
  await tab.getByTestId('outputs-choose').click()

  await page.setSteps(2)
  await page.start()
  await page.waitFinished()
  await expect(page.result).toContainText('Frozen model, 3 chosen outputs')
  await expect(tab.getByTestId('provenance')).toContainText('tree 2, tree 997, tree 0')
})

/** The tiny classifier's files in a folder; its path. */
function write(folder: string, files = tinyClassifier()): string {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content instanceof Uint8Array ? content : JSON.stringify(content))
  }
  return folder
}
