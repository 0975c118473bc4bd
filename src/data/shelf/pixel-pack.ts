/**
 * A pack: cut pictures one after the other in one file, [3,S,S] bytes each, and beside it a list of what they are. Both only
 * grow. An entry of the list is written when its pixels are on the disk, and carries a checksum: whatever a killed tab left
 * half-written ends the list there, and is written over.
 *
 *   <name>.px    pixels, record i at i * 3*S*S
 *   <name>.list  "PPPX" + version, then entries of ENTRY bytes:
 *                sha256 of the file (32), sha256 of the pixels (32), CRC-32 of the pixels, width, height, hash (2 words),
 *                grey copy (256), CRC-32 of the entry so far; words uint32 little-endian
 */
import { createCRC32, createSHA256, type IHasher } from 'hash-wasm'
import { UserError } from '../../errors'
import { GREY_SIDE, type Signature } from '../signature'
import type { Drawer, DrawerFile } from './drawer'

const MAGIC = Uint8Array.of(0x50, 0x50, 0x50, 0x58, 2, 0, 0, 0)
const GREY = GREY_SIDE * GREY_SIDE
const WORDS_AT = 64
const GREY_AT = WORDS_AT + 5 * 4
const CHECK_AT = GREY_AT + GREY
const ENTRY = CHECK_AT + 4

/** What is known of a picture without looking at it again. */
export interface PictureFacts {
  /** sha256 of the file, hex. */
  readonly digest: string
  /** sha256 of the cut pixels, hex. */
  readonly pixels: string
  /** Of the picture as it was, upright; pixels. */
  readonly width: number
  readonly height: number
  readonly signature: Signature
}

interface Record extends PictureFacts {
  readonly crc: number
}

/** One of each for this thread: they are reset, not made anew, for every picture. */
let hashers: Promise<{ crc: IHasher; sha: IHasher }> | null = null
const openHashers = () =>
  (hashers ??= Promise.all([createCRC32(), createSHA256()]).then(([crc, sha]) => ({ crc, sha })))

export class PixelPack {
  readonly #byDigest = new Map<string, number>()
  readonly #sound: boolean[] = []
  #unlisted: Record[] = []

  private constructor(
    readonly name: string,
    readonly imageBytes: number,
    private readonly pixels: DrawerFile,
    private readonly list: DrawerFile,
    private readonly hash: { crc: IHasher; sha: IHasher },
    private readonly records: Record[],
  ) {
    records.forEach(({ digest }, i) => this.#byDigest.set(digest, i))
  }

  /** @returns null where it is not there, is damaged from its beginning, or another tab writes it */
  static async open(drawer: Drawer, name: string, imageBytes: number, mode: 'read' | 'write') {
    const hash = await openHashers()
    const list = await drawer.open(listName(name), mode)
    if (!list) return null
    const pixels = await drawer.open(pixelsName(name), mode)
    if (!pixels) {
      list.close()
      return null
    }
    if (list.size === 0 && mode === 'write') list.write(MAGIC, 0)
    const records = readList(list, Math.floor(pixels.size / imageBytes), hash.crc)
    if (records === null) {
      list.close()
      pixels.close()
      return null
    }
    return new PixelPack(name, imageBytes, pixels, list, hash, records)
  }

  get count(): number {
    return this.records.length
  }

  get digests(): readonly string[] {
    return this.records.map(({ digest }) => digest)
  }

  facts(digest: string): PictureFacts | null {
    const at = this.#byDigest.get(digest)
    return at === undefined ? null : this.records[at]!
  }

  /** Adds a picture; `flush` makes it lasting. */
  add(facts: Omit<PictureFacts, 'pixels'>, pixels: Uint8Array): PictureFacts {
    const known = this.facts(facts.digest)
    if (known) return known
    const { crc, sha } = this.hash
    const record: Record = {
      ...facts,
      pixels: sha.init().update(pixels).digest('hex'),
      crc: crcOf(crc, pixels),
    }
    this.pixels.write(pixels, this.records.length * this.imageBytes)
    this.#byDigest.set(record.digest, this.records.length)
    this.records.push(record)
    this.#unlisted.push(record)
    return record
  }

  /** What was added is now on the disk, and listed. */
  flush(): void {
    if (this.#unlisted.length === 0) return
    this.pixels.flush()
    const bytes = new Uint8Array(this.#unlisted.length * ENTRY)
    this.#unlisted.forEach((record, i) => writeEntry(bytes.subarray(i * ENTRY, (i + 1) * ENTRY), record, this.hash.crc))
    this.list.write(bytes, MAGIC.length + (this.records.length - this.#unlisted.length) * ENTRY)
    this.list.flush()
    this.#unlisted = []
  }

  /** Copies a picture to the start of `into`, checked the first time. @throws DamagedError */
  read(digest: string, into: Uint8Array): void {
    const at = this.#byDigest.get(digest)
    if (at === undefined) throw new DamagedError()
    const target = into.subarray(0, this.imageBytes)
    if (this.pixels.read(target, at * this.imageBytes) !== this.imageBytes) throw new DamagedError()
    if (this.#sound[at]) return
    if (crcOf(this.hash.crc, target) !== this.records[at]!.crc) throw new DamagedError()
    this.#sound[at] = true
  }

  close(): void {
    this.pixels.close()
    this.list.close()
  }
}

/** What was kept is not what was written. */
export class DamagedError extends UserError {
  constructor() {
    super(
      'The decoded pictures that this browser keeps are damaged.',
      'Drop or choose the pictures again: they are then decoded anew.',
    )
  }
}

export const pixelsName = (pack: string): string => `${pack}.px`
export const listName = (pack: string): string => `${pack}.list`

/** Sound entries from the beginning; null where even that is not a list. */
function readList(file: DrawerFile, most: number, crc: IHasher): Record[] | null {
  const bytes = new Uint8Array(file.size)
  file.read(bytes, 0)
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) return null
  const records: Record[] = []
  const words = new DataView(bytes.buffer)
  for (let at = MAGIC.length; at + ENTRY <= bytes.length && records.length < most; at += ENTRY) {
    if (words.getUint32(at + CHECK_AT, true) !== crcOf(crc, bytes.subarray(at, at + CHECK_AT))) break
    const word = (i: number) => words.getUint32(at + WORDS_AT + 4 * i, true)
    records.push({
      digest: hex(bytes.subarray(at, at + 32)),
      pixels: hex(bytes.subarray(at + 32, at + 64)),
      crc: word(0),
      width: word(1),
      height: word(2),
      signature: { hash: [word(3), word(4)], grey: bytes.slice(at + GREY_AT, at + CHECK_AT) },
    })
  }
  return records
}

function writeEntry(entry: Uint8Array, record: Record, crc: IHasher): void {
  const words = new DataView(entry.buffer, entry.byteOffset, entry.length)
  entry.set(bytesOf(record.digest), 0)
  entry.set(bytesOf(record.pixels), 32)
  const { width, height, signature } = record
  ;[record.crc, width, height, ...signature.hash].forEach((word, i) => words.setUint32(WORDS_AT + 4 * i, word, true))
  entry.set(signature.grey, GREY_AT)
  words.setUint32(CHECK_AT, crcOf(crc, entry.subarray(0, CHECK_AT)), true)
}

function crcOf(crc: IHasher, bytes: Uint8Array): number {
  const digest = crc.init().update(bytes).digest('binary')
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0)
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => HEX[byte]).join('')
const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
