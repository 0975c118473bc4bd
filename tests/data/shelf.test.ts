/** The shelf: pictures known by content are not decoded again; what a killed tab left, damage and a full disk are met. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { arrange, defaultArrangement } from '../../src/data/arrange'
import { renameClass } from '../../src/data/arrangement'
import { Cancelled, takeIn, type IntakeOptions } from '../../src/data/intake'
import { describeError, errorFrom } from '../../src/errors'
import { FullError, type Drawer } from '../../src/data/shelf/drawer'
import { MemoryDrawer } from '../../src/data/shelf/drawer-memory'
import { NodeDrawer } from '../../src/data/shelf/drawer-node'
import { DamagedError } from '../../src/data/shelf/pixel-pack'
import { Shelf } from '../../src/data/shelf/shelf'
import { clipResize } from '../../src/models/resize-rule'
import { paths, sourceOf, textDecoder } from './pictures'

const cut = { size: 8, resize: clipResize(8) }
const files = [...paths('cat', 100), ...paths('dog', 50)]
let folder: string
let drawer: NodeDrawer
let shelf: Shelf
let options: IntakeOptions

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'passepartout-shelf-'))
  drawer = new NodeDrawer(folder)
  shelf = new Shelf(drawer)
  options = { decoder: textDecoder, cut, shelf }
})
afterEach(() => rmSync(folder, { recursive: true }))

async function open(which: readonly string[] = files, more: Partial<IntakeOptions> = {}) {
  const opened = await takeIn(sourceOf(which), { ...options, ...more })
  opened.pixels.close()
  return opened
}
const overwrite = async (suffix: string, change: (file: NonNullable<Awaited<ReturnType<Drawer['open']>>>) => void) => {
  const name = (await drawer.list()).find((one) => one.name.endsWith(suffix))!.name
  const file = (await drawer.open(name, 'write'))!
  change(file)
  file.close()
}

describe('a shelf', () => {
  it('decodes a picture once, in whatever album and under whatever name it comes', async () => {
    const first = await open()
    expect(first.decoded).toBe(150)
    expect((await open([...files].reverse())).decoded).toBe(0)
    // The text of a file is its path here: another path is another picture.
    const more = await open([...files, 'dog/new.png'])
    expect([more.decoded, more.album.images.length]).toEqual([1, 151])
    expect(more.album.id).not.toBe(first.album.id)
    expect((await open(files, { cut: { size: 4, resize: clipResize(4) } })).decoded).toBe(150)
    expect((await shelf.albums()).map(({ images, classes }) => [images, classes])).toEqual([
      [150, 2],
      [151, 2],
    ])
  })

  it('opens an album without its files, pixel for pixel, with what was made of it', async () => {
    const opened = await takeIn(sourceOf(files), options)
    const { album } = opened
    const edited = renameClass(defaultArrangement(album), 'cat', 'puss')
    await shelf.keepArrangement(album.id, edited)
    const again = new Shelf(new NodeDrawer(folder))
    expect(await again.album(album.id)).toEqual(album)
    expect(await again.arrangement(album.id)).toEqual(edited)
    const pixels = await again.pixels(cut)
    const [a, b] = [new Uint8Array(192), new Uint8Array(192)]
    for (const { digest } of album.images) {
      opened.pixels.read(digest, a)
      pixels.read(digest, b)
      expect(a).toEqual(b)
      expect(pixels.facts(digest)).toEqual(opened.pixels.facts(digest))
    }
    expect(arrange(album, edited, []).problems).toEqual([])
    pixels.close()
    opened.pixels.close()
  })

  it('goes on after a kill: what was listed is known, a torn end is written over', async () => {
    await open()
    await overwrite('.list', (file) => file.truncate(file.size - 100))
    await overwrite('.px', (file) => file.truncate(file.size - 300))
    const { decoded } = await open()
    expect(decoded).toBe(2)
    expect((await open()).decoded).toBe(0)
  })

  it('notices a changed pixel when it is read, and decodes anew where the files are at hand', async () => {
    const { album } = await open(paths('a', 3).concat(paths('b', 3)))
    await overwrite('.px', (file) => file.write(Uint8Array.of(1, 2, 3), 200))
    const pixels = await shelf.pixels(cut)
    const into = new Uint8Array(192)
    const read = () => album.images.forEach(({ digest }) => pixels.read(digest, into))
    expect(read).toThrow(DamagedError)
    expect(pixels.damaged).toBe(true)
    pixels.close()
    expect((await open(paths('a', 3).concat(paths('b', 3)))).decoded).toBe(6)
  })

  it.each([
    ['list', (bytes: Uint8Array) => bytes.fill(0, 0, 8)],
    ['list', (bytes: Uint8Array) => bytes.fill(7, 8, 40)],
    ['album', (bytes: Uint8Array) => bytes.fill(120, 3, 20)],
    ['album', (bytes: Uint8Array) => bytes.fill(120, 400, 420)],
    ['arrangement', (bytes: Uint8Array) => bytes.fill(120)],
  ])('takes a damaged %s for none (%#)', async (suffix, damage) => {
    const { album } = await open()
    await shelf.keepArrangement(album.id, defaultArrangement(album))
    await overwrite(`.${suffix}`, (file) => {
      const bytes = new Uint8Array(file.size)
      file.read(bytes, 0)
      damage(bytes)
      file.write(bytes, 0)
    })
    if (suffix === 'arrangement') expect(await shelf.arrangement(album.id)).toBeNull()
    const { album: again } = await open()
    expect(again).toEqual(album)
    expect(await shelf.album(album.id)).toEqual(album)
  })

  it('forgets an album with its pixels, but not those that another needs', async () => {
    const { album } = await open()
    const { album: part } = await open(paths('cat', 60).concat(paths('dog', 20)))
    expect(await shelf.forget(album.id)).toBe(0)
    expect(await shelf.forget(part.id)).toBe(150 * 192)
    expect(await drawer.list()).toEqual([])
  })

  it('is cancelled between two pictures, and keeps what it has decoded', async () => {
    const cancel = new AbortController()
    const decoder = {
      ...textDecoder,
      decode: (...of: Parameters<typeof textDecoder.decode>) => {
        if (++seen === 80) cancel.abort()
        return textDecoder.decode(...of)
      },
    }
    let seen = 0
    await expect(takeIn(sourceOf(files), { ...options, decoder, signal: cancel.signal })).rejects.toThrow(Cancelled)
    expect(await shelf.albums()).toEqual([])
    const { decoded } = await open()
    expect(decoded).toBeLessThan(100)
  })

  it('says that there is no room before it writes, or makes room of albums used longest ago', async () => {
    await open(paths('old', 40).concat(paths('older', 40)))
    const free = { value: 100 * 192 }
    class Small extends NodeDrawer {
      override free = async () => free.value
      override async remove(name: string) {
        const bytes = (await this.list()).find((one) => one.name === name)?.bytes ?? 0
        if (name.endsWith('.px')) free.value += bytes
        return super.remove(name)
      }
    }
    const small = { ...options, shelf: new Shelf(new Small(folder)) }
    const refused = await takeIn(sourceOf(files), small).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(FullError)
    expect(String(refused)).toMatch(/need 1 MB, and this browser leaves room for 1 MB/)
    // By which the page knows that it can offer to make room, in any language.
    expect(errorFrom(structuredClone(describeError(refused)))).toMatchObject({ reason: 'noRoom' })
    const { decoded, pixels } = await takeIn(sourceOf(files), { ...small, makeRoom: true })
    expect(decoded).toBe(150)
    pixels.close()
    expect((await shelf.albums()).map(({ images }) => images)).toEqual([150])
  })

  it('does the same in memory', async () => {
    const inMemory = new Shelf(new MemoryDrawer())
    expect((await open(files, { shelf: inMemory })).decoded).toBe(150)
    expect((await open(files, { shelf: inMemory })).decoded).toBe(0)
    expect((await inMemory.albums())[0]!.bytes).toBe(150 * 192)
  })
})
