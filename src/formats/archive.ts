/**
 * Reading a zip that anybody may have made (APPNOTE.TXT 6.3, with zip64): the list comes from the central directory, and
 * is believed only as far as it can be checked before anything is unpacked. Deflated data go through fflate.
 *
 * Refused: paths that lead outside, two entries of one name, entries that share bytes (the zip bomb of Fifield 2019), sizes
 * over the limits, sizes and checksums that are not true.
 */
import { inflateSync } from 'fflate'
import { UserError } from '../errors'
import { said, sentenceOf, type Sentence } from '../sentence'
import { crc32 } from './crc32'

export interface ArchiveLimits {
  readonly entries: number
  /** Unpacked, of all entries together. */
  readonly totalBytes: number
}

interface Entry {
  readonly compression: number
  readonly packed: number
  readonly size: number
  readonly crc: number
  /** Of its local header. */
  readonly at: number
}

type Triple = [number, number, number]

/** Signatures, little-endian. */
const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const END64 = 0x06064b50
const END64_LOCATOR = 0x07064b50

const STORED = 0
const DEFLATED = 8
/** Deflate cannot pack tighter than this (RFC 1951: 258 bytes from two bits). */
const TIGHTEST = 1032

const REMEDY = 'Save or fetch the file again; if it stays so, it was not made by the program that it should come from.'

export class Archive {
  readonly #entries: ReadonlyMap<string, Entry>

  /**
   * @param name what the file is called, for people
   * @throws UserError
   */
  constructor(
    readonly name: string,
    readonly bytes: Uint8Array,
    limits: ArchiveLimits,
  ) {
    this.#entries = readDirectory(name, bytes, limits)
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()]
  }

  has(path: string): boolean {
    return this.#entries.has(path)
  }

  /** Unpacked size of an entry, bytes; null where there is no such entry. */
  size(path: string): number | null {
    return this.#entries.get(path)?.size ?? null
  }

  /**
   * Bytes of an entry; a view of the zip where it is stored unpacked.
   * @returns null where there is no such entry
   * @throws UserError where the entry is not what the directory says
   */
  read(path: string): Uint8Array | null {
    const entry = this.#entries.get(path)
    if (!entry) return null
    const data = unpack(this.name, this.bytes, entry)
    if (data.length !== entry.size || crc32(data) !== entry.crc) throw damaged(this.name, said`"${path}" is not whole`)
    return data
  }
}

function unpack(name: string, zip: Uint8Array, entry: Entry): Uint8Array {
  const view = viewOf(zip)
  const start = entry.at + 30 + view.getUint16(entry.at + 26, true) + view.getUint16(entry.at + 28, true)
  const packed = zip.subarray(start, start + entry.packed)
  if (packed.length !== entry.packed) throw damaged(name, 'its end is missing')
  if (entry.compression === STORED) return packed
  try {
    // One byte more than promised: fflate fills what it is given, and an entry that is larger must be noticed.
    return inflateSync(packed, { out: new Uint8Array(entry.size + 1) })
  } catch (cause) {
    throw damaged(name, 'an entry does not unpack', cause)
  }
}

/** @throws UserError for everything that the limits or common sense forbid, before a byte is unpacked */
function readDirectory(name: string, zip: Uint8Array, limits: ArchiveLimits): ReadonlyMap<string, Entry> {
  const { count, start, end } = findDirectory(name, zip)
  if (count > limits.entries) throw tooLarge(name, said`${count} entries`)
  const view = viewOf(zip)
  const entries = new Map<string, Entry>()
  const taken: (readonly [from: number, to: number])[] = []
  let at = start
  let total = 0
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) throw damaged(name, 'its list of files is not whole')
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((o) => view.getUint16(at + o, true)) as Triple
    const next = at + 46 + nameLength + extraLength + commentLength
    if (next > end) throw damaged(name, 'its list of files is not whole')
    const path = decode(name, zip.subarray(at + 46, at + 46 + nameLength))
    const flags = view.getUint16(at + 8, true)
    const compression = view.getUint16(at + 10, true)
    if (flags & 1 || (compression !== STORED && compression !== DEFLATED)) {
      throw new UserError(
        said`"${name}" is encrypted or packed in an unusual way ("${path}").`,
        'Save it without a password.',
      )
    }
    const sizes = sizesAt(name, view, at, { from: at + 46 + nameLength, length: extraLength })
    const entry: Entry = { compression, crc: view.getUint32(at + 16, true), ...sizes }
    at = next
    if (path.endsWith('/') && entry.size === 0) continue
    refuseEscape(name, path)
    if (entries.has(path)) throw damaged(name, said`it holds "${path}" twice`)
    total += entry.size
    if (total > limits.totalBytes) throw tooLarge(name, said`over ${Math.round(limits.totalBytes / 2 ** 20)} MB`)
    if (entry.size > TIGHTEST * entry.packed || (compression === STORED && entry.size !== entry.packed)) {
      throw damaged(name, said`the size of "${path}" cannot be true`)
    }
    if (entry.at + 30 > start || view.getUint32(entry.at, true) !== LOCAL) {
      throw damaged(name, said`"${path}" is not where it should be`)
    }
    const dataAt = entry.at + 30 + view.getUint16(entry.at + 26, true) + view.getUint16(entry.at + 28, true)
    if (dataAt + entry.packed > start) throw damaged(name, said`"${path}" is not whole`)
    taken.push([entry.at, dataAt + entry.packed])
    entries.set(path, entry)
  }
  taken.sort(([a], [b]) => a - b)
  if (taken.some(([from], i) => i > 0 && from < taken[i - 1]![1])) throw damaged(name, 'two of its files share bytes')
  return entries
}

/** Where the central directory lies (4.3.16), by the zip64 record (4.3.14) where there is one. */
function findDirectory(name: string, zip: Uint8Array): { count: number; start: number; end: number } {
  const view = viewOf(zip)
  const earliest = Math.max(0, zip.length - 22 - 0xffff)
  let at = zip.length - 22
  while (at >= earliest && view.getUint32(at, true) !== END) at--
  if (at < earliest || at < 0) throw new UserError(said`"${name}" is not a zip, or its end is missing.`, REMEDY)
  let count = view.getUint16(at + 10, true)
  let length = view.getUint32(at + 12, true)
  let start = view.getUint32(at + 16, true)
  let end = at
  if (at >= 20 && view.getUint32(at - 20, true) === END64_LOCATOR) {
    const record = safe(name, view.getBigUint64(at - 12, true))
    if (record + 56 > at - 20 || view.getUint32(record, true) !== END64) throw damaged(name, 'its end is not whole')
    count = safe(name, view.getBigUint64(record + 32, true))
    length = safe(name, view.getBigUint64(record + 40, true))
    start = safe(name, view.getBigUint64(record + 48, true))
    end = record
  }
  if (start + length > end) throw damaged(name, 'its list of files is not where it should be')
  return { count, start, end: start + length }
}

/** Sizes and place of an entry; those that are all ones stand in the zip64 extra field (4.5.3), in this order. */
function sizesAt(name: string, view: DataView, at: number, extra: { from: number; length: number }) {
  const fields = { size: at + 24, packed: at + 20, at: at + 42 }
  const values = { size: 0, packed: 0, at: 0 }
  let wide = zip64Field(view, extra)
  for (const key of ['size', 'packed', 'at'] as const) {
    const value = view.getUint32(fields[key], true)
    if (value === 0xffffffff && wide) {
      if (wide.from + 8 > wide.to) throw damaged(name, 'a size is missing')
      values[key] = safe(name, view.getBigUint64(wide.from, true))
      wide = { ...wide, from: wide.from + 8 }
    } else {
      values[key] = value
    }
  }
  return values
}

function zip64Field(view: DataView, { from, length }: { from: number; length: number }) {
  for (let at = from; at + 4 <= from + length; at += 4 + view.getUint16(at + 2, true)) {
    const to = at + 4 + view.getUint16(at + 2, true)
    if (view.getUint16(at, true) === 1 && to <= from + length) return { from: at + 4, to }
  }
  return null
}

function refuseEscape(name: string, path: string): void {
  const odd =
    path === '' || path.startsWith('/') || path.includes('\\') || path.includes('\0') || /^[A-Za-z]:/.test(path)
  if (odd || path.split('/').some((segment) => segment === '..' || segment === '.' || segment === '')) {
    throw new UserError(said`"${name}" holds a path that leads out of it: "${path.slice(0, 80)}".`, REMEDY)
  }
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw damaged(name, 'a name in it is not UTF-8', cause)
  }
}

function safe(name: string, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(name, 'a size in it cannot be true')
  return Number(value)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function tooLarge(name: string, what: Sentence): UserError {
  return new UserError(said`"${name}" unpacks to more than this program takes (${what}).`, REMEDY)
}

function damaged(name: string, what: string | Sentence, cause?: unknown): UserError {
  return new UserError(said`"${name}" is damaged: ${sentenceOf(what)}.`, REMEDY, { cause })
}
