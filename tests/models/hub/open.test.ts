import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadClip, TEXT_FILE, VISION_FILE } from '../../../src/models/clip'
import { modelFolder } from '../../../src/models/files-node'
import type { CatalogueModel } from '../../../src/models/hub/catalogue'
import { fetchHubModel, hubModel, planDownload, type HubOptions } from '../../../src/models/hub/open'
import { MemoryStore } from '../../../src/models/hub/store-memory'
import { tinyClip } from '../tiny-clip'
import { bytesOf, catalogueEntry, noise, stampFiles, type Files } from '../../support/hub-content'
import { serveHub, type HubServer } from '../../support/hub-server'

const STAMP_ID = 'passepartout/stamp'
const TINY_ID = 'owner/tiny'
const files: Record<string, Files> = { [STAMP_ID]: stampFiles(), [TINY_ID]: bytesOf(tinyClip(2, 8)) }
const stamp = catalogueEntry(STAMP_ID, files[STAMP_ID]!)
const patience = { silence: 500, pauses: [1, 1], report: 0 }

let server: HubServer
let store: MemoryStore
beforeEach(async () => {
  server = await serveHub(structuredClone(files))
  store = new MemoryStore()
})
afterEach(() => server.close())

const open = (model: CatalogueModel, options: Partial<HubOptions> = {}) =>
  hubModel(model, model.variants[0]!, { base: server.hub, store, patience, ...options })

const keyOf = (model: CatalogueModel, path: string) => ({ modelId: model.id, revision: model.revision, path })

describe('a model from the hub', () => {
  it('is the model that lies in the folder', async () => {
    const progress: [number, number][] = []
    const clip = await loadClip(open(stamp), (done, total) => progress.push([done, total]))
    const local = await loadClip(modelFolder('public/models/stamp'))
    expect(clip.sha256).toBe(local.sha256)
    expect(clip.name).toBe(STAMP_ID)
    const towers = stamp.variants[0]!.vision.bytes + stamp.variants[0]!.text.bytes
    expect(progress.at(-1)).toEqual([towers, towers])
    expect((await store.list()).map(({ path, checked }) => [path, checked]).toSorted()).toEqual(
      Object.keys(files[STAMP_ID]!)
        .map((path) => [path, 'published'])
        .toSorted(),
    )
  })

  it('asks for each file once, and for no list where the catalogue knows everything', async () => {
    await loadClip(open(stamp))
    expect(server.asked().toSorted()).toEqual(
      // The towers and the tokenizer are large: the hub sends on to its file server.
      [...Object.keys(files[STAMP_ID]!), TEXT_FILE, VISION_FILE, 'tokenizer.json'].toSorted(),
    )
  })

  it('makes no request once everything is there', async () => {
    const first = await loadClip(open(stamp))
    server.requests.length = 0
    await server.close()
    const again = await loadClip(open(stamp))
    expect(again.sha256).toBe(first.sha256)
    expect(server.requests).toEqual([])
    expect(await planDownload(stamp, stamp.variants[0]!, store)).toMatchObject({ complete: true, estimated: false })
  })

  it('is fetched without being read, and then is there', async () => {
    await fetchHubModel(stamp, stamp.variants[0]!, { base: server.hub, store })
    server.requests.length = 0
    await loadClip(open(stamp))
    await fetchHubModel(stamp, stamp.variants[0]!, { base: server.hub, store })
    expect(server.requests).toEqual([])
  })

  it('answers the canonical names with the files of the variant, and knows no others', async () => {
    const table = files[TINY_ID]!
    const renamed = {
      ...table,
      'onnx/vision_model_fp16.onnx': table[VISION_FILE]!,
      'text_model.onnx': table[TEXT_FILE]!,
    }
    server.replace(TINY_ID, 'onnx/vision_model_fp16.onnx', renamed['onnx/vision_model_fp16.onnx'])
    server.replace(TINY_ID, 'text_model.onnx', renamed['text_model.onnx'])
    const entry = catalogueEntry(TINY_ID, table)
    const [fp32] = entry.variants
    const variant = {
      ...fp32!,
      id: 'fp16' as const,
      vision: { ...fp32!.vision, path: 'onnx/vision_model_fp16.onnx' },
      text: { ...fp32!.text, path: 'text_model.onnx' },
    }
    const model = hubModel(entry, variant, { base: server.hub, store })
    expect(await model.read(VISION_FILE)).toEqual(table[VISION_FILE])
    expect(await model.read(TEXT_FILE)).toEqual(table[TEXT_FILE])
    expect(await model.read('onnx/vision_model_fp16.onnx')).toBeNull()
    expect(server.asked()).not.toContain(VISION_FILE)
  })

  it('comes from a plain folder too', async () => {
    const clip = await loadClip(open(stamp, { base: server.folder }))
    expect(clip.imageSize).toBe(64)
    expect(server.requests.every(({ redirected }) => !redirected)).toBe(true)
  })
})

describe('what the catalogue does not know', () => {
  const unknown = [VISION_FILE, 'config.json']
  const entry = catalogueEntry(STAMP_ID, files[STAMP_ID]!, unknown)

  it("is checked against the hub's own list", async () => {
    await loadClip(open(entry))
    expect(server.asked().filter((path) => path === '(list)')).toHaveLength(1)
    expect((await store.list()).map(({ checked }) => checked)).not.toContain('recorded')
  })

  it.each(unknown)('is thrown away when it is not what the list says: %s', async (path) => {
    server.fault(path, { kind: 'wrong', at: 3 })
    await expect(loadClip(open(entry))).rejects.toThrow(/is not the published file/)
    expect(await store.find(keyOf(entry, path))).toBeNull()
  })

  it('is recorded as not checked where there is no list', async () => {
    server.hideList()
    await loadClip(open(entry))
    const checked = new Map((await store.list()).map((file) => [file.path, file.checked]))
    expect(unknown.map((path) => checked.get(path))).toEqual(['recorded', 'recorded'])
    expect(checked.get(TEXT_FILE)).toBe('published')
  })

  it('is told as an estimate before, and with its true size after', async () => {
    const [variant] = entry.variants
    const before = await planDownload(entry, variant!, store)
    expect(before).toMatchObject({ kept: 0, complete: false, estimated: true })
    await loadClip(open(entry))
    const after = await planDownload(entry, variant!, store)
    const whole = Object.values(files[STAMP_ID]!).reduce((sum, { byteLength }) => sum + byteLength, 0)
    expect(after).toEqual({ total: whole, kept: whole, complete: true, estimated: false, free: null })
    expect(before.total).toBeLessThan(whole)
  })
})

describe('room', () => {
  it('is asked for before a byte is fetched, with both numbers', async () => {
    store = new MemoryStore(5_000_000)
    await expect(loadClip(open(stamp))).rejects.toMatchObject({
      name: 'UserError',
      message: `${STAMP_ID} needs 7.1 MB of storage, and the browser has 5 MB left for this page.`,
      remedy: expect.stringMatching(/forget a model/) as string,
    })
    expect(server.requests).toEqual([])
  })

  it('counts what is there already', async () => {
    const vision = keyOf(stamp, VISION_FILE)
    store = new MemoryStore(7_200_000)
    const writer = await store.write(vision)
    await writer.write(files[STAMP_ID]![VISION_FILE]!.subarray(0, 2_000_000))
    await writer.close()
    expect(await planDownload(stamp, stamp.variants[0]!, store)).toMatchObject({ kept: 2_000_000, free: 5_200_000 })
    await loadClip(open(stamp))
  })
})

describe('what is kept', () => {
  it('is fetched again when it is no longer what it was', async () => {
    await loadClip(open(stamp))
    const bytes = (await store.read(keyOf(stamp, VISION_FILE)))!
    bytes[1000]! ^= 1
    server.requests.length = 0
    await loadClip(open(stamp))
    expect(new Set(server.asked())).toEqual(new Set([VISION_FILE]))
  })

  it('of which nothing was published is checked against its record', async () => {
    server.hideList()
    const entry = catalogueEntry(STAMP_ID, files[STAMP_ID]!, [VISION_FILE])
    await loadClip(open(entry))
    const bytes = (await store.read(keyOf(entry, VISION_FILE)))!
    bytes[1000]! ^= 1
    server.requests.length = 0
    await loadClip(open(entry))
    expect(server.asked()).toContain(VISION_FILE)
  })

  it('goes when the model is forgotten, and only that', async () => {
    const tiny = catalogueEntry(TINY_ID, files[TINY_ID]!)
    await loadClip(open(stamp))
    await fetchHubModel(tiny, tiny.variants[0]!, { base: server.hub, store })
    const writer = await store.write({ modelId: STAMP_ID, revision: 'older', path: 'part' })
    await writer.write(noise(10))
    await writer.close()
    const stampBytes = Object.values(files[STAMP_ID]!).reduce((sum, { byteLength }) => sum + byteLength, 0)
    expect(await store.forget(STAMP_ID)).toBe(stampBytes + 10)
    expect(new Set((await store.list()).map(({ modelId }) => modelId))).toEqual(new Set([TINY_ID]))
  })
})

it('stops at the signal, and nothing is asked afterwards', async () => {
  const cancelling = new AbortController()
  server.fault(VISION_FILE, { kind: 'slow', bytesPerSecond: 1_000_000 })
  const loading = loadClip(
    open(stamp, {
      signal: cancelling.signal,
      onDownload: ({ file, loaded }) => file === VISION_FILE && loaded > 100_000 && cancelling.abort(),
    }),
  )
  await expect(loading).rejects.toMatchObject({ name: 'AbortError' })
  expect((await store.find(keyOf(stamp, VISION_FILE)))!.bytes).toBeGreaterThan(100_000)
})
