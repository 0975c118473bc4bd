/** Reports and figures of kept runs: written from their answers, refused where they would show what is closed. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TaskInfo } from '../../src/lab/protocol'
import { setLab } from '../../src/state/connection'
import { whyNotWritten, write } from '../../src/state/papers'
import { initialRun, runStore } from '../../src/state/run'
import { initialTask, taskStore } from '../../src/state/task'
import { fakeKeptRuns } from '../ui/gallery/fakeRuns'
import type { LabClient } from '../../src/lab/client'
import { ScriptedLab } from './scriptedLab'

const answers = fakeKeptRuns(['a', 'b', 'c', 'd', 'e'])
const { records } = await answers.runs({})
const run = (id: string) => records.find((record) => record.id === id)!
const two = [run('seed-1'), run('seed-2')]

beforeEach(() => {
  const lab = new ScriptedLab()
  // One command is all that is asked; the pretended lab names what it was asked to write.
  const answering = async (command: string, { ids, kind }: { ids: readonly string[]; kind: string }) => {
    expect(command).toBe('exportFile')
    return { name: `x.${kind}`, bytes: new TextEncoder().encode(ids.join(' ')) }
  }
  setLab(Object.assign(lab, { call: answering as unknown as LabClient['call'] }))
})
afterEach(() => {
  setLab(null)
  runStore.setState(initialRun)
  taskStore.setState(initialTask)
})

it('a report of two runs is a comparison, of one its own; the lab writes both', async () => {
  const type = 'text/markdown'
  expect(await write('report', two)).toEqual([{ name: 'x.comparison.md', type, text: 'seed-1 seed-2' }])
  expect(await write('report', [two[0]!])).toEqual([{ name: 'x.report.md', type, text: 'seed-1' }])
})

it('figures are drawings: one of all runs, and a confusion matrix a run', async () => {
  const type = 'image/svg+xml'
  expect(await write('accuracies', two)).toEqual([{ name: 'x.accuracy.svg', type, text: 'seed-1 seed-2' }])
  expect(await write('curves', two)).toEqual([{ name: 'x.curves.svg', type, text: 'seed-1 seed-2' }])
  expect(await write('confusion', two)).toEqual([
    { name: 'x.confusion.svg', type, text: 'seed-1' },
    { name: 'x.confusion.svg', type, text: 'seed-2' },
  ])
})

it('says why not: not measured, not learned, or test closed while a run on the same images goes on', () => {
  expect(whyNotWritten('report', two)).toBeNull()
  expect(whyNotWritten('report', [run('half'), two[0]!])).toContain('measured')
  expect(whyNotWritten('curves', [run('failed')])).toContain('learned')
  taskStore.setState({ info: { fingerprint: 'counting' } as TaskInfo })
  runStore.setState({ status: 'paused' })
  expect(whyNotWritten('confusion', two)).toContain('stay closed')
  expect(whyNotWritten('confusion', [run('other')])).toBeNull()
  expect(whyNotWritten('curves', two)).toBeNull()
})
