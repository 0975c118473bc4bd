/** After a run: which pictures it fixed and broke, in what runs differ, and a name, a removal and its undoing. On WASM. */
import { expect, test } from '@playwright/test'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectAccessible, expectPartAccessible } from './axe'
import { ComparePage, RunsPage } from './compare-page'
import { openShortRun } from './short-run'
import { tinyZip } from './tiny-task'
import { tinyVisionOfStamp } from './tiny-towers'

// A colour on its way from disabled to enabled has no contrast of its own.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

test('two runs on the same pictures are taken apart and set side by side', async ({ page }, info) => {
  test.setTimeout(900_000)
  const passepartout = await openShortRun(page, info, 24)
  const compare = new ComparePage(page)
  const runs = new RunsPage(page)
  const learn = () => page.getByTestId('view-learn').click()
  await runs.open()
  await expect(page.getByTestId('runs-empty')).toContainText('No runs yet')
  await learn()
  await passepartout.start()

  await test.step('while it learns, test stays closed', async () => {
    await compare.open()
    await expect(page.getByTestId('alert')).toContainText('stay closed')
    await expect(page.getByTestId('compare-before')).toHaveCount(0)
    await learn()
  })
  await passepartout.waitFinished(400_000)
  const { zeroShot, prompted } = await passepartout.accuracies()
  const changed = await passepartout.changed()
  await expect(page.getByTestId('result-ece')).toContainText('Calibration error')

  await test.step('its numbers are those of the result', async () => {
    await page.getByTestId('which-images').click()
    expect(await compare.accuracies()).toEqual({ before: zeroShot, after: prompted })
    await expect(page.getByTestId('compare-interval')).toContainText('paired bootstrap')
    await expect(page.getByTestId('list-fixed')).toContainText(String(changed.fixed))
    await expect(page.getByTestId('list-broken')).toContainText(String(changed.broken))
    await expect(page.getByTestId('run-provenance')).toContainText('sha256')
  })

  await test.step('a cell opens its pictures, by keyboard', async () => {
    const { counted, opened } = await compare.openCell()
    expect(counted).toBeGreaterThan(0)
    expect(opened).toBe(counted)
    expect(await compare.lookAtFirst()).toBeGreaterThan(10)
  })
  await expectAccessible(page, 'compare', 'crosswise')

  await test.step('a second seed, and both in the table', async () => {
    await learn()
    await passepartout.setSeed(2)
    await passepartout.start()
    await passepartout.waitFinished(400_000)
    await runs.open()
    await expect(runs.rows).toHaveCount(2)
    await expect(page.getByTestId('run-prompted').first()).toHaveAttribute('data-split', 'test')
    await runs.chooseAll()
    await expect(page.getByTestId('config-difference').locator('tbody tr')).toHaveCount(1)
    await expect(page.getByTestId('config-difference')).toContainText('seed')
    await expect(page.getByTestId('overlay-accuracy')).toHaveAttribute('data-drawn', 'true')
  })
  await expectAccessible(page, 'runs', 'crosswise')

  await test.step('taken along as a report', async () => {
    const text = (await runs.take('paper-report')).toString()
    expect(text).toContain('# Comparison of 2 runs')
    expect(text).toContain((100 * prompted).toFixed(1))
    const picture = await runs.take('paper-accuracies-png')
    // Of a drawing 560 units wide.
    expect(sizeOf(picture).width).toBe(1680)
    const table = (await runs.download('runs-csv')).toString()
    expect(table.trim().split('\r\n')).toHaveLength(3)
  })

  await test.step('and as files of its own', async () => {
    await runs.do(0, 'export')
    await expectPartAccessible(page, '[data-testid=export-dialog]')
    await page.screenshot({ path: info.outputPath('export.png') })
    const border = await runs.download('export-linear.png')
    // 16 bits a channel, a pixel of the model a pixel.
    expect([sizeOf(border).width, border[24]]).toEqual([64, 16])
    expect(sizeOf(await runs.download('export-curves.png')).width).toBe(1680)
    // The keyboard has stayed in the dialog.
    await page.keyboard.press('Escape')
    await expect(page.getByTestId('export-dialog')).toHaveCount(0)
  })

  await test.step('what is asked before it is repeated', async () => {
    await runs.openMenu(0)
    await expectPartAccessible(page, '[role=menu]')
    await page.getByTestId('run-repeat').click()
    await expectPartAccessible(page, '[data-testid=repeat-dialog]')
    await page.keyboard.press('Escape')
    await expect(page.getByTestId('repeat-dialog')).toHaveCount(0)
  })

  await test.step('their answers, picture by picture', async () => {
    await page.getByTestId('compare-answers').click()
    expect((await compare.accuracies()).before).toBe(prompted)
    expect(page.url()).toContain('&b=')
    await page.getByTestId('split-val').click()
    await expect(page.getByTestId('compare')).toContainText('a little too good')
  })

  await test.step('named, removed and brought back; kept by the browser', async () => {
    await runs.open()
    await runs.rename(0, 'The second seed')
    await runs.do(0, 'remove')
    await expect(runs.rows).toHaveCount(1)
    await page.getByTestId('undo-remove').click()
    await expect(runs.rows).toHaveCount(2)
    await page.getByTestId('runs-filter').fill('second')
    await expect(runs.rows).toHaveCount(1)
    await page.reload()
    await expect(runs.rows).toHaveCount(2)
    await expect(page.getByTestId('runs-table')).toContainText('The second seed')
  })

  await test.step('its border on pictures that it never saw', async () => {
    await learn()
    const zip = info.outputPath('others.zip')
    writeFileSync(zip, tinyZip('digits', 3, { train: 2, val: 2, test: 8 }))
    await passepartout.waitReady()
    await passepartout.chooseZip(zip)
    await expect(page.getByTestId('classes')).not.toContainText('object', { timeout: 60_000 })
    await passepartout.waitReady()
    await runs.open()
    const there = await runs.transfer(1)
    await expect(there).toContainText('others')
    await expect(there.getByTestId('run-prompted')).toHaveAttribute('data-split', 'test')

    await runs.do(0, 'compare')
    const { before, after } = await compare.accuracies()
    await expect(page.getByTestId('compare')).toContainText('On the 24 pictures of the test split')
    await runs.open()
    await expect(there.getByTestId('run-zero-shot')).toContainText((100 * before).toFixed(1))
    await expect(there.getByTestId('run-prompted')).toContainText((100 * after).toFixed(1))
  })

  await test.step('and on a model that it never met', async () => {
    await learn()
    await passepartout.chooseModel()
    await passepartout.chooseModelFiles('model-folder', folderOfOtherModel(info.outputPath('other-clip')))
    await passepartout.waitModel(/^other-clip/)
    await runs.open()
    const there = await runs.transfer(1)
    await expect(there).toContainText('other-clip')
    await expect(there.getByTestId('run-prompted')).toHaveAttribute('data-split', 'test')
  })
})

/** The embedded model with another image encoder, of the same input size. Returns its folder. */
function folderOfOtherModel(folder: string): string {
  cpSync('public/models/stamp', folder, { recursive: true })
  writeFileSync(join(folder, 'onnx', 'vision_model.onnx'), tinyVisionOfStamp())
  return folder
}

/** As the head of a PNG has it. */
const sizeOf = (png: Buffer) => ({ width: png.readUInt32BE(16), height: png.readUInt32BE(20) })
