/** Images in, as a person would: folders, zips, tables, loose pictures; classes edited and undone; a second opening at once. */
import { expect, test } from '@playwright/test'
import { zipSync } from 'fflate'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expectAccessible, expectPartAccessible } from './axe'
import { ImagesPage, watchLab } from './images-page'
import { folderOf, tinyPng } from './pictures'

test('a folder dropped anywhere is opened, and Start is ready', async ({ page }, info) => {
  const images = new ImagesPage(page)
  await images.main.open({ backend: 'wasm' })
  const root = info.outputPath('pets')
  await folderOf(root, ['cats', 'dogs', 'old_birds'], 12)
  writeFileSync(join(root, 'cats', 'torn.png'), readFileSync(join(root, 'cats', '0000.png')).subarray(0, 60))
  writeFileSync(join(root, 'dogs', 'again.png'), readFileSync(join(root, 'dogs', '0003.png')))
  writeFileSync(join(root, 'notes.txt'), 'mine')
  await images.drop(root)
  await expect(page.getByTestId('class-row')).toHaveCount(3, { timeout: 60_000 })
  await expect(images.main.mainButton).toBeEnabled()
  await page.getByTestId('edit-images').click()
  await images.waitAlbum('pets')
  expect(await images.classes()).toEqual(['cats', 'dogs', 'old birds'])
  expect(await images.divisions()).toEqual([22, 7, 7])
  await expect(page.getByTestId('prompt').nth(2)).toHaveText('“This is a photo of a old birds”')
  for (const said of ['does not decode', 'the same picture again', 'not an image file']) {
    await expect(images.leftOut).toContainText(said)
  }
  expect(await images.shown()).toBe(37)
  await expect(images.grid.locator('canvas[data-drawn]').first()).toBeVisible()
  await expectAccessible(page, 'images', 'crosswise')
  await page.getByTestId('filter-split').selectOption('val')
  await expect.poll(() => images.shown()).toBe(7)
})

test('classes are renamed, merged, excluded, moved; undone and done again; the split stays', async ({ page }, info) => {
  const images = new ImagesPage(page)
  await images.open()
  await folderOf(info.outputPath('set'), ['a', 'b', 'c', 'd'], 10)
  await images.chooseFolder(info.outputPath('set'))
  await images.waitAlbum('set')
  const before = await images.divisions()
  await images.rename('a', 'apple')
  await expect(page.getByTestId('prompt').first()).toHaveText('“This is a photo of a apple”')
  await images.selectClasses('b', 'c')
  await images.act('merge')
  await expect.poll(() => images.classes()).toEqual(['apple', 'b', 'd'])
  expect(await images.divisions()).toEqual(before)
  await images.selectClasses('d')
  await images.act('up')
  await expect.poll(() => images.classes()).toEqual(['apple', 'd', 'b'])
  await images.act('exclude')
  await expect.poll(() => images.divisions()).toEqual([18, 6, 6])
  for (let i = 0; i < 3; i++) await images.undo()
  await expect.poll(() => images.classes()).toEqual(['apple', 'b', 'c', 'd'])
  await expect.poll(() => images.divisions()).toEqual(before)
  // By keyboard, from within the list.
  await images.grid.focus()
  await page.keyboard.press('Control+z')
  await expect.poll(() => images.classes()).toEqual(['a', 'b', 'c', 'd'])
  for (let i = 0; i < 2; i++) await page.keyboard.press('Control+Shift+z')
  await expect.poll(() => images.classes()).toEqual(['apple', 'b', 'd'])
  await test.step('moved by dragging, with the pointer and with the keyboard alone', async () => {
    const rows = page.getByTestId('edited-class')
    // By its handle, which lets the pointer through to the row.
    const [sourcePosition, targetPosition] = [
      { x: 11, y: 18 },
      { x: 40, y: 2 },
    ]
    await rows.nth(2).dragTo(rows.first(), { sourcePosition, targetPosition })
    await expect.poll(() => images.classes()).toEqual(['d', 'apple', 'b'])
    await images.handle('d').press('Enter')
    for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect.poll(() => images.classes()).not.toEqual(['d', 'apple', 'b'])
    await images.undo()
    await images.undo()
    await expect.poll(() => images.classes()).toEqual(['apple', 'b', 'd'])
  })
  await test.step('one alone is shown in the grid, and all again', async () => {
    const all = await images.shown()
    await page.getByTestId('only-these').nth(2).click()
    await expect.poll(() => images.shown()).toBe(10)
    await page.getByTestId('only-these').nth(2).click()
    await expect.poll(() => images.shown()).toBe(all)
  })
  // What has been made of it is what is learned.
  await images.goLearn()
  await expect(page.getByTestId('class-row')).toHaveCount(3)
  await expect(page.getByTestId('class-row').first()).toContainText('apple')
})

test('template, shots and seed make another task; too long a text is warned of', async ({ page }, info) => {
  const images = new ImagesPage(page)
  await images.open()
  await folderOf(info.outputPath('set'), ['a', 'b'], 20)
  await images.chooseFolder(info.outputPath('set'))
  await images.waitAlbum('set')
  await page.getByTestId('split-shots').fill('4')
  await page.getByTestId('split-shots').press('Enter')
  await expect.poll(() => images.divisions()).toEqual([8, 8, 8])
  await expect(images.warnings).toContainText('Fewer than 5 pictures')
  await page.getByTestId('template-preset').selectOption('a photo of a {}, a type of pet.')
  await expect(page.getByTestId('prompt').first()).toHaveText('“a photo of a a, a type of pet.”')
  await page.getByTestId('template').fill(`${'very '.repeat(90)}{}`)
  await page.getByTestId('template').press('Enter')
  await expect(page.getByTestId('prompt').first()).toContainText('the end is cut off')
  await page.getByTestId('template').fill('no place for the name')
  await page.getByTestId('template').press('Enter')
  await expect(images.problems).toContainText('does not hold {} once')
  await images.goLearn()
  await expect(images.main.mainButton).toBeDisabled()
  await images.go()
  await images.undo()
  await expect(images.problems).toHaveCount(0)
})

test('a zip with a table of labels inside', async ({ page }, info) => {
  const images = new ImagesPage(page)
  await images.open()
  const files: Record<string, Uint8Array> = {}
  const rows = ['file;label;split']
  for (let i = 0; i < 24; i++) {
    const split = i < 12 ? 'train' : i < 18 ? 'val' : 'test'
    files[`data/images/p${i}.png`] = await tinyPng(5000 + i)
    rows.push(`images/p${i}.png;"${i % 2 ? 'tabby; cat' : 'dog'}";${split}`)
  }
  rows.push('images/gone.png;dog;train')
  files['data/labels.csv'] = new TextEncoder().encode(rows.join('\r\n'))
  writeFileSync(info.outputPath('table.zip'), zipSync(files))
  await images.chooseFiles(info.outputPath('table.zip'))
  await images.waitAlbum('table.zip')
  expect(await images.classes()).toEqual(['dog', 'tabby; cat'])
  expect(await images.divisions()).toEqual([12, 6, 6])
  await expect(images.leftOut).toContainText('named in data/labels.csv, line 26')
})

test('loose pictures are given classes, with the keyboard alone', async ({ page }, info) => {
  const images = new ImagesPage(page)
  await images.main.open({ backend: 'wasm' })
  const paths = await folderOf(info.outputPath('heap'), ['.'], 24, 9000)
  await images.chooseFiles(paths)
  // Nothing can be learned yet: the view that helps opens by itself.
  await expect(images.problems).toContainText('The pictures have no classes yet.', { timeout: 60_000 })
  expect(await images.shown()).toBe(24)
  await images.grid.focus()
  await page.keyboard.press('Space')
  for (let i = 0; i < 11; i++) await page.keyboard.press('Shift+ArrowRight')
  await expect(page.getByTestId('selected-count')).toHaveText('12 selected')
  await page.getByTestId('give-class').fill('left hand')
  await page.keyboard.press('Enter')
  await expect.poll(() => images.classes()).toEqual(['left hand'])
  await page.getByTestId('filter-class').selectOption('none')
  await expect.poll(() => images.shown()).toBe(12)
  await images.grid.focus()
  await page.keyboard.press('Control+a')
  await page.getByTestId('give-class').fill('right hand')
  await page.keyboard.press('Enter')
  await expect.poll(() => images.classes()).toEqual(['left hand', 'right hand'])
  await expect(images.problems).toHaveCount(0)
  await images.goLearn()
  await expect(images.main.mainButton).toBeEnabled()
})

test('the same files are opened again without decoding; after a reload without the files', async ({ page }, info) => {
  const opened = await watchLab(page)
  const images = new ImagesPage(page)
  await images.open()
  const root = info.outputPath('again')
  await folderOf(root, ['x', 'y'], 30, 300)
  await images.chooseFolder(root)
  await images.waitAlbum('again')
  await images.rename('x', 'ex')
  await expect(page.getByTestId('prompt').first()).toContainText('ex')
  expect(await opened()).toEqual([{ decoded: 60, images: 60 }])

  await page.reload()
  await expect(page.getByTestId('images-view')).toBeVisible()
  const kept = page.getByTestId('kept-album').filter({ hasText: 'again' })
  await kept.getByTestId('kept-open').click()
  await images.waitAlbum('again')
  expect(await images.classes()).toEqual(['ex', 'y'])
  expect((await opened()).at(-1)).toEqual({ decoded: 0, images: 60 })

  // The same pictures under other names, in a zip, with one more: only that one is new.
  const files = Object.fromEntries(
    ['x', 'y'].flatMap((name) =>
      Array.from({ length: 30 }, (_, i) => {
        const path = join(root, name, `${String(i).padStart(4, '0')}.png`)
        return [relative(root, path).replace('.png', '-copy.png'), new Uint8Array(readFileSync(path))]
      }),
    ),
  )
  files['y/new.png'] = new Uint8Array(await tinyPng(777))
  mkdirSync(info.outputPath(), { recursive: true })
  writeFileSync(info.outputPath('copies.zip'), zipSync(files))
  await images.chooseFiles(info.outputPath('copies.zip'))
  await images.waitAlbum('copies.zip')
  expect((await opened()).at(-1)).toEqual({ decoded: 1, images: 61 })

  // What a person made of it does not come back: one question first.
  await kept.getByTestId('kept-forget').click()
  await expectPartAccessible(page, '[data-testid=kept-forget-dialog]')
  await page.getByTestId('kept-forget-no').click()
  await expect(page.getByTestId('kept-forget-dialog')).toHaveCount(0)
  await expect(kept).toHaveCount(1)
  await kept.getByTestId('kept-forget').click()
  await page.getByTestId('kept-forget-yes').click()
  await expect(kept).toHaveCount(0)
})

test('near-duplicates across splits are flagged, and kept together when asked', async ({ page }, info) => {
  const images = new ImagesPage(page)
  await images.open()
  const root = info.outputPath('near')
  await folderOf(root, ['m', 'n'], 20, 40)
  // Each picture of m twice: a few grey levels brighter, so that the file is another one.
  for (let i = 0; i < 20; i++) {
    const path = join(root, 'm', `${String(i).padStart(4, '0')}.png`)
    const sharp = (await import('sharp')).default
    writeFileSync(path.replace('.png', 'b.png'), await sharp(path).linear(1, 2).png().toBuffer())
  }
  await images.chooseFolder(root)
  await images.waitAlbum('near')
  const near = page.getByTestId('near-duplicates')
  await expect(near).toContainText('20 groups')
  await expect(images.warnings).toContainText('near-duplicates lie in more than one split')
  await page.getByTestId('near-together').click()
  await expect(near).toHaveAttribute('data-leaks', '0')
})
