/** The store of runs, on IndexedDB (a stand-in for Node) and in memory: exact, whole or not at all, patient with what is broken. */
import 'fake-indexeddb/auto'
import { afterAll, describe, expect, it } from 'vitest'
import { FullError } from '../../src/models/hub/store'
import { STRETCH } from '../../src/records/curves'
import type { Rows } from '../../src/records/rows'
import { openIndexedDb } from '../../src/records/rows-indexeddb'
import { MemoryRows } from '../../src/records/rows-memory'
import { RunStore } from '../../src/records/run-store'
import { textOf } from '../../src/sentence'
import { AWKWARD, sampleCheckpoint, sampleCurves, samplePredictions, sampleRecord, sampleRun } from './sample-run'

const bits = (floats: Float32Array) => [...new Uint32Array(floats.buffer, floats.byteOffset, floats.length)]

afterAll(() => {
  Reflect.deleteProperty(globalThis, 'indexedDB')
})

const kinds: readonly (readonly [string, () => Promise<Rows>])[] = [
  ['in memory', async () => new MemoryRows()],
  [
    'in IndexedDB',
    async () => {
      Object.assign(globalThis, { indexedDB: new IDBFactory() })
      return (await openIndexedDb())!
    },
  ],
]

describe.each(kinds)('runs kept %s', (_, open) => {
  it('come back as they were, bit for bit', async () => {
    const store = new RunStore(await open())
    const run = sampleRun('a')
    await store.write(run)
    const back = (await store.read('a'))!
    expect(back).toEqual(run)
    expect(bits(back.parts.checkpoint!.optimiser.slots.square!.top!.data)).toEqual(bits(AWKWARD))
    expect(bits(back.parts.checkpoint!.best!.parameters.top!.data)).toEqual(bits(AWKWARD))
    expect(bits(back.parts.history![1]!.parameters.top!.data)).toEqual(bits(AWKWARD))
    expect(bits(back.parts.border!)).toEqual(bits(AWKWARD))
  })

  it('are listed newest first, without what is removed, and what is broken is told', async () => {
    let now = 1000
    const rows = await open()
    const store = new RunStore(rows, () => now)
    for (const n of [1, 3, 2]) {
      await store.save(sampleRecord(`run ${n}`, { createdAt: `2026-01-0${n}T00:00:00.000Z` }))
    }
    await rows.commit([
      { table: 'records', key: 'newer', value: { ...sampleRecord('newer'), version: 2 } },
      { table: 'records', key: 'torn', value: { ...sampleRecord('torn'), seed: 'x' } },
      { table: 'records', key: 'none', value: 7 },
    ])
    await store.remove('run 2')
    const { records, broken } = await store.list()
    expect(records.map(({ id }) => id)).toEqual(['run 3', 'run 1'])
    expect(broken.map(({ id }) => id).sort()).toEqual(['newer', 'none', 'torn'])
    expect(textOf(broken.find(({ id }) => id === 'newer')!.reason)).toMatch(/newer version/)
    expect(textOf(broken.find(({ id }) => id === 'torn')!.reason)).toMatch(/seed/)

    await store.restore('run 2')
    expect((await store.list()).records).toHaveLength(3)
    await store.remove('run 2')
    now += 30_000
    await store.purge()
    await store.restore('run 2')
    expect(await store.find('run 2')).not.toBeNull()
    await store.remove('run 2')
    now += 61_000
    await store.purge()
    await store.restore('run 2')
    expect(await store.find('run 2')).toBeNull()
  })

  it('keep the name that a person gave while a page goes on saving', async () => {
    const store = new RunStore(await open())
    await store.save(sampleRecord('a'))
    await store.rename('a', 'mine')
    await store.pin('a', true)
    await store.save(sampleRecord('a', { step: 20 }))
    expect(await store.find('a')).toMatchObject({ name: 'mine', pinned: true, step: 20 })
  })

  it('save only the stretch of the curves that grew, and cut back what is made again', async () => {
    const store = new RunStore(await open())
    const long = STRETCH + 100
    await store.save(sampleRecord('a'), { curves: { all: sampleCurves(STRETCH - 3), savedSteps: 0 } })
    await store.save(sampleRecord('a'), { curves: { all: sampleCurves(long), savedSteps: STRETCH - 3 } })
    expect(await store.part('a', 'curves')).toEqual(sampleCurves(long))
    await store.save(sampleRecord('a'), { curves: { all: sampleCurves(7), savedSteps: 0 } })
    expect(await store.part('a', 'curves')).toEqual(sampleCurves(7))
  })

  it('have curves of older programs, which told less of each step', async () => {
    const rows = await open()
    const store = new RunStore(rows)
    const { accuracy: _, imagesPerSecond: __, ...steps } = sampleCurves(5).steps
    await store.write({ ...sampleRun('a'), parts: { ...sampleRun('a').parts, curves: sampleCurves(5) } })
    await rows.commit([{ table: 'parts', key: 'a/curves/000000000', value: steps }])
    const found = (await store.part('a', 'curves'))!
    expect(found.steps).toMatchObject(steps)
    expect([...found.steps.accuracy, ...found.steps.imagesPerSecond]).toEqual(Array.from({ length: 10 }, () => NaN))
  })

  it('are changed whole or not at all', async () => {
    const rows = await open()
    const store = new RunStore(rows)
    await store.write(sampleRun('a'))
    const uncloneable = { ...samplePredictions(2), paths: () => undefined } as never
    await expect(
      store.save(sampleRecord('a', { step: 99 }), { checkpoint: sampleCheckpoint(99), test: uncloneable }),
    ).rejects.toThrow()
    expect(await store.read('a')).toEqual(sampleRun('a'))
  })

  it('lose one part that is damaged, and nothing else', async () => {
    const rows = await open()
    const store = new RunStore(rows)
    await store.write(sampleRun('a'))
    const bytes = (await rows.get('parts', 'a/checkpoint')) as Uint8Array
    bytes[bytes.length - 3]! ^= 1
    await rows.commit([{ table: 'parts', key: 'a/checkpoint', value: bytes }])
    await rows.commit([{ table: 'parts', key: 'a/history/000000006', value: new Uint8Array(5) }])
    const back = (await store.read('a'))!
    expect(back.parts.checkpoint).toBeNull()
    expect(back.parts.history!.map(({ step }) => step)).toEqual([0, 12])
    expect(back.parts.curves).toEqual(sampleCurves(12))
  })
})

it('a full disk is told as such, and leaves what was', async () => {
  let full = false
  const store = new RunStore(new MemoryRows(() => full))
  await store.write(sampleRun('a'))
  full = true
  await expect(store.save(sampleRecord('a', { step: 50 }))).rejects.toThrow(FullError)
  expect((await store.find('a'))!.step).toBe(12)
})

describe('IndexedDB', () => {
  const refused = () => new DOMException('The operation is insecure.', 'SecurityError')
  it.each([
    ['throws', () => { throw refused() }], // prettier-ignore
    [
      'answers with an error',
      () => {
        const addEventListener = (name: string, tell: () => void) => name === 'error' && setTimeout(tell)
        const request = { error: refused(), addEventListener, removeEventListener: () => undefined }
        return Object.setPrototypeOf(request, IDBOpenDBRequest.prototype) as IDBOpenDBRequest
      },
    ],
  ])('that %s when it is opened is no place for runs', async (_, open) => {
    Object.assign(globalThis, { indexedDB: { open } })
    expect(await openIndexedDb()).toBeNull()
  })

  it('whose quota is used up keeps what it had, and says so', async () => {
    Object.assign(globalThis, { indexedDB: new IDBFactory() })
    const rows = (await openIndexedDb())!
    const store = new RunStore(rows)
    await store.write(sampleRun('a'))
    const { put } = IDBObjectStore.prototype
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
    try {
      await expect(store.save(sampleRecord('a', { step: 99 }))).rejects.toBeInstanceOf(FullError)
    } finally {
      IDBObjectStore.prototype.put = put
    }
    expect(await store.read('a')).toEqual(sampleRun('a'))
  })
})
