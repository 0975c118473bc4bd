/** Albums over the protocol: opened, arranged, looked at small, kept and opened again, cancelled; and what a run closes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MemoryDrawer } from '../../src/data/shelf/drawer-memory'
import { setSplit, labelPictures, includeClasses } from '../../src/data/arrangement'
import { shrunk } from '../../src/lab/images'
import { Lab } from '../../src/lab/session'
import type { LabEvent, SourceFile } from '../../src/lab/protocol'
import { only, platform, RECIPE } from './tiny-lab'

/** Pictures of three bytes, as the tiny lab's decoder takes them: all different. */
const files = (folders: readonly string[], each: number): SourceFile[] =>
  folders.flatMap((folder) =>
    Array.from({ length: each }, (_, i) => ({
      path: `${folder}${String(i).padStart(2, '0')}.png`,
      file: new Blob([Uint8Array.of((folder.length * 37) & 255, folder.charCodeAt(folder.length - 2), (7 * i) & 255)]),
    })),
  )
const dropped = (folders: readonly string[], each: number) =>
  ({ kind: 'files', name: 'mine', files: files(folders, each), splitSeed: 0 }) as const

const drawer = new MemoryDrawer()
let lab: Lab
let events: LabEvent[]
beforeAll(async () => {
  events = []
  lab = new Lab({ ...platform, albumDrawer: async () => drawer }, (event) => events.push(structuredClone(event)))
  await lab.handle('initialise', { backend: 'wasm' })
  await lab.handle('loadModel', { id: 'public/models/stamp' })
})
afterAll(() => lab.handle('dispose', {}))

describe('an album', () => {
  it('is opened with the task its folders make, its texts as the model reads them, and progress', async () => {
    const { album, arranged } = await lab.handle('openAlbum', { source: dropped(['mine/ant/', 'mine/Bee_1/'], 10) })
    expect([album.origin, album.folders, album.paths.length, album.decoded]).toEqual(['own', ['Bee_1', 'ant'], 20, 20])
    expect(arranged.task).toMatchObject({ album: album.id, title: 'mine', template: 'This is a photo of a {}' })
    expect(arranged.task!.counts).toEqual({ train: [6, 6], val: [2, 2], test: [2, 2] })
    expect(arranged.prompts!.texts).toEqual(['This is a photo of a bee 1', 'This is a photo of a ant'])
    expect(arranged.prompts!.tokens.every((tokens) => tokens > 4 && tokens < 40)).toBe(true)
    expect(only(events, 'intake').at(-1)).toMatchObject({ done: 20, total: 20, decoded: 20, skipped: 0 })
  })

  it('is arranged otherwise without decoding, and without a task where nothing can be learned', async () => {
    const { opened } = await lab.handle('openedAlbum', {})
    const { arrangement, task } = opened!.arranged
    const reseeded = await lab.handle('arrange', { arrangement: setSplit(arrangement, { seed: 5, shots: 3 }) })
    expect(reseeded.task!.counts).toEqual({ train: [3, 3], val: [2, 2], test: [2, 2] })
    expect(reseeded.task!.fingerprint).not.toBe(task!.fingerprint)
    const one = await lab.handle('arrange', { arrangement: includeClasses(arrangement, new Set(['ant']), false) })
    expect(one.task).toBeNull()
    expect(one.problems[0]!.message).toMatch(/one class only/)
    await expect(lab.handle('start', { recipe: RECIPE, seed: 0, paused: true })).rejects.toThrow(/No images are loaded/)
    const back = await lab.handle('arrange', { arrangement })
    expect(back.task!.fingerprint).toBe(task!.fingerprint)
    await expect(lab.handle('arrange', { arrangement: { ...arrangement, template: 3 as never } })).rejects.toThrow(
      /damaged/,
    )
  })

  it('is opened again by its id alone, as it was arranged last, or as is asked', async () => {
    const { album, arranged } = await lab.handle('openAlbum', { source: dropped(['heap/'], 12) })
    expect([arranged.task, arranged.unlabelled.length, arranged.problems[0]!.kind]).toEqual([null, 12, 'classes'])
    const half = labelPictures(arranged.arrangement, album.digests.slice(0, 6), 'one')
    const labelled = await lab.handle('arrange', { arrangement: labelPictures(half, album.digests.slice(6), 'two') })
    await lab.handle('openAlbum', { source: dropped(['mine/ant/', 'mine/Bee_1/'], 10) })
    const info = await lab.handle('loadTask', { kind: 'album', id: album.id })
    expect(info).toEqual(labelled.task)
    const again = await lab.handle('loadTask', { kind: 'album', id: album.id, arrangement: info.arrangement })
    expect(again.fingerprint).toBe(info.fingerprint)
    const report = await lab.handle('albums', {})
    expect(report.open).toBe(album.id)
    expect(report.albums.map(({ images, classes }) => [images, classes]).sort()).toEqual([
      [12, 0],
      [20, 2],
    ])
    const other = report.albums.find(({ id }) => id !== album.id)!
    expect((await lab.handle('forgetAlbum', { id: other.id })).freedBytes).toBe(20 * 3 * 64 * 64)
    await expect(lab.handle('loadTask', { kind: 'album', id: other.id })).rejects.toThrow(/no longer kept/)
    // What is open stays open.
    expect((await lab.handle('openedAlbum', {})).opened!.album.id).toBe(album.id)
  })

  it('that cannot be opened, or is cancelled, leaves the one before', async () => {
    const { opened } = await lab.handle('openedAlbum', {})
    await expect(lab.handle('openAlbum', { source: { ...dropped([], 0), files: [] } })).rejects.toThrow(
      /no file at all/,
    )
    const opening = lab.handle('openAlbum', { source: dropped(['x/a/', 'x/b/'], 2000) })
    const refused = expect(opening).rejects.toThrow('Reading the pictures was cancelled.')
    const timer = setInterval(() => void lab.handle('cancelOpening', {}), 1)
    await refused
    clearInterval(timer)
    expect((await lab.handle('openedAlbum', {})).opened!.album.id).toBe(opened!.album.id)
    expect((await lab.handle('pictures', { split: 'val', count: 2 })).length).toBe(2)
  })

  it('shows pictures small, but not those of the test split while a run is to be measured by them', async () => {
    const { opened } = await lab.handle('openedAlbum', {})
    const { splits } = opened!.arranged
    const images = [splits.indexOf(0), splits.indexOf(2)]
    const open = await lab.handle('thumbnails', { images, side: 16 })
    expect(open.map(({ image, rgba }) => [image, rgba?.length])).toEqual(images.map((image) => [image, 16 * 16 * 4]))
    await lab.handle('start', { recipe: RECIPE, seed: 0, paused: true })
    const closed = await lab.handle('thumbnails', { images, side: 16 })
    expect(closed.map(({ rgba }) => rgba === null)).toEqual([false, true])
    await expect(lab.handle('thumbnails', { images: [999], side: 16 })).rejects.toThrow(RangeError)
  })
})

it('a picture is shrunk by the mean of what falls on each pixel', () => {
  const pixels = Uint8Array.from({ length: 3 * 16 }, (_, i) => (i < 16 ? i * 10 : i < 32 ? 100 : i % 4 < 2 ? 0 : 200))
  expect([...shrunk(pixels, 4, 2)]).toEqual([25, 100, 0, 255, 45, 100, 200, 255, 105, 100, 0, 255, 125, 100, 200, 255])
})
