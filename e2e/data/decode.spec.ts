/** The browser's image decoding against sharp's: the same bytes, so that a task has one fingerprint everywhere. */
import { expect, test, type Page } from '@playwright/test'
import { build } from 'rolldown'
import sharp from 'sharp'
import { nodeDecoder } from '../../src/data/decode-node'
import type { RgbImage } from '../../src/data/decode'

type Exposed = { decoder: typeof import('../../src/data/decode-browser').browserDecoder }

let code: string
test.beforeAll(async () => {
  const bundle = await build({
    input: 'src/data/decode-browser.ts',
    output: { format: 'iife', name: 'exposed' },
    write: false,
    logLevel: 'warn',
  })
  // What a page bundles must not drag sharp along.
  expect(bundle.output[0].imports).toEqual([])
  code = bundle.output[0].code
})

async function decodeInPage(page: Page, bytes: Uint8Array): Promise<RgbImage> {
  const { width, height, data } = await page.evaluate(
    async (numbers) => {
      const { browserDecoder } = (globalThis as unknown as { exposed: { browserDecoder: Exposed['decoder'] } }).exposed
      const image = await browserDecoder.decode(Uint8Array.from(numbers))
      return { ...image, data: [...image.data] }
    },
    [...bytes],
  )
  return { width, height, data: Uint8Array.from(data) }
}

const noise = () =>
  sharp({
    create: {
      width: 40,
      height: 30,
      channels: 3,
      background: 'black',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })

const KINDS = {
  PNG: () => noise().png(),
  'grey PNG': () => noise().toColourspace('b-w').png(),
  '16-bit PNG': () => noise().toColourspace('rgb16').png(),
  'PNG with a Display P3 profile': () => noise().withIccProfile('p3').png(),
  JPEG: () => noise().jpeg(),
  'JPEG on its side': () => noise().jpeg().withMetadata({ orientation: 6 }),
  WebP: () => noise().webp(),
  GIF: () => noise().gif(),
  AVIF: () => noise().avif({ lossless: true }),
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`decodes ${kind} as sharp does`, async ({ page }) => {
    await page.addScriptTag({ content: code })
    const bytes = await make().toBuffer()
    const expected = await nodeDecoder.decode(bytes)
    const image = await decodeInPage(page, bytes)
    expect([image.width, image.height]).toEqual([expected.width, expected.height])
    expect(Buffer.from(image.data).equals(Buffer.from(expected.data))).toBe(true)
  })
}

test('lays transparency over white, to a rounding', async ({ page }) => {
  await page.addScriptTag({ content: code })
  const rgba = Buffer.from(Array.from({ length: 16 * 16 * 4 }, (_, i) => (i * 37) % 256))
  const bytes = await sharp(rgba, { raw: { width: 16, height: 16, channels: 4 } })
    .png()
    .toBuffer()
  const expected = await nodeDecoder.decode(bytes)
  const image = await decodeInPage(page, bytes)
  expect(Math.max(...image.data.map((value, i) => Math.abs(value - expected.data[i]!)))).toBeLessThanOrEqual(1)
})

test('rejects what is no image', async ({ page }) => {
  await page.addScriptTag({ content: code })
  await expect(decodeInPage(page, new TextEncoder().encode('hello'))).rejects.toThrow()
})
