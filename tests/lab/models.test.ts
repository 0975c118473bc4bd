/** Models by way of the lab: fetched from a hub into the store, cancelled and gone on with, loaded, forgotten. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HubChoice } from '../../src/lab/protocol'
import { Lab } from '../../src/lab/session'
import type { LabEvent } from '../../src/lab/protocol'
import { modelInfo } from '../../src/lab/describe'
import { encoderOutline } from '../../src/models/encoder-outline'
import type { Graph } from '../../src/onnx/model'
import { loadClip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { MemoryStore } from '../../src/models/hub/store-memory'
import type { CatalogueModel } from '../../src/models/hub/catalogue'
import { catalogueEntry, stampFiles } from '../support/hub-content'
import { serveHub, type HubServer } from '../support/hub-server'
import { openLab, only, platform, RECIPE } from './tiny-lab'

const ID = 'test/stamp'
const VISION = 'onnx/vision_model.onnx'

let server: HubServer
let store: MemoryStore
let entry: CatalogueModel
let choice: HubChoice
beforeEach(async () => {
  const files = stampFiles()
  server = await serveHub({ [ID]: files })
  store = new MemoryStore()
  entry = catalogueEntry(ID, files, [], { title: 'Stamp of the hub' })
  choice = { entry, variant: 'fp32', base: server.hub }
})
afterEach(() => server.close())

const withStore = () => ({ ...platform, modelStore: async () => store })

async function newLab(): Promise<{ lab: Lab; events: LabEvent[] }> {
  const events: LabEvent[] = []
  const lab = new Lab(withStore(), (event) => events.push(event))
  await lab.handle('initialise', { backend: 'wasm' })
  return { lab, events }
}

const report = (lab: Lab) => lab.handle('models', { base: server.hub, known: [entry], batchSize: 64 })
const offerOf = async (lab: Lab) => (await report(lab)).hub.find(({ entry: { id } }) => id === ID)!

describe('a model of the hub', () => {
  it('is fetched with progress, loaded from the store alone, and forgotten', async () => {
    const { lab, events } = await newLab()
    expect(await offerOf(lab)).toMatchObject({ here: [], begun: [], keptBytes: 0 })
    await expect(lab.handle('loadModel', choice)).rejects.toThrow('Stamp of the hub (fp32) is not here in full.')

    expect(await lab.handle('fetchModel', choice)).toEqual({ complete: true })
    const last = only(events, 'download').at(-1)!
    expect(last.loaded).toBe(last.total)
    expect(await offerOf(lab)).toMatchObject({ here: ['fp32'], keptBytes: last.total })

    const before = server.requests.length
    const model = await lab.handle('loadModel', choice)
    expect(model).toMatchObject({
      id: ID,
      origin: 'hub',
      variant: 'fp32',
      title: 'Stamp of the hub, fp32',
      imageSize: 64,
    })
    expect(server.requests).toHaveLength(before)

    expect(await lab.handle('forgetModel', { id: ID })).toEqual({ freedBytes: last.total })
    expect(await offerOf(lab)).toMatchObject({ here: [], begun: [], keptBytes: 0 })
    await lab.handle('dispose', {})
  })

  it('cancelled, keeps what has come and goes on from there', async () => {
    const { lab, events } = await newLab()
    server.fault(VISION, { kind: 'slow', bytesPerSecond: 4e6 }, 1)
    const fetching = lab.handle('fetchModel', choice)
    while (!only(events, 'download').some(({ bytesPerSecond }) => bytesPerSecond > 0))
      await new Promise((r) => setTimeout(r, 20))
    await expect(lab.handle('fetchModel', choice)).rejects.toThrow('Another model is being fetched.')
    await lab.handle('cancelFetch', {})
    expect(await fetching).toEqual({ complete: false })
    const begun = await offerOf(lab)
    expect(begun).toMatchObject({ here: [], begun: ['fp32'] })
    expect(begun.advice.variants[0]!.missingBytes).toBeLessThan(begun.advice.variants[0]!.totalBytes)

    events.length = 0
    expect(await lab.handle('fetchModel', choice)).toEqual({ complete: true })
    expect(only(events, 'download').at(-1)).toMatchObject({ resumed: true })
    expect(server.requests.some(({ path, range }) => path === VISION && /^bytes=[1-9]\d*-$/.test(range ?? ''))).toBe(
      true,
    )
    await lab.handle('dispose', {})
  })

  it('that the catalogue no longer lists is told of by what it takes up', async () => {
    const { lab } = await newLab()
    await lab.handle('fetchModel', choice)
    const { others, hub } = await lab.handle('models', { base: server.hub, known: [], batchSize: 64 })
    expect(hub.length).toBeGreaterThan(0)
    expect(others).toEqual([{ id: ID, keptBytes: (await offerOf(lab)).keptBytes }])
    await lab.handle('dispose', {})
  })

  it('is not fetched from what the browser remembered wrongly', async () => {
    const { lab } = await newLab()
    await expect(lab.handle('fetchModel', { ...choice, variant: 'int8' })).rejects.toThrow('has no variant int8')
    const old = { ...entry, tokens: 1 }
    await expect(lab.handle('fetchModel', { ...choice, entry: old })).rejects.toThrow('damaged')
    await lab.handle('dispose', {})
  })
})

describe('what was learned', () => {
  it('is dropped only when the new model stands', async () => {
    const { lab } = await openLab(10, withStore())
    await lab.handle('start', { recipe: RECIPE, seed: 1, paused: false })
    await lab.runEnded()
    const look = () => lab.handle('predict', { split: 'val', indices: [0], strength: 1 })
    await expect(lab.handle('loadModel', choice)).rejects.toThrow('is not here in full')
    await expect(lab.handle('loadModel', { name: 'mine', files: [] })).rejects.toThrow('"mine" holds no .onnx file.')
    expect(await look()).toHaveLength(1)

    await lab.handle('fetchModel', choice)
    expect(await look()).toHaveLength(1)
    await lab.handle('loadModel', choice)
    await expect(look()).rejects.toThrow('Nothing has been learned yet.')
    await lab.handle('dispose', {})
  })
})

it('dropped files are a model like any other', async () => {
  const { lab } = await newLab()
  const files = Object.entries(stampFiles()).map(([path, bytes]) => ({
    path: `mine/${path}`,
    file: new Blob([bytes as Uint8Array<ArrayBuffer>]),
  }))
  const model = await lab.handle('loadModel', { name: 'mine', files })
  expect(model).toMatchObject({ id: 'mine', origin: 'files', variant: null, title: 'mine', imageSize: 64 })
  await lab.handle('dispose', {})
})

it('a model is checked by a published picture only, and where answers were published for it', async () => {
  const { lab } = await openLab()
  const file = new Blob([new Uint8Array(9)])
  await expect(lab.handle('checkModel', { file })).rejects.toThrow('none of those that answers were published for')
  const stamp = await lab.handle('loadModel', { id: 'public/models/stamp' })
  expect(stamp.checks).toEqual([])
  const clip = await loadClip(modelFolder('public/models/stamp'))
  const { tokenizer } = clip
  const about = { id: 'x', origin: 'files', variant: null, title: null } as const
  const checked = (patchSize: number, change: (graph: Graph) => Graph = (graph) => graph) => {
    const outline = encoderOutline({ imageSize: 224, patchSize, width: 64, layers: 1 })
    const vision = { ...clip.vision, outline: { ...outline, graph: change(outline.graph) } }
    const shape = { imageSize: 224, projectionDim: 512, tokenizer: { ...tokenizer, contextLength: 77 } }
    return modelInfo(about, { ...clip, ...shape, vision }).checks.map(({ picture }) => picture)
  }
  expect(checked(32)).toContain('CLIP.png')
  // B/16, LAION's B/32, which has the other GELU, and a half-precision export.
  expect(checked(16)).toEqual([])
  const gelu = (graph: Graph) => ({
    ...graph,
    nodes: graph.nodes.map((node) => (node.op === 'Sigmoid' ? { ...node, op: 'Erf' } : node)),
  })
  expect(checked(32, gelu)).toEqual([])
  const half = ({ initializers, ...graph }: Graph) => ({
    ...graph,
    initializers: new Map([...initializers].map(([name, one]) => [name, { ...one, dtype: 'float16' as const }])),
  })
  expect(checked(32, half)).toEqual([])
  await lab.handle('dispose', {})
})
