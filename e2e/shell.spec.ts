/** What surrounds every view: keys, palette, appearance, language, tour, addresses, and the two smallest screens. */
import { expect, test, type Page } from '@playwright/test'
import { expectAccessible } from './axe'
import { PassepartoutPage } from './page'

// A colour on its way has no contrast of its own.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

test('the palette finds by words, and does what the key does', async ({ page, context }) => {
  const view = new PassepartoutPage(page)
  // A first listener makes Playwright ask the browser to hand over file dialogues: a key that is pressed at the same moment
  // may be there before.
  page.on('filechooser', () => undefined)
  await context.route(/\/Palette-[^/]*\.js$/, async (route) => {
    await new Promise((slow) => setTimeout(slow, 500))
    await route.continue()
  })
  await view.open({ backend: 'wasm' })
  await page.keyboard.press('Control+k')
  await page.keyboard.type('s') // before there is a palette to type into
  const palette = page.getByTestId('palette')
  await expect(palette).toBeVisible()
  await page.keyboard.type('model')
  await expect(palette.getByRole('menuitem')).toHaveText([/Choose a model/])
  await expectAccessible(page, 'palette', 'crosswise')
  await page.keyboard.press('Enter')
  await expect(palette).toBeHidden()
  await expect(page.getByTestId('model-dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('model-dialog')).toBeHidden()
  await expect(view.run).toHaveAttribute('data-status', 'idle')

  await test.step('a folder is opened by a key, and found by its name, though Enter follows at once', async () => {
    const isFolder = async (open: () => Promise<void>) => {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser', { timeout: 30_000 }), open()])
      return chooser.element().evaluate((input: HTMLInputElement) => input.webkitdirectory)
    }
    expect(await isFolder(() => page.keyboard.press('o'))).toBe(true)
    await page.keyboard.press('Control+k')
    await expect(palette).toBeVisible()
    await page.keyboard.type('folder of pictures')
    expect(await isFolder(() => page.keyboard.press('Enter'))).toBe(true)
    await expect(palette).toBeHidden()
  })

  await page.keyboard.press('?')
  const sheet = page.getByTestId('key-sheet')
  await expect(sheet).toContainText('Start, pause, go on')
  await expectAccessible(page, 'keys', 'crosswise')
  // Keys are silent while the sheet lies over the page.
  await page.keyboard.press('s')
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  await expect(view.run).toHaveAttribute('data-status', 'idle')

  await test.step('what has the keyboard is outlined', async () => {
    await page.keyboard.press('Tab')
    const outline = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement!)
      return { style: outlineStyle, width: parseFloat(outlineWidth) }
    })
    expect(outline.style).not.toBe('none')
    expect(outline.width).toBeGreaterThan(1)
  })

  await test.step('nothing moves for who wants no motion', async () => {
    expect(await movingParts(page)).toBe(0)
    await page.emulateMedia({ reducedMotion: 'no-preference' })
    expect(await movingParts(page)).toBeGreaterThan(0)
    await page.emulateMedia({ reducedMotion: 'reduce' })
  })

  await test.step('it can be installed: its manifest is whole, and its icons are of the sizes it says', async () => {
    const manifest = await page.evaluate(async () => {
      const { href } = document.querySelector<HTMLLinkElement>('link[rel=manifest]')!
      type Manifest = { name: string; start_url: string; display: string; icons: { src: string; sizes: string }[] }
      const { name, start_url, display, icons } = (await (await fetch(href)).json()) as Manifest
      const drawn = icons.map(async ({ src, sizes }) => {
        const image = new Image()
        image.src = new URL(src, href).href
        await image.decode()
        return { sizes, drawn: `${image.naturalWidth}x${image.naturalHeight}` }
      })
      return { name, display, start: new URL(start_url, href).href, icons: await Promise.all(drawn) }
    })
    expect(manifest).toMatchObject({ name: 'Passepartout', display: 'standalone' })
    expect(manifest.start).toBe(new URL('./', page.url()).href)
    const sized = manifest.icons.filter(({ sizes }) => sizes !== 'any')
    expect(sized.map(({ drawn }) => drawn)).toEqual(['192x192', '512x512'])
    expect(sized.every(({ sizes, drawn }) => sizes === drawn)).toBe(true)
  })
})

/** Elements whose styles would take time to change. */
const movingParts = (page: Page) =>
  page.evaluate(() => {
    const lasting = (times: string) => times.split(',').some((time) => parseFloat(time) > 0)
    const moves = (element: Element) => {
      const { animationDuration, transitionDuration } = getComputedStyle(element)
      return lasting(transitionDuration) || lasting(animationDuration)
    }
    return [...document.querySelectorAll('*')].filter(moves).length
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
  const words = await page.locator('body').innerText()
  const english = words.match(/\b(the|with|and|was|for|pictures|border|learned)\b/gi) ?? []
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

  await test.step('what is changed of a recipe stands beside what the paper has, and goes back', async () => {
    await page.getByTestId('recipe-paper').click()
    await page.getByTestId('recipe-change').click()
    const rate = page.getByTestId('recipe-learningRate')
    const row = rate.locator('xpath=../..')
    await expect(row).toContainText('as in the paper')
    const published = await rate.inputValue()
    await rate.fill('3')
    await rate.press('Enter')
    await expect(row).toContainText(`paper: ${published}`)
    await page.getByTestId('reset-learningRate').click()
    await expect(rate).toHaveValue(published)
    await expect(row).toContainText('as in the paper')
    await expect(page.getByTestId('reset-learningRate')).toHaveCount(0)
  })
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
