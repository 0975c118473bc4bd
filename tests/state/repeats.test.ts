/** Where a kept run can be repeated or its border measured, and why not elsewhere. */
import { beforeEach, expect, it } from 'vitest'
import type { ModelInfo, TaskInfo } from '../../src/lab/protocol'
import { setLab } from '../../src/state/connection'
import { repeatRun, transferRun, whyNotRepeat, whyNotTransfer } from '../../src/state/repeats'
import { initialRun, runStore } from '../../src/state/run'
import { initialSession, sessionStore } from '../../src/state/session'
import { initialTask, taskStore } from '../../src/state/task'
import { sampleRecord } from '../records/sample-run'
import { ScriptedLab, settle } from './scriptedLab'

const record = sampleRecord('one')

function loaded(model: Partial<ModelInfo>, fingerprint: string): void {
  sessionStore.setState({ model: model as ModelInfo })
  taskStore.setState({ info: { fingerprint } as TaskInfo })
}

const OWN = { sha256: record.model.sha256, imageSize: record.model.imageSize }
const OTHER = { sha256: 'ef'.repeat(32), imageSize: record.model.imageSize }

beforeEach(() => {
  runStore.setState(initialRun, true)
  sessionStore.setState(initialSession, true)
  taskStore.setState(initialTask, true)
})

it('a border is measured on other images, and on another model of its input size', () => {
  expect(whyNotTransfer(record)).toBe('Needs a model and pictures.')
  loaded(OWN, record.task.fingerprint)
  expect(whyNotTransfer(record)).not.toBeNull()
  loaded(OWN, 'other images')
  expect(whyNotTransfer(record)).toBeNull()
  loaded(OTHER, record.task.fingerprint)
  expect(whyNotTransfer(record)).toBeNull()
})

it('not on a model of another input size', () => {
  loaded({ ...OTHER, imageSize: 224 }, 'other images')
  expect(whyNotTransfer(record)).toBe('The border is made for 64 px, the model in use takes 224 px.')
})

it('not before it has one, nor while something is learned', () => {
  loaded(OWN, 'other images')
  expect(whyNotTransfer({ ...record, best: null })).not.toBeNull()
  runStore.setState({ status: 'learning' })
  expect(whyNotTransfer(record)).not.toBeNull()
})

it('a recipe is repeated on its own model and images only', () => {
  loaded(OWN, record.task.fingerprint)
  expect(whyNotRepeat(record)).toBeNull()
  loaded(OTHER, record.task.fingerprint)
  expect(whyNotRepeat(record)).toContain(record.model.title)
  loaded(OWN, 'other images')
  expect(whyNotRepeat(record)).toContain(record.task.title)
})

it('neither is begun beside a run that goes on', async () => {
  const lab = new ScriptedLab()
  setLab(lab)
  for (const going of [{ status: 'learning' }, { status: 'idle', busy: true }] as const) {
    runStore.setState({ ...initialRun, ...going })
    await repeatRun(record, [1, 2])
    await transferRun(record)
    expect(lab.commands).toEqual([])
  }
  runStore.setState(initialRun)
  void transferRun(record)
  await settle()
  expect(lab.commands).toEqual(['transfer'])
  setLab(null)
})
