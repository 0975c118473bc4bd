import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { picture } from './pictures'
import { png16 } from './png'

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

  it('turns grey and palettes into RGB', async () => {
    const rgb = await picture(4, 4, [90, 90, 90])
    expect(await firstPixel(await sharp(rgb).toColourspace('b-w').png().toBuffer())).toEqual([90, 90, 90])
    const two = Buffer.from([...[10, 20, 30], ...[200, 100, 50]])
    const palette = await sharp(two, { raw: { width: 2, height: 1, channels: 3 } })
      .png({ palette: true })
      .toBuffer()
    expect((await sharp(palette).metadata()).isPalette).toBe(true)
    expect([...(await nodeDecoder.decode(palette)).data]).toEqual([10, 20, 30, 200, 100, 50])
  })

  it('takes the upper half of 16 bits, grey or not', async () => {
    const values = [0, 255, 256, 32767, 32768, 65279, 65280, 65535]
    const upper = values.map((value) => value >> 8)
    const grey = await nodeDecoder.decode(png16(8, 1, 'grey', values))
    expect([...grey.data]).toEqual(upper.flatMap((value) => [value, value, value]))
    const colours = values.flatMap((value, i) => [value, values[7 - i]!, 4096])
    const rgb = await nodeDecoder.decode(png16(8, 1, 'rgb', colours))
    expect([...rgb.data]).toEqual(colours.map((value) => value >> 8))
  })

  it('multiplies the lights of three inks with that of black', async () => {
    // Plain areas, which JPEG keeps; sharp has no way to write given inks, so they are read back first.
    const cmyk = await sharp(await picture(16, 16, [200, 100, 50]))
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer()
    const inks = await sharp(cmyk, { ignoreIcc: true })
      .pipelineColourspace('cmyk')
      .toColourspace('cmyk')
      .raw()
      .toBuffer()
    const [c, m, y, k] = [...inks.subarray(0, 4)] as [number, number, number, number]
    expect(c + m + y + k).toBeGreaterThan(100)
    expect(await firstPixel(cmyk)).toEqual([c, m, y].map((ink) => Math.floor(((255 - ink) * (255 - k)) / 255)))
  })

  it('lays transparency over white', async () => {
    const rgba = Buffer.from([...[255, 0, 0, 0], ...[255, 0, 0, 255], ...[0, 100, 200, 51]])
    const png = await sharp(rgba, { raw: { width: 3, height: 1, channels: 4 } })
      .png()
      .toBuffer()
    expect([...(await nodeDecoder.decode(png)).data]).toEqual([WHITE, WHITE, WHITE, 255, 0, 0, 204, 224, 244])
    const grey = png16(2, 1, 'greyAlpha', [0, 65535, 0, 0])
    expect([...(await nodeDecoder.decode(grey)).data]).toEqual([0, 0, 0, WHITE, WHITE, WHITE])
  })

  it('ignores colour profiles', async () => {
    const plain = await picture(4, 4, [200, 100, 50])
    const profiled = await sharp(plain).withIccProfile('p3').png().toBuffer()
    expect((await sharp(profiled).metadata()).icc).toBeDefined()
    // What the file says, and not what it would look like on another screen.
    const said = await sharp(profiled, { ignoreIcc: true }).raw().toBuffer()
    expect(await firstPixel(profiled)).toEqual([...said.subarray(0, 3)])
    expect(await firstPixel(profiled)).not.toEqual([200, 100, 50])
  })

  // Where the four corners of an upright picture lie in the file: A B over C D (EXIF 2.3, tag 274).
  const STORED = ['', 'AB CD', 'BA DC', 'DC BA', 'CD AB', 'AC BD', 'BD AC', 'DB CA', 'CA DB']
  const SHADES: Readonly<Record<string, number>> = { A: 10, B: 80, C: 160, D: 240 }
  const stored = (orientation: number) =>
    sharp(
      Buffer.from([...STORED[orientation]!.replace(' ', '')].flatMap((c) => [SHADES[c]!, SHADES[c]!, SHADES[c]!])),
      {
        raw: { width: 2, height: 2, channels: 3 },
      },
    )
      .resize(32, 32, { kernel: 'nearest' })
      .withMetadata({ orientation })
  const corners = async (bytes: Uint8Array) => {
    const { width, height, data } = await nodeDecoder.decode(bytes)
    const at = (x: number, y: number) => data[(y * width + x) * 3]!
    const [right, bottom] = [width - 1, height - 1]
    return [at(0, 0), at(right, 0), at(0, bottom), at(right, bottom)]
  }

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns JPEG and PNG upright as the camera noted: orientation %i', async (one) => {
    expect(await corners(await stored(one).png().toBuffer())).toEqual([10, 80, 160, 240])
    const jpeg = await corners(await stored(one).jpeg({ quality: 100 }).toBuffer())
    jpeg.forEach((value, i) => expect(Math.abs(value - [10, 80, 160, 240][i]!)).toBeLessThanOrEqual(3))
  })

  it('leaves WebP as it lies in the file, as browsers do', async () => {
    expect(await corners(await stored(6).webp({ lossless: true }).toBuffer())).toEqual([80, 240, 10, 160])
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
