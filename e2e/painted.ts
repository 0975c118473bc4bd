/** What a canvas shows, for tests that ask whether it changed. */
import type { Locator } from '@playwright/test'

/** All pixels as one number. */
export const painted = (canvas: Locator): Promise<number> =>
  canvas.evaluate((element: HTMLCanvasElement) => {
    const { data } = element.getContext('2d')!.getImageData(0, 0, element.width, element.height)
    return data.reduce((hash, value) => (hash * 31 + value) | 0, 7)
  })
