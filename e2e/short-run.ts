/** The page with a few pictures of a sample and a few steps, so that measuring takes no longer than learning. */
import { expect, type Page, type TestInfo } from '@playwright/test'
import { writeFileSync } from 'node:fs'
import { PassepartoutPage } from './page'
import { tinyZip } from './tiny-task'

export async function openShortRun(page: Page, info: TestInfo, steps: number): Promise<PassepartoutPage> {
  const passepartout = new PassepartoutPage(page)
  await passepartout.open({ backend: 'wasm' })
  const zip = info.outputPath('few.zip')
  writeFileSync(zip, tinyZip('counting', 3, { train: 16, val: 8, test: 8 }))
  await passepartout.chooseZip(zip)
  await expect(page.getByTestId('class-row')).toHaveCount(3, { timeout: 60_000 })
  await passepartout.waitReady()
  await passepartout.setSteps(steps)
  return passepartout
}
