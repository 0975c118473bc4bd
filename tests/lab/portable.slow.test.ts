/** Runs out to files and in from them, opened again, repeated and measured elsewhere: over the protocol, on Node. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExportKind } from '../../src/lab/protocol-runs'
import type { LabEvent } from '../../src/lab/protocol'
import { Lab } from '../../src/lab/session'
import { MemoryDrawer } from '../../src/data/shelf/drawer-memory'
import { only, openLab, platform, RECIPE } from './tiny-lab'
import { noLocks } from '../../src/records/locks'
import { MemoryRows } from '../../src/records/rows-memory'

/** Each lab keeps its own runs, as each browser does. */
function browser() {
  const [rows, runLocks] = [new MemoryRows(), noLocks()]
  return openLab(10, { ...platform, runRows: async () => rows, runLocks })
}

/** One into which nobody has dropped anything. */
async function bareBrowser() {
  const [rows, runLocks, drawer] = [new MemoryRows(), noLocks(), new MemoryDrawer()]
  const opened: LabEvent[] = []
  const bare = new Lab({ ...platform, runRows: async () => rows, runLocks, albumDrawer: async () => drawer }, (event) =>
    opened.push(structuredClone(event)),
  )
  await bare.handle('initialise', { backend: 'wasm' })
  await bare.handle('loadModel', { id: 'public/models/stamp' })
  return { lab: bare, events: opened }
}

let lab: Lab
let events: LabEvent[]
let id: string
beforeAll(async () => {
  const opened = await browser()
  lab = opened.lab
  events = opened.events
  await lab.handle('start', { recipe: RECIPE, seed: 3, paused: false })
  await lab.runEnded()
  id = only(events, 'begun')[0]!.record.id
}, 120_000)
afterAll(() => lab.handle('dispose', {}))

const exported = (kind: ExportKind) => lab.handle('exportFile', { ids: [id], kind, withImages: false })
const blob = (bytes: Uint8Array) => new Blob([bytes as Uint8Array<ArrayBuffer>])

describe('a kept run', () => {
  it('is listed with its outcome and opened as it ended', async () => {
    const { records, atWork } = await lab.handle('runs', {})
    expect(records.map((record) => record.id)).toEqual([id])
    expect(atWork).toEqual([])
    const { result } = only(events, 'finished')[0]!
    const opened = await lab.handle('openRun', { id })
    expect(opened).toMatchObject({ missing: [], elsewhere: false, record: { state: 'finished' } })
    expect([...opened.border!]).toEqual([...result.prompt])
    expect([...opened.curves!.steps.step]).toEqual([1, 2, 3, 4, 5, 6])

    const indices = [...opened.test!.indices]
    const answers = await lab.handle('predict', { split: 'test', indices, strength: 1 })
    answers.forEach(({ prompted, label }, i) => {
      expect(prompted[label]).toBeCloseTo(opened.test!.prompted.ofTruth[i]!, 5)
    })
  })

  it('goes as a project to another browser, and is the same there', async () => {
    const { name, bytes } = await exported('project')
    expect(name).toMatch(/^colours-quick-seed-3.*\.zip$/)
    const other = await browser()
    const { records, warnings } = await other.lab.handle('importFile', { name, file: blob(bytes) })
    expect(warnings).toEqual([])
    expect(records.map((record) => record.id)).toEqual([id])
    const [here, there] = [await lab.handle('exportRun', { id }), await other.lab.handle('exportRun', { id })]
    expect(there).toEqual(here)
    // A second time it does not take the place of the first.
    const again = await other.lab.handle('importFile', { name, file: blob(bytes) })
    expect(again.records[0]!.id).not.toBe(id)
    expect((await other.lab.handle('runs', {})).records).toHaveLength(2)
    await other.lab.handle('dispose', {})
  })

  it('goes with its images to another lab, which goes on without the files, as if nothing had been', async () => {
    const first = await browser()
    await first.lab.handle('start', { recipe: RECIPE, seed: 3, paused: true })
    for (let step = 0; step < 3; step++) await first.lab.handle('step', {})
    const left = only(first.events, 'begun')[0]!.record.id
    const project = { ids: [left], kind: 'project', withImages: true } as const
    const { name, bytes } = await first.lab.handle('exportFile', project)
    await first.lab.handle('dispose', {})

    const other = await bareBrowser()
    const { records, warnings } = await other.lab.handle('importFile', { name, file: blob(bytes) })
    expect(warnings).toEqual([])
    const [record] = records
    const [album] = (await other.lab.handle('albums', {})).albums
    expect(album).toMatchObject({ id: record!.task.album, name: 'colours', images: 30, classes: 3 })
    const { arrangement } = await other.lab.handle('runArrangement', { id: record!.id })
    const opened = await other.lab.handle('loadTask', { kind: 'album', id: album!.id, arrangement: arrangement! })
    expect(opened.fingerprint).toBe(record!.task.fingerprint)
    await other.lab.handle('goOn', { id: record!.id, paused: false, takeOver: false })
    await other.lab.runEnded()
    const [{ result: straight }, { result: wentOn }] = [
      only(events, 'finished')[0]!,
      only(other.events, 'finished')[0]!,
    ]
    expect([...wentOn.prompt]).toEqual([...straight.prompt])
    expect(wentOn.prompted).toEqual(straight.prompted)
    // What was made of the files goes on with the run, for whoever has the files.
    const kept = async (of: Lab, run: string) =>
      (await of.handle('exportFile', { ids: [run], kind: 'arrangement.json', withImages: false })).bytes
    expect(await kept(other.lab, record!.id)).toEqual(await kept(lab, id))
    // A second time the images are here.
    await other.lab.handle('importFile', { name, file: blob(bytes) })
    expect((await other.lab.handle('albums', {})).albums).toHaveLength(1)
    await other.lab.handle('dispose', {})
  })

  it.each(['safetensors', 'pth.tar'] as const)('as %s is a border that measures the same', async (kind) => {
    const { name, bytes } = await exported(kind)
    const other = await browser()
    const { records } = await other.lab.handle('importFile', { name, file: blob(bytes) })
    await other.lab.runEnded()
    expect(records[0]).toMatchObject({ kind: 'transfer', origin: null })
    const [{ result: before }, { result: after }] = [only(events, 'finished')[0]!, only(other.events, 'finished')[0]!]
    expect([...after.prompt]).toEqual([...before.prompt])
    expect(after.prompted).toEqual(before.prompted)
    expect((await other.lab.handle('openRun', { id: records[0]!.id })).record.outcome).not.toBeNull()
    await other.lab.handle('dispose', {})
  })

  it.each([
    'as-is.png',
    'signed.png',
    'linear.png',
    'curve.csv',
    'metrics.json',
    'report.md',
    'runs.csv',
    'curves.svg',
    'accuracy.svg',
    'confusion.svg',
  ] as const)('is written as %s', async (kind) => {
    const { bytes } = await exported(kind)
    expect(bytes.length).toBeGreaterThan(100)
  })

  it('measured on its own images as a transfer gives what it gave', async () => {
    const { record } = await lab.handle('transfer', { id })
    await lab.runEnded()
    const compared = await lab.handle('exportFile', { ids: [id, record.id], kind: 'comparison.md', withImages: false })
    expect(new TextDecoder().decode(compared.bytes)).toContain('# Comparison of 2 runs')
    for (const kind of ['curves.svg', 'accuracy.svg'] as const) {
      const both = await lab.handle('exportFile', { ids: [id, record.id], kind, withImages: false })
      const alone = await exported(kind)
      expect(both.name).toBe(kind)
      expect(both.bytes.length).toBeGreaterThan(alone.bytes.length)
    }
    const { records } = await lab.handle('runs', {})
    const transfer = records.find((one) => one.id === record.id)!
    const origin = records.find((one) => one.id === id)!
    expect(transfer).toMatchObject({ kind: 'transfer', origin: id, state: 'finished' })
    expect(transfer.outcome!.prompted).toEqual(origin.outcome!.prompted)
    await lab.handle('removeRun', { id: record.id })
    expect((await lab.handle('runs', {})).records).toHaveLength(1)
    await lab.handle('restoreRun', { id: record.id })
    expect((await lab.handle('runs', {})).records).toHaveLength(2)
  })

  it('is repeated over seeds, one after the other', async () => {
    const { group } = await lab.handle('repeat', { recipe: { ...RECIPE, steps: 2 }, seeds: [5, 6] })
    const of = async () =>
      (await lab.handle('runs', {})).records.filter((record) => record.group?.id === group).map(({ state }) => state)
    expect(await of()).toContain('waiting')
    await expect.poll(of, { timeout: 60_000 }).toEqual(['finished', 'finished'])
  })
}, 120_000)

it('a file that is none of these is refused with a sentence', async () => {
  for (const name of ['a.zip', 'a.safetensors', 'a.pth.tar']) {
    await expect(lab.handle('importFile', { name, file: blob(new Uint8Array(300)) })).rejects.toThrow(/a\./)
  }
})
