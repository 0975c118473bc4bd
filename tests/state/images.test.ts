/** Editing the open album: at once on the page, undone and done again, the last answer of the lab counts. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DEFAULT_SPLIT, type Arrangement } from '../../src/data/arrangement'
import type { ArrangedInfo, OpenedAlbum } from '../../src/lab/protocol-images'
import { connect } from '../../src/state/connect'
import { include, move, nudge, redo, rename, resplit, undo, canRedo, canUndo } from '../../src/state/images'
import { imagesStore, initialImages, showOpened } from '../../src/state/images-store'
import { initialRun, runStore } from '../../src/state/run'
import { initialTask, taskStore } from '../../src/state/task'
import { wantThumbnail } from '../../src/state/thumbnails'
import { ScriptedLab, settle } from './scriptedLab'

const start: Arrangement = {
  classes: ['a', 'b', 'c'].map((key) => ({ key, name: key, folders: [key], included: true })),
  ...{ template: 'a {}', labels: {}, without: [], split: DEFAULT_SPLIT },
}
const arrangedAs = (arrangement: Arrangement): ArrangedInfo => ({
  ...{ arrangement, labels: new Int32Array(3), splits: new Uint8Array(3), leftOut: [], unlabelled: [], leaks: [] },
  ...{ problems: [], warnings: [], prompts: null, task: null },
})
const opened: OpenedAlbum = {
  album: {
    ...{
      id: 'x',
      name: 'x',
      origin: 'own',
      folders: ['a', 'b', 'c'],
      paths: ['1', '2', '3'],
      digests: ['1', '2', '3'],
    },
    ...{ folderOf: new Int32Array(3), given: new Uint8Array(3), near: [], skipped: [], decoded: 3 },
  },
  arranged: arrangedAs(start),
}

let lab: ScriptedLab
let disconnect: () => void
const names = () => imagesStore.getState().arrangement!.classes.map(({ name }) => name)
const asked = () => lab.calls.filter(({ command }) => command === 'arrange')

beforeEach(() => {
  imagesStore.setState(initialImages, true)
  taskStore.setState(initialTask, true)
  runStore.setState(initialRun, true)
  lab = new ScriptedLab()
  disconnect = connect(lab)
  showOpened(opened)
})
afterEach(() => disconnect())

it('an edit is seen at once, and asked of the lab', () => {
  rename('a', 'apple')
  expect(names()).toEqual(['apple', 'b', 'c'])
  expect(asked().map(({ body }) => body)).toEqual([{ arrangement: imagesStore.getState().arrangement }])
  expect([canUndo(), canRedo()]).toEqual([true, false])
})

it('edits are undone and done again; a new one ends what was undone', () => {
  rename('a', 'apple')
  nudge(new Set(['c']), -1)
  expect(names()).toEqual(['apple', 'c', 'b'])
  undo()
  undo()
  undo()
  expect(names()).toEqual(['a', 'b', 'c'])
  redo()
  expect(names()).toEqual(['apple', 'b', 'c'])
  include(new Set(['b']), false)
  expect(canRedo()).toBe(false)
  undo()
  undo()
  expect(imagesStore.getState().arrangement).toBe(start)
})

it('what changes nothing is no edit', () => {
  rename('a', ' ')
  move(new Set(['a']), 'a', 'after')
  nudge(new Set(['a']), -1)
  nudge(new Set(['c']), 1)
  expect([asked().length, canUndo()]).toEqual([0, false])
})

it('of two edits under way the later answer counts', async () => {
  rename('a', 'apple')
  resplit({ seed: 4 })
  const [first, second] = asked()
  second!.reply(arrangedAs(imagesStore.getState().arrangement!))
  await settle()
  first!.reply(arrangedAs(start))
  await settle()
  expect(imagesStore.getState()).toMatchObject({ arranging: false, arranged: { arrangement: { split: { seed: 4 } } } })
})

it('nothing is edited while a run learns', () => {
  runStore.setState({ status: 'learning' })
  rename('a', 'apple')
  expect([names(), canUndo()]).toEqual([['a', 'b', 'c'], false])
})

it('thumbnails no longer wanted are not asked for, and those known come at once', async () => {
  const seen: number[] = []
  const takeBack = wantThumbnail(0, ({ image }) => seen.push(image))
  wantThumbnail(1, ({ image }) => seen.push(image))
  takeBack()
  await settle()
  const question = lab.calls.find(({ command }) => command === 'thumbnails')!
  expect(question.body).toMatchObject({ images: [1] })
  question.reply([{ image: 1, rgba: new Uint8ClampedArray(4) }])
  await settle()
  wantThumbnail(1, ({ image }) => seen.push(image))
  expect(seen).toEqual([1, 1])
})
