/** A PNG of RGBA, 8 or 16 bits a channel, with texts (W3C PNG, third edition). zlib by fflate; works in pages, workers and Node. */
import { zlibSync } from 'fflate'
import { crc32 } from './crc32'

export interface Raster {
  readonly width: number
  readonly height: number
  /** [height, width, 4], not premultiplied. */
  readonly rgba: Uint8Array | Uint8ClampedArray | Uint16Array
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const RGBA = 6
/** Bytes of a pixel that filter 1 ("Sub") looks back on: neighbours of a border are alike, noise costs nothing. */
const SUB = 1

/**
 * @param texts keyword -> text, as tEXt chunks. Keywords: 1 to 79 Latin letters; in texts, letters beyond Latin-1 are
 * written as JSON escapes them, \uXXXX.
 */
export function writePng({ width, height, rgba }: Raster, texts: Readonly<Record<string, string>> = {}): Uint8Array {
  if (rgba.length !== 4 * width * height) throw new Error(`raster of ${rgba.length} values for ${width} x ${height}`)
  const wide = rgba instanceof Uint16Array
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([wide ? 16 : 8, RGBA, 0, 0, 0], 8)
  const chunks = [
    chunk('IHDR', header),
    ...Object.entries(texts).map(([keyword, text]) => chunk('tEXt', latin(`${checkedKeyword(keyword)}\0${text}`))),
    chunk('IDAT', zlibSync(scanlines(rgba, width, height, wide ? 2 : 1), { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ]
  return joined([Uint8Array.from(SIGNATURE), ...chunks])
}

function scanlines(values: ArrayLike<number>, width: number, height: number, bytes: 1 | 2): Uint8Array {
  const pixel = 4 * bytes
  const line = width * pixel
  const out = new Uint8Array(height * (line + 1))
  const current = new Uint8Array(line)
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < 4 * width; i++) {
      const value = values[y * 4 * width + i]!
      if (bytes === 1) current[i] = value
      else {
        current[2 * i] = value >>> 8
        current[2 * i + 1] = value & 255
      }
    }
    const at = y * (line + 1)
    out[at] = SUB
    for (let i = 0; i < line; i++) out[at + 1 + i] = current[i]! - (i < pixel ? 0 : current[i - pixel]!)
  }
  return out
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(latin(type), 4)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}

function checkedKeyword(keyword: string): string {
  if (/^[!-~]([ -~]{0,77}[!-~])?$/.test(keyword)) return keyword
  throw new Error(`no keyword of a PNG: ${keyword}`)
}

function latin(text: string): Uint8Array {
  const escaped = text.replace(
    /[^\u0000-\u00ff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return Uint8Array.from(escaped, (letter) => letter.charCodeAt(0))
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
