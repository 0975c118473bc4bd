/** Choosing pictures: what is loaded replaces the run before it, what cannot be loaded replaces nothing. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { DEFAULT_SPLIT } from '../../src/data/arrangement'
import type { PictureInfo, TaskInfo } from '../../src/lab/protocol'
import { connect } from '../../src/state/connect'
import { initialRun, runStore } from '../../src/state/run'
import {
  chooseFiles,
  chooseSample,
  takeDownTestPictures,
  hangPicture,
  initialTask,
  taskStore,
} from '../../src/state/task'
import { initialView, viewStore } from '../../src/state/view'
import { ScriptedLab, settle } from './scriptedLab'

let lab: ScriptedLab
let disconnect: () => void
const task = () => taskStore.getState()

const info = (id: string): TaskInfo => ({
  id,
  title: id,
  description: '',
  template: 'a {}',
  classes: [
    { folder: 'cat', name: 'cat' },
    { folder: 'dog', name: 'dog' },
  ],
  counts: { train: [300, 320], val: [10, 10], test: [10, 10] },
  imageSize: 2,
  fingerprint: id,
  skipped: [],
  splitSeed: null,
  album: id,
  arrangement: { classes: [], template: 'a {}', labels: {}, without: [], split: DEFAULT_SPLIT },
})
const picture = (index: number): PictureInfo => ({
  split: 'val',
  index,
  path: `${index}`,
  label: 0,
  pixels: new Uint8Array(12),
})
const six = [0, 1, 2, 3, 4, 5].map(picture)

beforeEach(() => {
  taskStore.setState(initialTask, true)
  runStore.setState(initialRun, true)
  viewStore.setState(initialView, true)
  lab = new ScriptedLab()
  disconnect = connect(lab)
})
afterEach(() => disconnect())

async function load(id: string) {
  const loading = chooseSample(id)
  await lab.reply('loadTask', info(id))
  await lab.reply('pictures', six)
  await loading
}

it('loads a sample, hangs six pictures, and tells the run how many pictures it trains on', async () => {
  runStore.setState({ status: 'finished', step: 300 })
  await load('counting')
  expect(task()).toMatchObject({ loading: false, choice: { kind: 'sample', id: 'counting' }, info: { id: 'counting' } })
  expect(task().pictures).toHaveLength(6)
  expect(runStore.getState()).toMatchObject({ status: 'idle', step: 0, trainingImages: 620 })
})

it('hangs validation pictures, and takes test pictures down before a border is learned', async () => {
  await load('counting')
  expect(lab.calls.findLast((c) => c.command === 'pictures')).toMatchObject({ body: { split: 'val' } })
  taskStore.setState({ pictures: [...six.slice(0, 5), { ...picture(7), split: 'test' }] })
  takeDownTestPictures()
  expect(task().pictures.map((p) => p.split)).toEqual(['val', 'val', 'val', 'val', 'val'])
})

it('a folder that cannot be read loses nothing', async () => {
  await load('counting')
  runStore.setState({ status: 'finished', step: 300 })
  const loading = chooseFiles('pets', [{ path: 'pets/cat/1.jpg', file: new Blob() }])
  expect(lab.calls.at(-1)).toMatchObject({
    command: 'openAlbum',
    body: { source: { kind: 'files', name: 'pets', splitSeed: 0 } },
  })
  await lab.refuse('openAlbum', new UserError('There is only one class.', 'Give two.'))
  await loading
  expect(task()).toMatchObject({
    loading: false,
    choice: { kind: 'sample', id: 'counting' },
    info: { id: 'counting' },
    trouble: { message: 'There is only one class.', remedy: 'Give two.' },
  })
  expect(runStore.getState()).toMatchObject({ status: 'finished', step: 300 })
})

it('a slow load that was overtaken changes nothing', async () => {
  const slow = chooseSample('digits')
  const slowCall = lab.calls.at(-1)!
  await load('counting')
  slowCall.reply(info('digits'))
  await settle()
  lab.calls.at(-1)!.reply(six)
  await slow
  expect(task().info?.id).toBe('counting')
})

it('a gallery picture takes the last place, or is found where it hangs', async () => {
  await load('counting')
  hangPicture(picture(3))
  expect(task().pictures).toHaveLength(6)
  expect(viewStore.getState().selected).toBe(3)
  hangPicture(picture(42))
  expect(task().pictures.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 42])
  expect(viewStore.getState().selected).toBe(5)
})
