/** What surrounds every view: keys, palette, appearance, language, tour, addresses, and the two smallest screens. */
import { expect, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { PassepartoutPage } from './page'

// A colour on its way has no contrast of its own.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

test('the palette finds by words, and does what the key does', async ({ page }) => {
  const view = new PassepartoutPage(page)
  await view.open({ backend: 'wasm' })
  await page.keyboard.press('Control+k')
  const palette = page.getByTestId('palette')
  await expect(palette).toBeVisible()
  await page.keyboard.type('model')
  await expect(palette.getByRole('menuitem')).toHaveText([/Choose a model/])
  await expectAccessible(page, 'palette', 'crosswise')
  await page.keyboard.press('Enter')
  await expect(palette).toBeHidden()
  await expect(page.getByTestId('model-dialog')).toBeVisible()
  await page.keyboard.press('Escape')

  await page.keyboard.press('?')
  const sheet = page.getByTestId('key-sheet')
  await expect(sheet).toContainText('Start, pause, go on')
  await expectAccessible(page, 'keys', 'crosswise')
  // Keys are silent while the sheet lies over the page.
  await page.keyboard.press('s')
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  await expect(view.run).toHaveAttribute('data-status', 'idle')
})

test('theme and language are kept, and the page speaks the language everywhere', async ({ page }) => {
  const view = new PassepartoutPage(page)
  await view.open({ backend: 'wasm' })
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const light = await paper()
  await page.getByTestId('theme').selectOption('dark')
  expect(await paper()).not.toBe(light)
  await page.getByTestId('language').selectOption('zh')
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans')
  await expect(view.mainButton).toContainText('开始')
  await page.reload()
  await view.waitReady()
  await expect(view.mainButton).toContainText('开始')
  expect(await paper()).not.toBe(light)
  await expectAccessible(page, 'chinese', 'crosswise')
  // Nothing is left in the other language but names.
  const words = await page.locator('main').innerText()
  const english = words.match(/\b(the|with|and|pictures|border|learned)\b/gi) ?? []
  expect(english).toEqual([])
})

test('the tour shows five stops and can be left at any', async ({ page }) => {
  const view = new PassepartoutPage(page)
  await view.open({ backend: 'wasm' })
  await page.getByTestId('open-tour').click()
  const tour = page.getByTestId('tour')
  for (const stop of [1, 2, 3, 4]) {
    await expect(tour).toHaveAttribute('data-stop', String(stop))
    await expect(page.locator('[data-pointed]')).toHaveCount(1)
    await page.getByTestId('tour-next').click()
  }
  await expect(tour).toHaveAttribute('data-stop', '5')
  await expectAccessible(page, 'tour', 'crosswise')
  await page.getByTestId('tour-back').click()
  await expect(tour).toHaveAttribute('data-stop', '4')
  await page.getByTestId('tour-skip').click()
  await expect(tour).toBeHidden()
  await expect(page.locator('[data-pointed]')).toHaveCount(0)
  await page.getByTestId('open-tour').click()
  await expect(tour).toBeVisible()
  await page.mouse.wheel(0, 200) // still there
  await expect(tour).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(tour).toBeHidden()
})

test('an address carries the recipe and the task, and hides what a lesson does not need', async ({ page }) => {
  const view = new PassepartoutPage(page)
  await page.goto('./?backend=wasm#learn?sample=digits&steps=7&seed=5&hide=model,recipe')
  await view.waitReady()
  await expect(page.getByTestId('sample-digits')).toHaveAttribute('aria-pressed', 'true')
  await expect(page.getByTestId('steps')).toHaveCount(0)
  await expect(page.getByTestId('choose-model')).toHaveCount(0)

  await page.goto('./?backend=wasm#learn?sample=digits&steps=7&seed=5')
  await page.reload()
  await view.waitReady()
  await expect(page.getByTestId('steps')).toHaveValue('7')
  await expect(page.getByTestId('seed')).toHaveValue('5')
  await page.getByTestId('seed').fill('6')
  await page.getByTestId('seed').press('Enter')
  await expect(page).toHaveURL(/seed=6/)
})

test('every view opens by its address and by its key, at 360 pixels without sideways scrolling, and axe finds nothing', async ({
  page,
}) => {
  const view = new PassepartoutPage(page)
  await page.setViewportSize({ width: 360, height: 740 })
  await view.open({ backend: 'wasm' })
  const ids = await page
    .getByRole('navigation')
    .getByRole('link')
    .evaluateAll((links) => links.map((link) => link.getAttribute('data-testid')!.replace('view-', '')))
  expect(ids).toContain('learn')
  // The first last: it is open already.
  for (const id of [...ids.slice(1), ids[0]!]) {
    await page.locator('body').press(String(ids.indexOf(id) + 1))
    await expect(page.getByTestId(`view-${id}`)).toHaveAttribute('aria-current', 'page')
    await expect(page).toHaveURL(new RegExp(`#${id}`))
    await expect(page.getByRole('main')).not.toContainText('Opening…')
    await expectAccessible(page, id, 'crosswise')
    await page.setViewportSize({ width: 360, height: 740 })
  }
  await page.goBack()
  await expect(page.getByTestId(`view-${ids.at(-1)!}`)).toHaveAttribute('aria-current', 'page')
})
