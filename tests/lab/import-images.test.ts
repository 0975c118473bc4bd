/** Pixels of a project become an album only where they make the task that its runs were learned on. */
import { expect, it } from 'vitest'
import { fingerprint } from '../../src/data/fingerprint'
import { memorySet } from '../../src/data/memory-set'
import { MemoryDrawer } from '../../src/data/shelf/drawer-memory'
import { Shelf } from '../../src/data/shelf/shelf'
import { UserError } from '../../src/errors'
import type { ProjectData } from '../../src/formats/project/project'
import { broughtArrangement, isAsItCame, keepBroughtImages } from '../../src/lab/import-images'
import { sha256 } from '../../src/models/sha256'
import { data, IMAGE_BYTES } from '../formats/a-project'

/** The made-up data with the fingerprint that it has, sorted by path as an album is; its last two pictures are alike. */
async function sound(): Promise<ProjectData> {
  const { classes } = data.task
  const set = async (split: string, count: number) => {
    const labels = Uint16Array.from({ length: count }, (_, i) => Math.floor((i * classes.length) / count))
    const paths = Array.from(labels, (label, i) => `${label}/${split}${i}.png`)
    const pixels = Uint8Array.from({ length: count * IMAGE_BYTES }, (_, i) => (i * 7 + count) & 255)
    const [last, before] = [pixels.subarray(-IMAGE_BYTES), pixels.subarray(-2 * IMAGE_BYTES, -IMAGE_BYTES)]
    last.set(before)
    const each = paths.map((_, i) => sha256(pixels.slice(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES)))
    return memorySet(pixels, labels, paths, await Promise.all(each))
  }
  const pixels = { train: await set('train', 9), val: await set('val', 6), test: await set('test', 6) }
  const of = ({ labels }: { labels: Uint16Array }) =>
    classes.map((_, c) => labels.filter((label) => label === c).length)
  const counts = { train: of(pixels.train), val: of(pixels.val), test: of(pixels.test) }
  const task = { ...data.task, counts, imageSize: 8 }
  return {
    ...{ ...data, pixels, splits: pixels },
    task: { ...task, fingerprint: await fingerprint({ classes, imageSize: 8, splits: pixels }) },
  }
}

it('keeps an album that is opened as the same task', async () => {
  const shelf = new Shelf(new MemoryDrawer())
  const brought = await sound()
  const id = (await keepBroughtImages(shelf, brought))!
  expect(await shelf.albums()).toMatchObject([{ id, images: 21, classes: 3 }])
  const album = (await shelf.album(id))!
  expect(isAsItCame(album, brought.task)).toBe(true)
  const ofFiles = { ...album, images: album.images.map((image) => ({ ...image, bytes: 9 })) }
  expect(isAsItCame(ofFiles, brought.task)).toBe(false)
  const [first, ...rest] = brought.task.counts.train
  const fewer = { ...brought.task, counts: { ...brought.task.counts, train: [first! - 1, ...rest] } }
  expect(isAsItCame(album, fewer)).toBe(false)
  expect(await shelf.arrangement(id)).toEqual(broughtArrangement(brought.task))
})

it('keeps none of another task, and none where there are no pixels', async () => {
  const shelf = new Shelf(new MemoryDrawer())
  const whole = await sound()
  const other = { ...whole, task: { ...whole.task, fingerprint: 'f'.repeat(64) } }
  await expect(keepBroughtImages(shelf, other)).rejects.toThrow(UserError)
  expect(await keepBroughtImages(shelf, { ...whole, pixels: null })).toBeNull()
  expect(await shelf.albums()).toEqual([])
})
