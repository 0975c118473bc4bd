/** Tuning for the picture that is looked at: shown while it is that picture, ended and forgotten with it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import type { TuningAnswer } from '../../src/lab/protocol-tuning'
import { setLab } from '../../src/state/connection'
import { endLook, setMirror, showPicture } from '../../src/state/look'
import {
  cancelTuning,
  followTuning,
  initialTuning,
  onTuning,
  setAugmix,
  tunePicture,
  tuningStore,
} from '../../src/state/tuning'
import { ScriptedLab, settle } from './scriptedLab'

const ANSWER: TuningAnswer = {
  ...{ sentence: 'a photo of a {}.', ownTemplate: true, views: [], kept: [0], entropyBefore: 1, entropyAfter: 0.5 },
  ...{ before: Float32Array.of(1, 0), after: Float32Array.of(0, 1), seconds: 2 },
}

let lab: ScriptedLab
let undo: () => void
beforeEach(() => {
  lab = new ScriptedLab()
  setLab(lab)
  tuningStore.setState(initialTuning)
  undo = followTuning()
})
afterEach(async () => {
  undo()
  endLook()
  for (const { refuse } of lab.calls) refuse(new Error('over'))
  await settle()
  setLab(null)
})
const state = () => tuningStore.getState()
const asked = () => lab.calls.filter(({ command }) => command === 'tunePicture')

it('asks of the picture that is shown, and shows how far it is and what came out', async () => {
  void tunePicture()
  expect(asked()).toHaveLength(0)
  const file = new Blob(['a'])
  showPicture('a', file)
  setAugmix(true)
  void tunePicture()
  expect(asked()[0]!.body).toEqual({ picture: file, mirror: false, augmix: true })
  onTuning({ type: 'tuning', stage: 'views', done: 8, total: 64 })
  expect(state()).toMatchObject({ progress: { stage: 'views', done: 8, total: 64 }, answer: null })
  await lab.reply('tunePicture', ANSWER)
  expect(state()).toMatchObject({ progress: null, answer: ANSWER })
  setMirror(true)
  expect(state().answer).toBeNull()
})

it('ends with the picture, and an answer that comes late is not shown', async () => {
  showPicture('a', new Blob(['a']))
  void tunePicture()
  showPicture('b', new Blob(['b']))
  expect(lab.commands).toContain('cancelTuning')
  expect(state().progress).toBeNull()
  await lab.reply('tunePicture', ANSWER)
  expect(state().answer).toBeNull()
})

it('that was cancelled is no trouble; that had to give way is', async () => {
  showPicture('a', new Blob(['a']))
  const ended = new UserError('The tuning was ended before it was done.', 'Again.')
  void tunePicture()
  cancelTuning()
  await lab.refuse('tunePicture', ended)
  expect(state()).toMatchObject({ progress: null, trouble: null })
  void tunePicture()
  await lab.refuse('tunePicture', ended)
  expect(state().trouble).toMatchObject({ message: ended.message })
})
