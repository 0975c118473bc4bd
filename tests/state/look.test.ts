/** Trying the border on any picture: one question at a time, the newest frame is the next, and nothing late is shown. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import type { Look } from '../../src/lab/protocol-look'
import { setLab } from '../../src/state/connection'
import {
  askFrame,
  beginCamera,
  canAsk,
  endLook,
  followLook,
  lookStore,
  setMirror,
  showPicture,
} from '../../src/state/look'
import { runStore } from '../../src/state/run'
import { initialView, setStrength, viewStore } from '../../src/state/view'
import { ScriptedLab, settle } from './scriptedLab'

const look = (value: number): Look => ({
  pixels: new Uint8Array(3).fill(value),
  zeroShot: Float32Array.of(1, 0),
  prompted: Float32Array.of(0, 1),
  region: { left: 0, top: 0, width: 1, height: 1 },
})
const file = (name: string) => new Blob([name])

let lab: ScriptedLab
let undo: () => void
beforeEach(() => {
  lab = new ScriptedLab()
  setLab(lab)
  runStore.setState({ status: 'finished' })
  undo = followLook()
})
afterEach(async () => {
  undo()
  endLook()
  viewStore.setState(initialView)
  runStore.setState({ status: 'idle' })
  for (const { refuse } of lab.calls) refuse(new Error('over'))
  await settle()
  setLab(null)
})
const state = () => lookStore.getState()
const body = (i: number) => lab.calls[i]!.body as { picture: unknown; mirror: boolean; strength: number }

it('asks of the newest picture when the one before is answered, and shows only that', async () => {
  const files = ['a', 'b', 'c'].map(file)
  files.forEach((one, i) => showPicture(`${i}`, one))
  expect(lab.calls).toHaveLength(1)
  expect(state()).toMatchObject({ reading: true, picture: null })
  await lab.reply('look', look(1))
  expect(state().picture).toBeNull()
  expect(body(1).picture).toBe(files[2])
  await lab.reply('look', look(3))
  expect(state().picture).toEqual({ name: '2', pixels: new Uint8Array([3, 3, 3]) })
  expect(state().answer!.prompted[1]).toBe(1)
  expect(lab.calls).toHaveLength(2)
})

it('asks anew when the strength or the mirror changes, once for a dragged slider', async () => {
  showPicture('a', file('a'))
  await lab.reply('look', look(1))
  for (const strength of [0.2, 0.4, 0.6]) setStrength(strength)
  expect(lab.calls).toHaveLength(2)
  await lab.reply('look', look(1))
  expect(body(2).strength).toBe(0.6)
  await lab.reply('look', look(1))
  setMirror(true)
  expect(body(3).mirror).toBe(true)
})

it('asks nothing while nothing has been learned, and does when a run is there', async () => {
  runStore.setState({ status: 'idle' })
  showPicture('a', file('a'))
  expect(lab.calls).toHaveLength(0)
  expect(state()).toMatchObject({ source: 'picture', reading: false, trouble: null })
  runStore.setState({ status: 'finished' })
  expect(lab.commands).toEqual(['look'])
})

it('says why a picture cannot be read, and forgets it with the next', async () => {
  showPicture('a', file('a'))
  await lab.refuse('look', new UserError('This picture does not decode: no.', 'Take a JPEG.'))
  expect(state()).toMatchObject({ reading: false, trouble: { remedy: 'Take a JPEG.' } })
  showPicture('b', file('b'))
  expect(state().trouble).toBeNull()
})

it('of a camera takes the frame of the moment at which the lab is free, and closes it', async () => {
  beginCamera()
  let closed = 0
  let grabbed = 0
  const grab = async () => {
    grabbed++
    return { close: () => closed++ } as unknown as ImageBitmap
  }
  void askFrame(grab)
  await settle()
  expect(canAsk()).toBe(false)
  void askFrame(grab)
  await settle()
  expect([grabbed, closed, lab.calls.length]).toEqual([1, 1, 1])
  expect(body(0).mirror).toBe(true)
  await lab.reply('look', look(1))
  expect(canAsk()).toBe(true)
  expect(state().answer).not.toBeNull()
  // Turned round while it was on its way: an answer about the other side is not shown.
  void askFrame(grab)
  await settle()
  setMirror(false)
  await lab.reply('look', look(2))
  expect(state().answer).toBeNull()
  endLook()
  expect(state().source).toBe('none')
})
