/** Rows that an older program kept, whose database had fewer tables. */
import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { afterAll, expect, it } from 'vitest'
import { openIndexedDb } from '../../src/records/rows-indexeddb'

afterAll(() => {
  Reflect.deleteProperty(globalThis, 'indexedDB')
})

it('runs kept before there were studies are there, and trials beside them', async () => {
  Object.assign(globalThis, { indexedDB: new IDBFactory() })
  const before = await openDB('passepartout-runs', 1, {
    upgrade(fresh) {
      for (const table of ['records', 'labels', 'parts']) fresh.createObjectStore(table)
    },
  })
  await before.put('records', { name: 'a run' }, 'a')
  before.close()

  const rows = (await openIndexedDb())!
  expect(await rows.get('records', 'a')).toEqual({ name: 'a run' })
  await rows.commit([
    { table: 'trials', key: 'm/wasm/2', value: 'two' },
    { table: 'trials', key: 'm/wasm/1', value: 'one' },
    { table: 'trials', key: 'm/webgpu/1', value: 'three' },
  ])
  expect(await rows.all('trials', 'm/wasm/')).toEqual([
    ['m/wasm/1', 'one'],
    ['m/wasm/2', 'two'],
  ])
})
