/** axe over one view of the page: light and dark, wide and narrow, with a screenshot of each. */
import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'

const WIDE = { width: 1280, height: 900 }
const NARROW = { width: 360, height: 740 }
const ALL = [
  ['light', WIDE],
  ['light', NARROW],
  ['dark', WIDE],
  ['dark', NARROW],
] as const
/** Each scheme and each size once: enough for a view that differs from another by a few elements. */
const CROSSWISE = [
  ['dark', WIDE],
  ['light', NARROW],
] as const

/** One line a finding, with the elements it is about. */
async function findings(page: Page): Promise<string[]> {
  const { violations, passes } = await new AxeBuilder({ page }).analyze()
  expect(passes.length, 'rules that axe could apply').toBeGreaterThan(10)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary}`),
  )
}

/**
 * axe over an open list or dialog alone, which hides the rest of the page from readers, light and dark; the names of its entries
 * hold what they show.
 */
export async function expectPartAccessible(page: Page, selector: string): Promise<void> {
  await expect(page.locator(selector)).toBeVisible()
  // An entry of a menu that says why it cannot be chosen shows its name and, as its description, the reason: axe takes both for the name.
  const rules = { 'label-content-name-mismatch': { enabled: !selector.includes('menu') } }
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations, passes } = await new AxeBuilder({ page }).include(selector).options({ rules }).analyze()
    expect(passes.length, 'rules that axe could apply').toBeGreaterThan(3)
    const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
    expect.soft(found, `${selector}, ${colorScheme}`).toEqual([])
  }
}

export async function expectAccessible(page: Page, view: string, ways: 'all' | 'crosswise' = 'all'): Promise<void> {
  for (const [colorScheme, size] of ways === 'all' ? ALL : CROSSWISE) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(size)
    await test.step(`${view}, ${colorScheme}, ${size.width} px`, async () => {
      expect.soft(await findings(page), `${view}, ${colorScheme}, ${size.width} px`).toEqual([])
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect.soft(wide, `${view}, ${size.width} px: pixels beyond the right edge`).toBeLessThanOrEqual(0)
      // CI shows only texts.
      if (!process.env.CI) {
        const path = test.info().outputPath(`${view}-${colorScheme}-${size.width}.png`)
        await page.screenshot({ path, fullPage: true })
      }
    })
  }
  await page.setViewportSize(WIDE)
}
