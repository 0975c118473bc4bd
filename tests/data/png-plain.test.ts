import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { readPlainPng } from '../../src/data/png-plain'
import { png16 } from './png'

const RGB = 2
const GREY = 0

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

/** A PNG whose lines stand as they are given: a filter and its bytes each. */
function png(width: number, colour: number, lines: readonly (readonly number[])[], beside: readonly Buffer[] = []) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(lines.length, 4)
  header.set([8, colour, 0, 0, 0], 8)
  const packed = deflateSync(Uint8Array.from(lines.flat()))
  const half = Math.ceil(packed.length / 2)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...beside,
    chunk('IDAT', packed.subarray(0, half)),
    chunk('IDAT', packed.subarray(half)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const scattered = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => ((((i + 1) * seed * 2654435761) >>> 0) >>> 11) & 255)

async function expectAsSharp(bytes: Uint8Array): Promise<void> {
  const [found, expected] = [await readPlainPng(bytes), await nodeDecoder.decode(bytes)]
  expect([found?.width, found?.height]).toEqual([expected.width, expected.height])
  expect(Buffer.from(found!.data).equals(Buffer.from(expected.data))).toBe(true)
}

describe('readPlainPng', () => {
  it.each([
    ['RGB', RGB, 3],
    ['grey', GREY, 1],
  ])('undoes every filter as sharp does, on the first line and below: %s', async (_, colour, samples) => {
    for (let first = 0; first < 5; first++) {
      const lines = Array.from({ length: 11 }, (_, y) => [(first + y * 3) % 5, ...scattered(9 * samples, y + 7)])
      await expectAsSharp(png(9, colour, lines))
    }
  })

  it('reads the samples as sharp does', async () => {
    const folder = 'public/samples'
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /[\\/].*\.png$/.test(path),
    )
    for (let i = 0; i < paths.length; i += 67) await expectAsSharp(readFileSync(join(folder, paths[i]!)))
  })

  it('does not mind a colour profile, which nobody follows', async () => {
    await expectAsSharp(
      await sharp({ create: { width: 20, height: 20, channels: 3, background: '#c86432' } })
        .withIccProfile('p3')
        .png()
        .toBuffer(),
    )
  })

  const plain = png(4, RGB, [[1, ...scattered(12, 3)]])
  const noise = sharp(Buffer.from(scattered(64 * 64 * 4, 5)), { raw: { width: 64, height: 64, channels: 4 } })
  const other: Readonly<Record<string, () => Promise<Uint8Array> | Uint8Array>> = {
    transparent: () => noise.clone().png().toBuffer(),
    'of a palette': () => noise.clone().png({ palette: true }).toBuffer(),
    interlaced: () => noise.clone().removeAlpha().png({ progressive: true }).toBuffer(),
    'of 16 bits': () => png16(2, 1, 'rgb', [1, 2, 3, 4, 5, 6]),
    'turned by its EXIF': () => noise.clone().removeAlpha().withMetadata({ orientation: 6 }).png().toBuffer(),
    large: () => noise.clone().removeAlpha().resize(300, 300).png().toBuffer(),
    'with one colour transparent': () => png(1, RGB, [[0, 9, 9, 9]], [chunk('tRNS', Buffer.from([0, 9, 0, 9, 0, 9]))]),
    animated: () => png(1, RGB, [[0, 9, 9, 9]], [chunk('acTL', Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]))]),
    'cut short': () => plain.subarray(0, -12),
    'damaged in one bit': () => plain.map((byte, i) => (i === plain.length - 20 ? byte ^ 1 : byte)),
    'of a filter that there is not': () => png(1, RGB, [[5, 9, 9, 9]]),
    'of too few lines': () => Buffer.concat([png(1, RGB, [[0, 1, 2, 3]]).subarray(0, 8), ...header(1, 2)]),
    'of too many lines': () => Buffer.concat([png(1, RGB, [[0, 1, 2, 3]]).subarray(0, 8), ...header(1, 1, 2)]),
    'no PNG': () => new TextEncoder().encode('hello'),
  }
  it.each(Object.keys(other))('leaves to the browser what is %s', async (kind) => {
    expect(await readPlainPng(plain)).not.toBeNull()
    expect(await readPlainPng(await other[kind]!())).toBeNull()
  })
})

/** Chunks of a picture that says that it has so many lines, and holds so many. */
function header(width: number, height: number, held = 1): Buffer[] {
  const facts = Buffer.alloc(13)
  facts.writeUInt32BE(width, 0)
  facts.writeUInt32BE(height, 4)
  facts.set([8, RGB, 0, 0, 0], 8)
  const lines = Uint8Array.from({ length: held * (3 * width + 1) })
  return [chunk('IHDR', facts), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))]
}
