/** Files and folders of the disk let go over a place of the page, as a drag from the file manager does. */
import type { Locator } from '@playwright/test'

/** @param paths absolute */
export async function dropOn(place: Locator, ...paths: readonly string[]): Promise<void> {
  await place.scrollIntoViewIfNeeded()
  const { x, y, width, height } = (await place.boundingBox())!
  const page = place.page()
  const client = await page.context().newCDPSession(page)
  const data = { items: [], files: [...paths], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await client.send('Input.dispatchDragEvent', { type, x: x + width / 2, y: y + height / 2, data })
  }
  await client.detach()
}
