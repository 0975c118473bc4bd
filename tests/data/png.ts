/** PNG files of any bit depth, written by hand: what sharp would turn into 8-bit RGB on its way in. */
import { crc32, deflateSync } from 'node:zlib'

/** Colour types of the PNG specification. */
export const PNG = { grey: 0, rgb: 2, greyAlpha: 4, rgba: 6 } as const

/** @param samples row-major, interleaved; each of 16 bits */
export function png16(width: number, height: number, type: keyof typeof PNG, samples: readonly number[]): Buffer {
  const perRow = samples.length / height
  const rows = Array.from({ length: height }, (_, y) => {
    // The first byte of a row is its filter: none.
    const row = Buffer.alloc(1 + 2 * perRow)
    for (let x = 0; x < perRow; x++) row.writeUInt16BE(samples[y * perRow + x]!, 1 + 2 * x)
    return row
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([16, PNG[type]], 8)
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  const chunks = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]
  return Buffer.concat([signature, ...chunks])
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
