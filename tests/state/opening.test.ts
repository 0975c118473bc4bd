/** Opening the page: engine, model and first sample, tried again without a reload where the server was away. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { connect } from '../../src/state/connect'
import { open, openAgain } from '../../src/state/opening'
import { initialSession, sessionStore } from '../../src/state/session'
import { initialTask, taskStore } from '../../src/state/task'
import { ScriptedLab, settle } from './scriptedLab'

const capability = {
  engine: 'wasm',
  description: 'WASM',
  reason: null,
  crossOriginIsolated: true,
  adapter: null,
} as const
const samples = [{ id: 'counting', title: 'Counting', description: '', echoes: '' }]
const away = new UserError('The server cannot be reached.', 'Start it again.')

let lab: ScriptedLab
let disconnect: () => void
beforeEach(() => {
  sessionStore.setState(initialSession, true)
  taskStore.setState(initialTask, true)
  lab = new ScriptedLab()
  disconnect = connect(lab)
})
afterEach(() => disconnect())

it('failed for want of the server, begins anew when asked, and takes the first sample', async () => {
  void open('wasm', 'stamp')
  await lab.reply('initialise', { capability, samples })
  await lab.refuse('loadModel', away)
  expect(sessionStore.getState()).toMatchObject({ phase: 'failed', lost: false, trouble: { message: away.message } })

  void openAgain()
  void openAgain()
  expect(sessionStore.getState()).toMatchObject({ phase: 'opening', trouble: null })
  await lab.reply('initialise', { capability, samples })
  await lab.reply('loadModel', {
    ...{ kind: 'clip', labels: null },
    ...{
      id: 'stamp',
      origin: 'embedded',
      checks: [],
      variant: null,
      name: 'stamp',
      title: 'Stamp',
      imageSize: 64,
      mean: [],
      std: [],
      sha256: '',
      bytes: 1,
    },
  })
  expect(sessionStore.getState()).toMatchObject({ phase: 'ready', model: { title: 'Stamp' } })
  expect(lab.commands).toEqual(['initialise', 'loadModel', 'initialise', 'loadModel', 'loadTask'])
  expect(lab.calls.at(-1)).toMatchObject({ body: { kind: 'sample', id: 'counting' } })
})

it('is over for good when the worker is dead', async () => {
  void open('wasm', 'stamp')
  lab.die(new UserError('The background worker stopped.', 'Reload the page.'))
  await settle()
  expect(sessionStore.getState()).toMatchObject({ phase: 'failed', lost: true })
})
