/**
 * A zip as a source, read in place: its list first, then each file when it is asked for, so that neither a large archive nor
 * a bomb fills the memory. What the list says is held against limits before anything is unpacked, and against the truth after.
 */
import { ZipReader, type Entry, type Reader } from '@zip.js/zip.js/lib/zip-core-reader.js'
import { inflateSync } from 'fflate'
import { createCRC32, type IHasher } from 'hash-wasm'
import { UserError } from '../errors'
import { cleanPath, type FileEntry, type Source } from './source'

const MAX_ENTRIES = 200_000
export const MAX_FILE_BYTES = 256 * 2 ** 20
const MAX_TOTAL_BYTES = 16 * 2 ** 30
/** Pictures are packed already: an archive that unpacks to so many times its size is not one of pictures. */
const MAX_RATIO = 100
/** Below this size a high ratio harms nobody. */
const RATIO_FROM = 64 * 2 ** 20

const STORED = 0
const DEFLATED = 8
const LOCAL = 0x04034b50
const LOCAL_BYTES = 30
const NOT_WHOLE = 'the zip is damaged here'

/** Bytes that are read piece by piece. */
export interface RandomAccess {
  readonly size: number
  /** Fewer bytes where it ends. */
  read(at: number, length: number): Promise<Uint8Array>
}

export const blobAccess = (blob: Blob): RandomAccess => ({
  size: blob.size,
  read: async (at, length) => new Uint8Array(await blob.slice(at, at + length).arrayBuffer()),
})

/**
 * @param name for people, e.g. the file name
 * @throws UserError when it is no zip, is damaged or encrypted, holds paths that lead outside, or is absurdly large
 */
export async function zipSource(name: string, zip: RandomAccess | Uint8Array): Promise<Source> {
  const bytes: RandomAccess =
    zip instanceof Uint8Array ? { size: zip.length, read: async (at, length) => zip.slice(at, at + length) } : zip
  const crc = await createCRC32()
  const entries = await listEntries(name, bytes)
  refuseBombs(name, entries, bytes.size)
  const files: FileEntry[] = []
  const folders: string[] = []
  const seen = new Set<string>()
  for (const entry of entries) {
    const path = cleanPath(entry.filename, name)
    if (path.endsWith('/') || entry.directory) {
      folders.push(path.replace(/\/$/, ''))
      continue
    }
    if (path === '' || seen.has(path)) continue
    seen.add(path)
    if (entry.encrypted || (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED)) {
      throw new UserError(
        `"${name}" is encrypted or packed in an unusual way ("${path}").`,
        'Pack the images anew as a plain zip without a password.',
      )
    }
    files.push({ path, size: entry.uncompressedSize, bytes: () => unpack(name, bytes, entry, crc) })
  }
  return { name, files, folders }
}

async function listEntries(name: string, bytes: RandomAccess): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  // All that listing asks of a reader.
  const access = { size: bytes.size, readUint8Array: (at: number, length: number) => bytes.read(at, length) }
  const reader = new ZipReader(access as unknown as Reader<void>, { useWebWorkers: false })
  try {
    for await (const entry of reader.getEntriesGenerator({ filenameValidation: 'tolerant' })) {
      entries.push(entry)
      if (entries.length > MAX_ENTRIES) throw tooMuch(name)
    }
  } catch (error) {
    throw error instanceof UserError ? error : damaged(name, error)
  } finally {
    await reader.close().catch(() => undefined)
  }
  return entries
}

/** By what the list says; entries that share bytes are the bomb of Fifield 2019. */
function refuseBombs(name: string, entries: readonly Entry[], size: number): void {
  let total = 0
  for (const { uncompressedSize, compressedSize, compressionMethod } of entries) {
    total += uncompressedSize
    if (compressionMethod === STORED && uncompressedSize !== compressedSize) throw damaged(name)
    if (uncompressedSize > MAX_FILE_BYTES || total > MAX_TOTAL_BYTES) throw tooMuch(name)
    if (uncompressedSize > RATIO_FROM && uncompressedSize > MAX_RATIO * compressedSize) throw tooMuch(name)
  }
  if (total > RATIO_FROM && total > MAX_RATIO * size) throw tooMuch(name)
  const places = entries
    .map(({ offset, compressedSize }) => [offset, offset + LOCAL_BYTES + compressedSize] as const)
    .sort(([a], [b]) => a - b)
  if (places.some(([from], i) => i > 0 && from < places[i - 1]![1])) throw damaged(name)
}

async function unpack(name: string, bytes: RandomAccess, entry: Entry, crc: IHasher): Promise<Uint8Array> {
  const { offset, compressedSize, uncompressedSize: size, compressionMethod } = entry
  const header = await bytes.read(offset, LOCAL_BYTES)
  const words = new DataView(header.buffer, header.byteOffset, header.length)
  if (header.length < LOCAL_BYTES || words.getUint32(0, true) !== LOCAL) throw damaged(name)
  const from = offset + LOCAL_BYTES + words.getUint16(26, true) + words.getUint16(28, true)
  const packed = await bytes.read(from, compressedSize)
  if (packed.length !== compressedSize) throw damaged(name)
  const data = compressionMethod === STORED ? packed : inflated(packed, size)
  const found = crc.init().update(data).digest('binary')
  const expected = new DataView(found.buffer, found.byteOffset).getUint32(0)
  if (data.length !== size || expected !== (entry.signature ?? 0) >>> 0) throw new Error(NOT_WHOLE)
  return data
}

function inflated(packed: Uint8Array, size: number): Uint8Array {
  try {
    // One byte more than promised: fflate fills what it is given, and a file that is larger must be noticed.
    return inflateSync(packed, { out: new Uint8Array(size + 1) })
  } catch (cause) {
    throw new Error(NOT_WHOLE, { cause })
  }
}

function tooMuch(name: string): UserError {
  return new UserError(
    `"${name}" unpacks to more than this program takes (${MAX_ENTRIES} files, 256 MB a file, 16 GB in all, or ${MAX_RATIO} times its size).`,
    'Take fewer images, or drop the unpacked folder instead of the zip.',
  )
}

function damaged(name: string, cause?: unknown): UserError {
  return new UserError(
    `"${name}" is not a zip, or is damaged.`,
    'Fetch or pack it again; a zip with a password does not work either.',
    { cause },
  )
}
