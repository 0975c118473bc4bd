/** A classifier of one's own on the page: its files chosen, a task with too many classes refused, a border learned. */
import { expect, test } from '@playwright/test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TINY_OUTPUTS, tinyClassifier } from '../tests/models/tiny-classifier'
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

/** The tiny classifier's files in a folder; its path. */
function write(folder: string): string {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(tinyClassifier())) {
    writeFileSync(join(folder, name), content instanceof Uint8Array ? content : JSON.stringify(content))
  }
  return folder
}
