/** The browser's image decoding against sharp's: the same bytes, so that a task has one fingerprint everywhere. */
import { expect, test, type Page } from '@playwright/test'
import { build } from 'rolldown'
import sharp from 'sharp'
import { nodeDecoder } from '../../src/data/decode-node'
import type { RgbImage } from '../../src/data/decode'
import { png16 } from '../../tests/data/png'
import { writeBmp } from '../../tests/support/bmp'

type Exposed = { decoder: typeof import('../../src/data/decode-browser').browserDecoder }

// One page for all: nothing but the decoder is loaded into it.
let page: Page
test.beforeAll(async ({ browser }) => {
  const bundle = await build({
    input: 'src/data/decode-browser.ts',
    output: { format: 'iife', name: 'exposed' },
    write: false,
    logLevel: 'warn',
  })
  // What a page bundles must not drag sharp along.
  expect(bundle.output[0].imports).toEqual([])
  page = await browser.newPage()
  await page.addScriptTag({ content: bundle.output[0].code })
})
test.afterAll(() => page.close())

async function decodeInPage(bytes: Uint8Array): Promise<RgbImage> {
  const { width, height, text } = await page.evaluate(async (base64) => {
    const { browserDecoder } = (globalThis as unknown as { exposed: { browserDecoder: Exposed['decoder'] } }).exposed
    const image = await browserDecoder.decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)))
    return { ...image, text: Array.from(image.data, (value) => String.fromCharCode(value)).join('') }
  }, Buffer.from(bytes).toString('base64'))
  return { width, height, data: Buffer.from(text, 'latin1') }
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

/** Values that look random: `count` of them below `limit`. */
const scattered = (count: number, limit: number) =>
  Array.from({ length: count }, (_, i) => ((i * 2654435761) >>> 8) % limit)
/** 64 x 64 pixels that are transparent to every degree. */
const transparent = () =>
  sharp(Buffer.from(scattered(64 * 64 * 4, 256)), { raw: { width: 64, height: 64, channels: 4 } })
const turned = (orientation: number) => noise().withMetadata({ orientation })

const KINDS: Readonly<Record<string, () => { toBuffer(): Promise<Uint8Array> }>> = {
  PNG: () => noise().png(),
  'grey PNG': () => noise().toColourspace('b-w').png(),
  'palette PNG': () => noise().png({ palette: true, colours: 16 }),
  '16-bit PNG': () => raw(png16(64, 64, 'rgb', scattered(64 * 64 * 3, 65536))),
  '16-bit grey PNG, every value': () =>
    raw(
      png16(
        256,
        256,
        'grey',
        Array.from({ length: 65536 }, (_, i) => i),
      ),
    ),
  '16-bit transparent PNG': () => raw(png16(64, 64, 'rgba', scattered(64 * 64 * 4, 65536))),
  'transparent PNG': () => transparent().png(),
  'transparent grey PNG': () => transparent().toColourspace('b-w').png(),
  'transparent palette PNG': () => transparent().png({ palette: true, colours: 32 }),
  'transparent GIF': () => transparent().gif(),
  'PNG with a Display P3 profile': () => noise().withIccProfile('p3').png(),
  JPEG: () => noise().jpeg(),
  'grey JPEG': () => noise().toColourspace('b-w').jpeg(),
  'progressive JPEG without subsampling': () => noise().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
  'JPEG with a Display P3 profile': () => noise().withIccProfile('p3').jpeg(),
  'CMYK JPEG': () => noise().toColourspace('cmyk').jpeg(),
  'CMYK JPEG with its profile': () => noise().withIccProfile('cmyk').jpeg(),
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6, 7, 8].flatMap((one) => [
      [`JPEG of EXIF orientation ${one}`, () => turned(one).jpeg()],
      [`PNG of EXIF orientation ${one}`, () => turned(one).png()],
    ]),
  ),
  'WebP of EXIF orientation 6': () => turned(6).webp({ lossless: true }),
  WebP: () => noise().webp(),
  GIF: () => noise().gif(),
  'the first frame of an animated GIF': () => frames(Buffer.from(scattered(3 * 40 * 30 * 3, 256))).gif({ delay: 10 }),
  AVIF: () => noise().avif({ lossless: true }),
}

/** Three frames of 40 x 30 pixels. */
const frames = (data: Buffer) => sharp(data, { raw: { width: 40, height: 90, channels: 3, pageHeight: 30 } })

const raw = (bytes: Uint8Array) => ({ toBuffer: async () => bytes })

for (const [kind, make] of Object.entries(KINDS)) {
  test(`decodes ${kind} as sharp does`, async () => {
    const bytes = await make().toBuffer()
    const expected = await nodeDecoder.decode(bytes)
    const image = await decodeInPage(bytes)
    expect([image.width, image.height]).toEqual([expected.width, expected.height])
    expect(Buffer.from(image.data).equals(Buffer.from(expected.data))).toBe(true)
  })
}

// sharp reads none.
test('decodes BMP', async () => {
  const data = Uint8Array.from(scattered(30 * 20 * 3, 256))
  const image = await decodeInPage(writeBmp({ width: 30, height: 20, data }))
  expect(image).toEqual({ width: 30, height: 20, data: Buffer.from(data) })
})

test('lays transparent WebP over white to a rounding of its own', async () => {
  const bytes = await transparent().webp({ lossless: true }).toBuffer()
  const expected = await nodeDecoder.decode(bytes)
  const image = await decodeInPage(bytes)
  expect(Math.max(...image.data.map((value, i) => Math.abs(value - expected.data[i]!)))).toBeLessThanOrEqual(1)
})

test('rejects what is no image', async () => {
  await expect(decodeInPage(new TextEncoder().encode('hello'))).rejects.toThrow()
})
