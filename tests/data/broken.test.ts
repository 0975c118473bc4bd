/** Broken and hostile input: zips, pictures, names, and very large directories. Each is refused or listed with a sentence. */
import { zipSync, type Zippable } from 'fflate'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { nodeDecoder } from '../../src/data/decode-node'
import { takeIn } from '../../src/data/intake'
import { MemoryDrawer } from '../../src/data/shelf/drawer-memory'
import { Shelf } from '../../src/data/shelf/shelf'
import type { Source } from '../../src/data/source'
import { zipSource } from '../../src/data/source-zip'
import { clipResize } from '../../src/models/resize-rule'
import { picture } from './pictures'

const text = (content: string) => new TextEncoder().encode(content)
const sound: Zippable = { 'a/1.png': text('one one one one one one'), 'b/2.png': text('two') }

/** Changes a zip where its directory, or an entry's local header, lies. */
function patched(
  files: Zippable,
  change: (view: DataView, at: { directory: number; local: number; end: number }) => void,
) {
  const zip = zipSync(files)
  const view = new DataView(zip.buffer)
  const end = zip.length - 22
  change(view, { directory: view.getUint32(end + 16, true), local: 0, end })
  return zip
}

async function refusal(zip: Uint8Array): Promise<UserError> {
  const error: unknown = await zipSource('z.zip', zip).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(UserError)
  const { message, remedy } = error as UserError
  expect(message).toMatch(/^"z\.zip" [^\n]+\.$/)
  expect(remedy).toMatch(/^[^\n]+\.$/)
  return error as UserError
}

describe('a zip is refused', () => {
  it.each<[string, (view: DataView, at: { directory: number; end: number }) => void, RegExp]>([
    [
      'that says a file of 3 GB',
      (view, { directory }) => view.setUint32(directory + 24, 3e9, true),
      /more than this program/,
    ],
    [
      'whose ratio cannot be',
      (view, { directory }) => view.setUint32(directory + 24, 2e8, true),
      /more than this program/,
    ],
    ['that is encrypted', (view, { directory }) => view.setUint16(directory + 8, 1, true), /encrypted/],
    ['packed by LZMA', (view, { directory }) => view.setUint16(directory + 10, 14, true), /unusual way/],
    ['packed by Deflate64', (view, { directory }) => view.setUint16(directory + 10, 9, true), /unusual way/],
    ['whose directory has no signature', (view, { directory }) => view.setUint32(directory, 0, true), /damaged/],
    ['that says more entries than it has', (view, { end }) => view.setUint16(end + 10, 9, true), /damaged/],
    [
      'whose name is longer than the zip',
      (view, { directory }) => view.setUint16(directory + 28, 60_000, true),
      /damaged/,
    ],
    ['on more than one disk', (view, { end }) => view.setUint16(end + 4, 1, true), /damaged/],
    [
      'whose files share bytes',
      (view, { directory }) => {
        const next = directory + 46 + view.getUint16(directory + 28, true) + view.getUint16(directory + 30, true)
        view.setUint32(next + 42, 0, true)
      },
      /damaged/,
    ],
  ])('%s', async (_, change, says) => {
    expect((await refusal(patched(sound, change))).message).toMatch(says)
  })

  it.each([
    '../x.png',
    'a/../../x.png',
    '/x.png',
    '//x.png',
    'C:/x.png',
    'c:x.png',
    '..\\x.png',
    'a/\0x.png',
    '\\\\server\\x.png',
  ])('with the path %j', async (path) => {
    const { message } = await refusal(zipSync({ ...sound, [path]: text('x') }))
    expect(message).toMatch(/leads out of its folder|damaged/)
  })

  it.each([0, 1, 3, 21, 22, 40, 100])('cut to %i bytes', async (length) => {
    await refusal(zipSync(sound).slice(0, length))
  })

  it.each<[string, Uint8Array]>([
    ['text', text('hello'.repeat(100))],
    ['zeros', new Uint8Array(5000)],
    ['a RAR', text('Rar!\x1a\x07\x01\0'.repeat(20))],
    ['a gzip', Uint8Array.of(31, 139, 8, 0, ...new Uint8Array(100))],
    ['a 7z', Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, ...new Uint8Array(100))],
    ['a web page', text('<!doctype html><title>404</title>'.repeat(9))],
  ])('that is %s', async (_, bytes) => {
    await refusal(bytes)
  })
})

describe('a file of a zip is not taken', () => {
  const firstOf = async (zip: Uint8Array) => (await zipSource('z.zip', zip)).files[0]!.bytes()
  it.each<[string, Parameters<typeof patched>[1]]>([
    ['that unpacks to less than said', (view, { directory }) => view.setUint32(directory + 24, 5000, true)],
    ['that unpacks to more than said', (view, { directory }) => view.setUint32(directory + 24, 5, true)],
    ['whose checksum is another', (view, { directory }) => view.setUint32(directory + 16, 1, true)],
    ['whose data are noise', (view, { local }) => view.setUint32(local + 40, 0xffffffff, true)],
    ['that has no header of its own', (view, { local }) => view.setUint32(local, 1, true)],
  ])('%s', async (_, change) => {
    await expect(firstOf(patched(sound, change))).rejects.toThrow(/damaged/)
  })
})

describe('pictures that are not taken, each with its reason', () => {
  const open = async (files: Readonly<Record<string, Uint8Array>>) => {
    const source: Source = {
      name: 'mine',
      folders: [],
      files: Object.entries(files).map(([path, bytes]) => ({ path, size: bytes.length, bytes: async () => bytes })),
    }
    const cut = { size: 16, resize: clipResize(16) }
    return takeIn(source, { decoder: nodeDecoder, cut, shelf: new Shelf(new MemoryDrawer()) })
  }
  it('truncated, empty, renamed, tiny or noise', async () => {
    const png = await picture(40, 30, [200, 20, 20])
    const jpeg = await picture(64, 64, [20, 200, 20], 'jpeg')
    const webp = await picture(40, 40, [20, 20, 200], 'webp')
    const gif = await picture(40, 40, [90, 20, 200], 'gif')
    const heic = Uint8Array.of(0, 0, 0, 24, ...text('ftypheic'), ...new Uint8Array(60))
    const bad: Record<string, Uint8Array> = {
      'a/empty.png': new Uint8Array(),
      'a/renamed.jpg': text('just words'),
      'a/phone.jpg': heic,
      'a/icon.png': await picture(15, 40, [1, 2, 3]),
      'a/dot.png': await picture(1, 1, [1, 2, 3]),
      'a/html.png': text('<html>404</html>'),
      'a/svg.png': text('<svg xmlns="http://www.w3.org/2000/svg" width="99999999" height="99999999"/>'),
      'a/header.gif': gif.subarray(0, 12),
    }
    // Cut anywhere before the picture data end.
    for (const share of [0.1, 0.3, 0.5, 0.7]) {
      for (const [kind, bytes] of Object.entries({ png, jpeg, webp }))
        bad[`b/${kind}-${share}.${kind}`] = bytes.subarray(0, Math.floor(bytes.length * share))
    }
    // Declares 60,000 x 60,000 pixels: refused by its header, before memory is taken for it.
    const huge = Uint8Array.from(png)
    new DataView(huge.buffer).setUint32(16, 60_000)
    new DataView(huge.buffer).setUint32(20, 60_000)
    bad['b/huge.png'] = huge
    const { album } = await open({ ...bad, 'a/ok.png': png, 'b/ok.jpg': jpeg })
    expect(album.images.map(({ path }) => path)).toEqual(['a/ok.png', 'b/ok.jpg'])
    const reasons = new Map(album.skipped.map(({ path, reason }) => [path, reason]))
    expect([...reasons.keys()].sort()).toEqual(Object.keys(bad).sort())
    expect(reasons.get('a/empty.png')).toMatch(/empty/)
    expect(reasons.get('a/phone.jpg')).toMatch(/HEIC: save it as JPEG/)
    expect(reasons.get('a/icon.png')).toBe('15 x 40 pixels, too small (under 16)')
    for (const reason of reasons.values()) expect(reason).toMatch(/^[^\n]{8,200}$/)
  })

  it('all of them: one sentence with an example', async () => {
    await expect(open({ 'a/1.png': text('no'), 'b/2.png': text('picture') })).rejects.toThrow(
      /^None of the 2 pictures in "mine" can be read \(e\.g\. "[ab]\/\d\.png": does not decode: /,
    )
  })

  it('names of every kind stay what they are', async () => {
    const names = [
      'é',
      'e\u0301',
      '猫',
      '🐈‍⬛',
      'a b',
      'a%20b',
      '#?&',
      "o'clock",
      '__proto__',
      'constructor',
      'toString',
      'CON',
    ]
    const files: Record<string, Uint8Array> = {}
    for (const [i, name] of names.entries()) files[`${name}/${i}.png`] = await picture(20, 20, [i * 9, 250 - i, i])
    const { album } = await open(files)
    expect(new Set(album.folders)).toEqual(new Set(names))
    const zipped = await zipSource('z.zip', zipSync(files))
    expect(new Set(zipped.files.map(({ path }) => path))).toEqual(new Set(Object.keys(files)))
  })
})
