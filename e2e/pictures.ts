/** Small pictures made on the fly, each another one: noise of its own around a colour of its class. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { crc32 } from '../src/formats/crc32'

/** PNG of 24 x 24 pixels, told apart by its number. */
export function tinyPng(number: number, hue = 0): Promise<Buffer> {
  let state = (number + 1) * 2654435761
  const data = Buffer.alloc(24 * 24 * 3)
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    data[i] = (((state >>> 24) >> 1) + (i % 3 === hue % 3 ? 110 : 0)) & 255
  }
  return sharp(data, { raw: { width: 24, height: 24, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer()
}

/** The same at a hundred times the pace: 16 x 16 pixels of two colours that the number decides. */
export function fastPng(number: number): Uint8Array {
  const rows = Buffer.alloc(16 * 49)
  for (let y = 0; y < 16; y++) {
    for (let x = 0; x < 16; x++) {
      const bit = (Math.imul(number + 1, 2654435761) >>> ((x * 5 + y * 3) % 29)) & 1
      rows.set(bit ? [number & 255, (number >> 8) & 255, 200] : [40, 90, (number >> 4) & 255], y * 49 + 1 + x * 3)
    }
  }
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    check.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, check])
  }
  const header = Buffer.from([0, 0, 0, 16, 0, 0, 0, 16, 8, 2, 0, 0, 0])
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A folder of class folders with `count` pictures each; numbers go on from `from`. Returns paths below `root`. */
export async function folderOf(root: string, classes: readonly string[], count: number, from = 0): Promise<string[]> {
  const paths: string[] = []
  for (const [c, name] of classes.entries()) {
    for (let i = 0; i < count; i++) {
      const path = join(root, name, `${String(i).padStart(4, '0')}.png`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, await tinyPng(from + c * count + i, c))
      paths.push(path)
    }
  }
  return paths
}
