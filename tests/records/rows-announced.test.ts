/** Other pages hear which runs have changed, once that is so; what is large goes without saying. */
import { expect, it } from 'vitest'
import { announced } from '../../src/records/rows-announced'
import { MemoryRows } from '../../src/records/rows-memory'
import { RunStore } from '../../src/records/run-store'
import { sampleRecord, sampleRun } from './sample-run'

it('tells of every run written, labelled or removed, and of no failure', async () => {
  const heard: unknown[] = []
  let full = false
  const rows = announced(new MemoryRows(() => full), { postMessage: (said) => heard.push(said) })
  const store = new RunStore(rows)
  await store.write(sampleRun('a'))
  await store.rename('a', 'mine')
  await store.erase('a')
  expect(heard.splice(0)).toEqual([{ ids: ['a'] }, { ids: ['a'] }, { ids: ['a'] }])
  await rows.commit([
    { table: 'parts', key: 'b/x', value: 1 },
    { table: 'trials', key: 'model/engine/cell', value: 1 },
  ])
  full = true
  await expect(store.save(sampleRecord('c'))).rejects.toThrow()
  expect(heard).toEqual([])
})
