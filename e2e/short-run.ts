/** The page with a few pictures of a sample and a few steps, so that measuring takes no longer than learning. */
import { expect, type Page, type TestInfo } from '@playwright/test'
import { writeFileSync } from 'node:fs'
import { PassepartoutPage } from './page'
import { tinyZip } from './tiny-task'

interface ShortRun {
  readonly backend?: 'wasm' | 'webgpu'
  /** Address of the page, if it is not the one under test. */
  readonly path?: string
  /** Pictures of each of the three classes in each split. */
  readonly counts?: Readonly<Record<string, number>>
}

/** @param steps of the recipe; null leaves it as it is */
export async function openShortRun(
  page: Page,
  info: TestInfo,
  steps: number | null,
  { backend = 'wasm', path = '', counts = { train: 16, val: 8, test: 8 } }: ShortRun = {},
): Promise<PassepartoutPage> {
  const passepartout = new PassepartoutPage(page)
  await passepartout.open({ backend, path })
  const zip = info.outputPath('few.zip')
  writeFileSync(zip, tinyZip('counting', 3, counts))
  await passepartout.chooseZip(zip)
  await expect(page.getByTestId('class-row')).toHaveCount(3, { timeout: 60_000 })
  await passepartout.waitReady()
  if (steps !== null) await passepartout.setSteps(steps)
  return passepartout
}
