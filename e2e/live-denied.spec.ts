/** Trying a border where the browser does not give the camera: said with a remedy, and a picture can be tried. */
import { expect, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { CHROMIUM_FLAGS } from './flags'
import { openShortRun } from './short-run'
import { TryPage } from './try-page'

const executablePath = process.env.CHROMIUM_PATH
test.use({
  permissions: [],
  launchOptions: {
    ...(executablePath ? { executablePath } : {}),
    args: [...CHROMIUM_FLAGS, '--use-fake-device-for-media-stream', '--deny-permission-prompts'],
  },
  // A colour on its way from disabled to enabled has no contrast of its own.
  contextOptions: { reducedMotion: 'reduce' },
})

test('the camera is refused with what to do, and a picture can still be tried', async ({ page }, info) => {
  const passepartout = await openShortRun(page, info, 4)
  await passepartout.start()
  await passepartout.waitFinished(240_000)
  const trying = new TryPage(page)
  await trying.open()
  await trying.camera.click()
  await expect(passepartout.alert).toContainText('does not let this page use the camera')
  await expect(passepartout.alert).toContainText('Allow the camera')
  await expect(trying.camera).toBeEnabled()
  await page.screenshot({ path: info.outputPath('denied.png'), fullPage: true })
  await trying.choose('public/samples/counting.png')
  await trying.waitAnswers()
  await expect(passepartout.alert).toHaveCount(0)
  await expectAccessible(page, 'try')
})
