/**
 * The gallery's visuals, light and dark, held against snapshots of what they are made of: their accessibility tree, their
 * vector drawings, and a checksum of canvases painted pixel by pixel. Fonts and antialiasing have no part in it.
 */
import AxeBuilder from '@axe-core/playwright'
import { createHash } from 'node:crypto'
import { expect, test, type Locator } from '@playwright/test'

const STORIES = [
  'interval-bars',
  'delta-bars',
  'reliability',
  'confusion',
  'confusion-picture',
  'per-class',
  'curves-overlay',
  'border-thumbs',
  'picture-grid',
  'stage-border',
  'probabilities',
  'learn-curves',
  'time',
  'wipe',
  'terms',
]

/** The story as text: roles and names, then each drawing. */
async function contentOf(story: Locator): Promise<string> {
  const drawings = await story.evaluate((element) => {
    const kept = new Set(['d', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'width', 'height', 'style', 'data-shade', 'data-sign'])
    const describe = (node: Element): string =>
      [
        node.localName,
        ...[...node.attributes].filter(({ name }) => kept.has(name)).map((a) => `${a.name}=${a.value}`),
      ].join(' ')
    const marked = [...element.querySelectorAll('svg *, [style], [data-shade], [data-sign]')].filter(
      (node) => !node.closest('.uplot') && !node.matches('canvas, text'),
    )
    const canvases = [...element.querySelectorAll('canvas')].filter((canvas) => !canvas.closest('.uplot'))
    return {
      marked: marked.map(describe),
      canvases: canvases.map((canvas) => [
        ...canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data,
      ]),
    }
  })
  const hashes = drawings.canvases.map((data) => createHash('sha256').update(Uint8Array.from(data)).digest('hex'))
  const text = [await story.ariaSnapshot(), ...drawings.marked, ...hashes.map((hash) => `canvas ${hash}`), ''].join(
    '\n',
  )
  // Two decimals: what lies beyond is no pixel.
  return text.replace(/\d+\.\d{3,}/g, (number) => Number(number).toFixed(2))
}

for (const theme of ['light', 'dark'] as const) {
  test(`visuals, ${theme}`, async ({ page }, info) => {
    await page.goto(`./gallery.html?theme=${theme}`)
    await expect(page.locator('[data-story]')).toHaveCount(STORIES.length)
    await expect(page.locator('[data-drawn]')).toHaveCount(2)
    // What follows the stores is drawn a frame later.
    await expect(page.getByTestId('timeline-readout')).toHaveText('back at step 160')
    for (const plot of ['loss-plot', 'accuracy-plot'])
      await expect(page.getByTestId(`${plot}-readout`)).toHaveText(/^step 16/)
    for (const canvas of ['timeline-strip', 'picture-after']) await painted(page.getByTestId(canvas))
    for (const id of STORIES) {
      const content = await contentOf(page.locator(`[data-story="${id}"]`))
      // Both rooms show the same things; canvases alone know the theme.
      const name = content.includes('\ncanvas ') ? `${id}-${theme}` : id
      expect.soft(content, id).toMatchSnapshot(`${name}.txt`)
    }
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect
      .soft(violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${target.join(' ')}`)))
      .toEqual([])
    await page.screenshot({ path: info.outputPath(`gallery-${theme}.png`), fullPage: true })
  })
}

/** Resolves when something is on a canvas. */
const painted = (canvas: Locator) =>
  expect
    .poll(() =>
      canvas.evaluate((element: HTMLCanvasElement) =>
        element
          .getContext('2d')!
          .getImageData(0, 0, element.width, element.height)
          .data.some((value) => value > 0),
      ),
    )
    .toBe(true)

/** How many pixels of a plot are of each colour, "r,g,b". */
const coloursOf = (plot: Locator): Promise<Readonly<Record<string, number>>> =>
  plot.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    const seen = new Map<string, number>()
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] !== 255) continue
      const key = `${data[i]},${data[i + 1]},${data[i + 2]}`
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
    return Object.fromEntries(seen)
  })

test('curves are drawn: each run’s line in its colour, zero-shot across', async ({ page }) => {
  await page.goto('./gallery.html')
  await expect(page.locator('[data-drawn]')).toHaveCount(2)
  const colours = await coloursOf(page.getByTestId('overlay-accuracy'))
  for (const line of ['23,89,76', '168,78,0', '0,96,160', '154,58,120', '91,94,84'])
    expect(colours[line], line).toBeGreaterThan(100)
})

test('the cells of a confusion matrix are walked by arrow keys and opened by Enter', async ({ page }) => {
  await page.goto('./gallery.html')
  const story = page.locator('[data-story="confusion"]')
  await story.getByRole('gridcell').first().focus()
  await page.keyboard.press('ArrowRight')
  await expect(page.locator(':focus')).toHaveAttribute('data-cell', '0-1')
  await page.keyboard.press('Enter')
  await expect(story.getByTestId('opened')).toHaveText('one object as two objects')
  await page.keyboard.press('Control+End')
  await expect(page.locator(':focus')).toHaveAttribute('data-cell', '5-5')
  await expect(story.locator('[tabindex="0"][role="gridcell"]')).toHaveCount(1)
})

test('a term says what it means, to the tab key and to the pointer', async ({ page }) => {
  await page.goto('./gallery.html')
  await page.getByRole('link', { name: 'dark' }).focus()
  const term = page.getByRole('button', { name: 'Calibration error' })
  for (let tabs = 0; tabs < 60 && !(await term.evaluate((element) => element === document.activeElement)); tabs++)
    await page.keyboard.press('Tab')
  const tooltip = page.getByRole('tooltip')
  await expect(tooltip).toContainText('mean distance between confidence and accuracy')
  await page.waitForTimeout(400)
  await expect(tooltip, 'though the page has scrolled').toBeVisible()
  await page.keyboard.press('Escape')
  await expect(tooltip).toHaveCount(0)
  await page.mouse.move(10, 10)
  await term.hover()
  await expect(tooltip).toBeVisible()
})
