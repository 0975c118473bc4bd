/** Zips of pictures: bombs, escapes, lies about sizes and places, and what is no zip. */
import { zipSync, type Zippable } from 'fflate'
import { zipSource } from '../../src/data/source-zip'
import { offered, text, type Kinds } from './kind'

const sound: Zippable = { 'a/1.png': text('one one one one one one'), 'b/2.png': text('two') }

interface Places {
  /** Of the list, of the first file's own head, and of the end. */
  readonly directory: number
  readonly local: number
  readonly end: number
}
type Change = (view: DataView, at: Places) => void

/** The sound zip, changed where its directory, or an entry's local header, lies. */
function patched(change: Change): Uint8Array {
  const zip = zipSync(sound)
  const view = new DataView(zip.buffer)
  const end = zip.length - 22
  change(view, { directory: view.getUint32(end + 16, true), local: 0, end })
  return zip
}

const method =
  (code: number): Change =>
  (view, { directory }) =>
    view.setUint16(directory + 10, code, true)
const said =
  (bytes: number): Change =>
  (view, { directory }) =>
    view.setUint32(directory + 24, bytes, true)
const second = (view: DataView, directory: number) =>
  directory + 46 + view.getUint16(directory + 28, true) + view.getUint16(directory + 30, true)

const CHANGED: Readonly<Record<string, readonly [change: Change, says: RegExp]>> = {
  'a file of 3 GB': [said(3e9), /more than this program/],
  'a ratio that cannot be': [said(2e8), /more than this program/],
  'a file of 4 GB less one byte': [said(0xfffffffe), /more than this program/],
  'an encrypted file': [(view, { directory }) => view.setUint16(directory + 8, 1, true), /encrypted/],
  'packed by Shrink': [method(1), /unusual way/],
  'packed by Implode': [method(6), /unusual way/],
  'packed by Deflate64': [method(9), /unusual way/],
  'packed by bzip2': [method(12), /unusual way/],
  'packed by LZMA': [method(14), /unusual way/],
  'packed by Zstandard': [method(93), /unusual way/],
  'packed by XZ': [method(95), /unusual way/],
  'a directory without signature': [(view, { directory }) => view.setUint32(directory, 0, true), /damaged/],
  'a second entry without signature': [
    (view, { directory }) => view.setUint32(second(view, directory), 0, true),
    /damaged/,
  ],
  'more entries than there are': [(view, { end }) => view.setUint16(end + 10, 9, true), /damaged/],
  'a name longer than the zip': [(view, { directory }) => view.setUint16(directory + 28, 60_000, true), /damaged/],
  'more than one disk': [(view, { end }) => view.setUint16(end + 4, 1, true), /damaged/],
  'files that share bytes': [(view, { directory }) => view.setUint32(second(view, directory) + 42, 0, true), /damaged/],
  'a stored file of two sizes': [
    (view, { directory }) => {
      view.setUint16(directory + 10, 0, true)
      view.setUint32(directory + 24, 50, true)
    },
    /damaged/,
  ],
}

const ESCAPES = [
  '../x.png',
  'a/../../x.png',
  '/x.png',
  '//x.png',
  'C:/x.png',
  'c:x.png',
  '..\\x.png',
  'a/\0x.png',
  '\\\\server\\x.png',
]
const CUTS = [0, 1, 3, 21, 22, 40, 100]

const OTHERS: Readonly<Record<string, readonly [file: Uint8Array, says: RegExp]>> = {
  'a text': [text('hello'.repeat(100)), /not a zip/],
  zeros: [new Uint8Array(5000), /not a zip/],
  'a RAR': [text('Rar!\x1a\x07\x01\0'.repeat(20)), /not a zip/],
  'a gzip': [Uint8Array.of(31, 139, 8, 0, ...new Uint8Array(100)), /not a zip/],
  'a 7z': [Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, ...new Uint8Array(100)), /not a zip/],
  'a tar': [text('a/1.png'.padEnd(257, '\0') + 'ustar\x0000'.padEnd(755, '\0')), /not a zip/],
  'a web page': [text('<!doctype html><title>404</title>'.repeat(9)), /not a zip/],
  'a pointer of Git LFS': [text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n'), /not a zip/],
}

/** Those of which one file is damaged: said when it is asked for, and the others are taken. */
async function firstOf(change: Change): Promise<string> {
  const { files } = await zipSource('z.zip', patched(change))
  const reasons = await Promise.all(
    files.map(({ bytes }) =>
      bytes().then(
        () => null,
        (error: unknown) => (error as Error).message,
      ),
    ),
  )
  if (reasons[1] !== null) throw new Error('the sound one was lost')
  return reasons[0] ?? ''
}

const UNPACKED: Readonly<Record<string, readonly [change: Change, says: RegExp]>> = {
  'a file that unpacks to less than said': [said(5000), /damaged/],
  'a file that unpacks to more than said': [said(5), /damaged/],
  'a file of another checksum': [(view, { directory }) => view.setUint32(directory + 16, 1, true), /damaged/],
  'a file of noise': [(view, { local }) => view.setUint32(local + 40, 0xffffffff, true), /damaged/],
  'a file without a head of its own': [(view, { local }) => view.setUint32(local, 1, true), /damaged/],
}

const named = (kinds: Readonly<Record<string, Uint8Array>>, says: RegExp) =>
  Object.fromEntries(Object.entries(kinds).map(([kind, file]) => [kind, [file, says] as const]))

export const zips: Kinds = {
  ...offered(CHANGED, (change) => zipSource('z.zip', patched(change))),
  ...offered(UNPACKED, firstOf),
  ...offered(
    {
      ...OTHERS,
      ...named(
        Object.fromEntries(
          ESCAPES.map((path) => [`the path ${JSON.stringify(path)}`, zipSync({ ...sound, [path]: text('x') })]),
        ),
        /leads out of its folder|damaged/,
      ),
      ...named(
        Object.fromEntries(CUTS.map((bytes) => [`cut to ${bytes} bytes`, zipSync(sound).slice(0, bytes)])),
        /zip/,
      ),
    },
    (file) => zipSource('z.zip', file),
  ),
}
