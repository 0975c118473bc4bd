/** A task of some of another's classes. */
import { expect, it } from 'vitest'
import { defaultArrangement } from '../../src/data/arrange'
import { memorySet } from '../../src/data/memory-set'
import { someClasses } from '../../src/data/some-classes'
import type { Task } from '../../src/data/task'

const FOLDERS = ['ape', 'bee', 'cat', 'dog']
/** Images of one pixel: (class, number, 0). */
function set(labels: readonly number[]) {
  const pixels = Uint8Array.from(labels.flatMap((label, i) => [label, i, 0]))
  const paths = labels.map((label, i) => `${label}/${i}`)
  return memorySet(pixels, Uint16Array.from(labels), paths)
}
const album = { images: [], folders: FOLDERS } as unknown as Parameters<typeof defaultArrangement>[0]
const TASK: Task = {
  ...{ id: 't', album: 'a', title: 'four', description: '', template: 'a {}', imageSize: 1 },
  classes: FOLDERS.map((folder) => ({ folder, name: folder })),
  splits: { train: set([0, 1, 2, 3]), val: set([3, 1]), test: set([2, 0, 3, 3]) },
  ...{ fingerprint: 'whole', skipped: [], splitSeed: 0, arrangement: defaultArrangement(album) },
}

it('has their pictures in the same order, numbered anew, and a fingerprint of its own', async () => {
  const part = await someClasses(TASK, { classes: [3, 0], title: 'two' })
  expect(part.classes.map(({ name }) => name)).toEqual(['dog', 'ape'])
  const { train, val, test } = part.splits
  expect([train, val, test].map(({ labels }) => [...labels])).toEqual([[1, 0], [0], [1, 0, 0]])
  expect(test.paths).toEqual(['0/1', '3/2', '3/3'])
  const pixel = new Uint8Array(3)
  test.read(2, pixel)
  expect([...pixel]).toEqual([3, 3, 0])
  expect(part.arrangement.classes.map(({ included }) => included)).toEqual([true, false, false, true])
  expect(part.fingerprint).not.toBe(TASK.fingerprint)
  expect(await someClasses(TASK, { classes: [3, 0], title: 'other' })).toMatchObject({ fingerprint: part.fingerprint })
})

it('may keep some splits only', async () => {
  const { splits } = await someClasses(TASK, { classes: [3], title: 'one', splits: ['test'] })
  expect([splits.train.count, splits.val.count, splits.test.count]).toEqual([0, 0, 2])
})
