import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { picture } from './pictures'

const WHITE = 255

async function firstPixel(bytes: Uint8Array): Promise<number[]> {
  return [...(await nodeDecoder.decode(bytes)).data.subarray(0, 3)]
}

describe('nodeDecoder', () => {
  it.each(['png', 'webp', 'gif', 'jpeg', 'avif'] as const)('reads %s', async (format) => {
    const { width, height, data } = await nodeDecoder.decode(await picture(12, 9, [200, 100, 50], format))
    expect([width, height, data.length]).toEqual([12, 9, 12 * 9 * 3])
    const off = format === 'jpeg' || format === 'avif' ? 3 : 0
    ;[200, 100, 50].forEach((value, c) => expect(Math.abs(data[c]! - value)).toBeLessThanOrEqual(off))
  })

  it('takes the first frame of an animation', async () => {
    const frames = [await picture(6, 5, [255, 0, 0]), await picture(6, 5, [0, 0, 255])]
    const animation = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer()
    expect((await sharp(animation).metadata()).pages).toBe(2)
    const image = await nodeDecoder.decode(animation)
    expect([image.width, image.height, ...image.data.subarray(0, 3)]).toEqual([6, 5, 255, 0, 0])
  })

  it('turns grey into RGB, 16 bits into 8, CMYK into RGB', async () => {
    const rgb = await picture(4, 4, [90, 90, 90])
    expect(await firstPixel(await sharp(rgb).toColourspace('b-w').png().toBuffer())).toEqual([90, 90, 90])
    expect(await firstPixel(await sharp(rgb).toColourspace('rgb16').png().toBuffer())).toEqual([90, 90, 90])
    const cmyk = await nodeDecoder.decode(await sharp(rgb).toColourspace('cmyk').jpeg().toBuffer())
    expect(cmyk.data.length).toBe(48)
  })

  it('lays transparency over white', async () => {
    const rgba = Buffer.from([255, 0, 0, 0, 255, 0, 0, 255])
    const png = await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toBuffer()
    expect([...(await nodeDecoder.decode(png)).data]).toEqual([WHITE, WHITE, WHITE, 255, 0, 0])
  })

  it('turns a picture upright as its camera noted', async () => {
    // Orientation 6: to be turned a quarter clockwise, so that the left column becomes the top row.
    const raw = Buffer.from([...[255, 0, 0], ...[0, 0, 255]])
    const jpeg = await sharp(raw, { raw: { width: 2, height: 1, channels: 3 } })
      .png()
      .withMetadata({ orientation: 6 })
      .toBuffer()
    const { width, height, data } = await nodeDecoder.decode(jpeg)
    expect([width, height, ...data]).toEqual([1, 2, 255, 0, 0, 0, 0, 255])
  })

  it('rejects what is no image, is cut short, or is huge', async () => {
    await expect(nodeDecoder.decode(new TextEncoder().encode('hello'))).rejects.toThrow()
    await expect(nodeDecoder.decode(new Uint8Array())).rejects.toThrow()
    const noisy = await sharp({
      create: {
        width: 64,
        height: 64,
        channels: 3,
        noise: { type: 'gaussian', mean: 128, sigma: 30 },
        background: 'black',
      },
    })
      .png()
      .toBuffer()
    await expect(nodeDecoder.decode(noisy.subarray(0, noisy.length / 2))).rejects.toThrow()
    const wide = await picture(2, 2, [0, 0, 0])
    // The header's width, 16 bytes into the file, and the checksum of that chunk.
    wide.writeUInt32BE(60_000, 16)
    wide.writeUInt32BE(60_000, 20)
    wide.writeUInt32BE(crc32(wide.subarray(12, 29)), 29)
    await expect(nodeDecoder.decode(wide)).rejects.toThrow(/pixel limit/)
  })
})
