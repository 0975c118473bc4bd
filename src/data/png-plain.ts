/**
 * Small plain PNGs (W3C PNG, third edition: 8 bits a sample, grey or RGB, opaque, upright, not interlaced) read in this
 * thread: the way through the browser's decoder and a canvas takes ten times as long as such a picture is worth, and a
 * task has thousands. What is out of the ordinary in any way, damage included, is left to the browser.
 */
import { unzlibSync } from 'fflate'
import { createCRC32, type IHasher } from 'hash-wasm'
import type { RgbImage } from './decode'

/** Larger ones are left to the browser, which decodes beside this thread: 256 x 256. */
const MOST_PIXELS = 65_536

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
/** Chunks that change no pixel here: colour profiles are ignored (docs/decisions/decoding.md). */
const HARMLESS = new Set(['gAMA', 'cHRM', 'sRGB', 'iCCP', 'pHYs', 'tEXt', 'zTXt', 'iTXt', 'tIME', 'bKGD', 'hIST'])

/** Colour type of the header -> samples of a pixel. */
const SAMPLES: Readonly<Record<number, 1 | 3>> = { 0: 1, 2: 3 }

/** Type, length, checksum. */
const CHUNK_BYTES = 12
const HEADER_BYTES = 13

/** Gives null where it is not such a picture. */
export type PlainPngReader = (bytes: Uint8Array) => RgbImage | null

let opened: Promise<PlainPngReader> | null = null

/** The same for the whole thread. */
export function plainPngReader(): Promise<PlainPngReader> {
  return (opened ??= createCRC32().then((crc) => (bytes) => readPlain(bytes, crc)))
}

/** @returns null where it is not such a picture */
export const readPlainPng = async (bytes: Uint8Array): Promise<RgbImage | null> => (await plainPngReader())(bytes)

function readPlain(bytes: Uint8Array, crc: IHasher): RgbImage | null {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) return null
  const found = plainChunks(bytes, crc)
  if (!found) return null
  const { width, height, samples, packed } = found
  const stride = width * samples
  const lines = inflated(packed, height * (stride + 1))
  const raw = lines && unfiltered(lines, stride, height, samples)
  if (!raw) return null
  return { width, height, data: samples === 3 ? raw : tripled(raw) }
}

interface Plain {
  readonly width: number
  readonly height: number
  readonly samples: 1 | 3
  readonly packed: Uint8Array
}

function plainChunks(bytes: Uint8Array, hasher: IHasher): Plain | null {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let header: Omit<Plain, 'packed'> | null = null
  const parts: Uint8Array[] = []
  for (let at = SIGNATURE.length; at + CHUNK_BYTES <= bytes.length;) {
    const length = words.getUint32(at)
    const end = at + CHUNK_BYTES + length
    if (end > bytes.length) return null
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const digest = hasher
      .init()
      .update(bytes.subarray(at + 4, end - 4))
      .digest('binary')
    if (digest.some((byte, i) => byte !== bytes[end - 4 + i])) return null
    const data = bytes.subarray(at + 8, end - 4)
    if (type === 'IHDR' && !header) header = readHeader(data)
    else if (type === 'IDAT') parts.push(data)
    else if (type === 'IEND') return header && parts.length > 0 ? { ...header, packed: joined(parts) } : null
    else if (!HARMLESS.has(type)) return null
    if (!header) return null
    at = end
  }
  return null
}

function readHeader(data: Uint8Array): Omit<Plain, 'packed'> | null {
  if (data.length !== HEADER_BYTES) return null
  const words = new DataView(data.buffer, data.byteOffset, data.length)
  const [width, height] = [words.getUint32(0), words.getUint32(4)]
  const [depth, colour, compression, filter, interlace] = data.subarray(8)
  const samples = SAMPLES[colour!]
  const isPlain = depth === 8 && samples !== undefined && compression === 0 && filter === 0 && interlace === 0
  return isPlain && width > 0 && height > 0 && width * height <= MOST_PIXELS ? { width, height, samples } : null
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (only && parts.length === 1) return only
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0)
  return all
}

/** Null where it is not exactly so many bytes. */
function inflated(packed: Uint8Array, size: number): Uint8Array | null {
  try {
    // One byte more than is wanted: fflate fills what it is given, and too much must be noticed.
    const found = unzlibSync(packed, { out: new Uint8Array(size + 1) })
    return found.length === size ? found : null
  } catch {
    return null
  }
}

/** Undoes the filter of each line (section 9): what stands there is the difference to what its neighbours foretell. */
function unfiltered(lines: Uint8Array, stride: number, height: number, samples: number): Uint8Array | null {
  // A pixel of zeros before each line, and a line of zeros before the first: neighbours that are not there count as 0.
  const wide = stride + samples
  const out = new Uint8Array((height + 1) * wide)
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1)
    const filter = lines[from]!
    const undo = UNDO[filter]
    if (!undo) return null
    undo(out, (y + 1) * wide + samples, lines, from + 1, stride, samples, wide)
  }
  const raw = new Uint8Array(height * stride)
  for (let y = 0; y < height; y++) {
    const at = (y + 1) * wide + samples
    raw.set(out.subarray(at, at + stride), y * stride)
  }
  return raw
}

type Undo = (
  ...line: [out: Uint8Array, to: number, lines: Uint8Array, from: number, stride: number, samples: number, wide: number]
) => void

/** By filter: none, left, up, mean of both, Paeth. A loop each, since this is where the time goes. */
const UNDO: readonly Undo[] = [
  (out, to, lines, from, stride) => out.set(lines.subarray(from, from + stride), to),
  (out, to, lines, from, stride, samples) => {
    for (let x = 0; x < stride; x++) out[to + x] = lines[from + x]! + out[to + x - samples]!
  },
  (out, to, lines, from, stride, _samples, wide) => {
    for (let x = 0; x < stride; x++) out[to + x] = lines[from + x]! + out[to + x - wide]!
  },
  (out, to, lines, from, stride, samples, wide) => {
    for (let x = 0; x < stride; x++) {
      const at = to + x
      out[at] = lines[from + x]! + ((out[at - samples]! + out[at - wide]!) >> 1)
    }
  },
  (out, to, lines, from, stride, samples, wide) => {
    for (let x = 0; x < stride; x++) {
      const at = to + x
      const left = out[at - samples]!
      const up = out[at - wide]!
      const corner = out[at - wide - samples]!
      // Whichever of the three is nearest to left + up - corner.
      const toLeft = Math.abs(up - corner)
      const toUp = Math.abs(left - corner)
      const toCorner = Math.abs(left + up - 2 * corner)
      out[at] = lines[from + x]! + (toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner)
    }
  },
]

function tripled(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(3 * grey.length)
  grey.forEach((value, i) => rgb.fill(value, 3 * i, 3 * i + 3))
  return rgb
}
