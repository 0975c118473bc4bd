/** The button where a device was lost too often: another engine under the same model, and the same run on it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import type { Capability } from '../../src/lab/protocol'
import { connect } from '../../src/state/connect'
import { goOnWithWasm } from '../../src/state/other-engine'
import { initialRun, runStore } from '../../src/state/run'
import { initialOpenRun, openRunStore } from '../../src/state/runs'
import { initialSession, sessionStore } from '../../src/state/session'
import { taskStore } from '../../src/state/task'
import { sampleRecord } from '../records/sample-run'
import { ScriptedLab, settle } from './scriptedLab'

const GPU: Capability = {
  ...{ engine: 'webgpu', description: 'A card (WebGPU)', reason: null, crossOriginIsolated: true, adapter: null },
}
const WASM: Capability = { ...GPU, engine: 'wasm', description: 'WASM, 2 threads' }
const LOST = { message: 'The graphics device could not be brought back in 3 tries.', remedy: 'Start again.' }

let lab: ScriptedLab
let disconnect: () => void
beforeEach(() => {
  runStore.setState(initialRun, true)
  openRunStore.setState(initialOpenRun, true)
  // The model and the images of the run are loaded.
  const { model, task } = sampleRecord('a run')
  sessionStore.setState(
    { ...initialSession, capability: GPU, model: { ...model, labels: null, bytes: 0, checks: [] } },
    true,
  )
  taskStore.setState({ info: { ...task, id: 'counting', description: '', skipped: [] } as never })
  lab = new ScriptedLab()
  disconnect = connect(lab)
  lab.emit({ type: 'begun', record: sampleRecord('a run', { state: 'learning' }), curves: null })
})
afterEach(() => disconnect())

function fail(cause?: 'device-lost') {
  lab.emit({ type: 'status', status: 'failed' })
  lab.emit({ type: 'failed', ...LOST, lastGoodStep: 4, ...(cause && { cause }) })
}

it('is offered where the device ended the run, and only there', () => {
  fail('device-lost')
  expect(runStore.getState()).toMatchObject({ failedBy: 'device-lost', trouble: LOST, lastGoodStep: 4 })
  fail()
  expect(runStore.getState().failedBy).toBeNull()
})

it('changes the engine and goes on with the run', async () => {
  fail('device-lost')
  const going = goOnWithWasm()
  expect(lab.calls.at(-1)).toMatchObject({ command: 'changeEngine', body: { backend: 'wasm' } })
  expect(runStore.getState().busy).toBe(true)
  await lab.reply('changeEngine', WASM)
  expect(sessionStore.getState().capability).toEqual(WASM)
  await settle()
  expect(lab.commands.slice(-2)).toEqual(['changeEngine', 'goOn'])
  expect(lab.calls.find(({ command }) => command === 'goOn')!.body).toMatchObject({ id: 'a run', paused: false })
  lab.emit({ type: 'begun', record: sampleRecord('a run', { state: 'learning', engine: 'wasm' }), curves: null })
  await lab.reply('goOn', null as never)
  lab.emit({ type: 'status', status: 'learning' })
  await going
  expect(runStore.getState()).toMatchObject({ status: 'learning', busy: false, failedBy: null, trouble: null })
})

it('says why where the other engine cannot be had', async () => {
  fail('device-lost')
  const going = goOnWithWasm()
  await lab.refuse('changeEngine', new UserError('WASM is not there.', 'Reload the page.'))
  await going
  expect(lab.commands).not.toContain('goOn')
  expect(runStore.getState()).toMatchObject({
    status: 'failed',
    busy: false,
    trouble: { message: 'WASM is not there.' },
  })
})
