import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadClip, TEXT_FILE, VISION_FILE } from '../../../src/models/clip'
import type { CatalogueModel } from '../../../src/models/hub/catalogue'
import { fetchHubModel, hubModel, type HubOptions } from '../../../src/models/hub/open'
import { MemoryStore } from '../../../src/models/hub/store-memory'
import { tinyClip } from '../tiny-clip'
import { bytesOf, catalogueEntry, noise, stampFiles, type Files } from '../../support/hub-content'
import { serveHub, sha256Of, type HubServer } from '../../support/hub-server'

const STAMP_ID = 'passepartout/stamp'
const TINY_ID = 'owner/tiny'
const PLAIN_ID = 'owner/plain'
const files: Record<string, Files> = {
  [STAMP_ID]: stampFiles(),
  [TINY_ID]: bytesOf(tinyClip(2, 8)),
  /** No model, but laid out as one: the way of its bytes is what counts here. */
  [PLAIN_ID]: {
    'config.json': noise(300),
    'tokenizer.json': noise(6000, 2),
    [VISION_FILE]: noise(60_000, 3),
    [TEXT_FILE]: noise(40_000, 4),
  },
}
const stamp = catalogueEntry(STAMP_ID, files[STAMP_ID]!)
const plain = catalogueEntry(PLAIN_ID, files[PLAIN_ID]!)
const patience = { silence: 15_000, pauses: [1, 1], longest: 5000, report: 0 }

let server: HubServer
let store: MemoryStore
beforeEach(async () => {
  server = await serveHub(structuredClone(files))
  store = new MemoryStore()
})
afterEach(() => server.close())

const open = (model: CatalogueModel, options: Partial<HubOptions> = {}) =>
  hubModel(model, model.variants[0]!, { base: server.hub, store, patience, ...options })

/** Reads every file, and finds it as it is on the hub. */
async function readAll(model: CatalogueModel, options: Partial<HubOptions> = {}): Promise<void> {
  const from = open(model, options)
  for (const path of await from.list!()) {
    expect(Buffer.from((await from.read(path))!).equals(Buffer.from(files[model.id]![path]!)), path).toBe(true)
  }
}

const keyOf = (model: CatalogueModel, path: string) => ({ modelId: model.id, revision: model.revision, path })

describe('a model from the hub', () => {
  it('is the model that lies in the folder', async () => {
    const progress: [number, number][] = []
    const clip = await loadClip(open(stamp), (done, total) => progress.push([done, total]))
    const towers = Buffer.concat([files[STAMP_ID]![VISION_FILE]!, files[STAMP_ID]![TEXT_FILE]!])
    expect(clip.sha256).toBe(sha256Of(towers))
    expect(clip.name).toBe(STAMP_ID)
    expect(progress.at(-1)).toEqual([towers.length, towers.length])
    expect((await store.list()).map(({ path, checked }) => [path, checked]).toSorted()).toEqual(
      Object.keys(files[STAMP_ID]!)
        .map((path) => [path, 'published'])
        .toSorted(),
    )
  })

  it('asks for each file once, and for no list where the catalogue knows everything', async () => {
    await readAll(plain)
    expect(server.asked().toSorted()).toEqual(
      // The towers and the tokenizer are large: the hub sends on to its file server.
      [...Object.keys(files[PLAIN_ID]!), TEXT_FILE, VISION_FILE, 'tokenizer.json'].toSorted(),
    )
  })

  it('makes no request once everything is there', async () => {
    await readAll(plain)
    server.requests.length = 0
    await server.close()
    await readAll(plain)
    expect(server.requests).toEqual([])
  })

  it('is fetched without being read, and then is there', async () => {
    await fetchHubModel(plain, plain.variants[0]!, { base: server.hub, store })
    server.requests.length = 0
    await readAll(plain)
    await fetchHubModel(plain, plain.variants[0]!, { base: server.hub, store })
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
    await readAll(plain, { base: server.folder })
    expect(server.requests.every(({ redirected }) => !redirected)).toBe(true)
  })
})

describe('what the catalogue does not know', () => {
  const unknown = [VISION_FILE, 'config.json']
  const entry = catalogueEntry(PLAIN_ID, files[PLAIN_ID]!, unknown)

  it("is checked against the hub's own list", async () => {
    await readAll(entry)
    expect(server.asked().filter((path) => path === '(list)')).toHaveLength(1)
    expect((await store.list()).map(({ checked }) => checked)).not.toContain('recorded')
  })

  it.each(unknown)('is thrown away when it is not what the list says: %s', async (path) => {
    server.fault(path, { kind: 'wrong', at: 3 })
    await expect(readAll(entry)).rejects.toThrow(/is not the published file/)
    expect(await store.find(keyOf(entry, path))).toBeNull()
  })

  it('is recorded as not checked where there is no list', async () => {
    server.hideList()
    await readAll(entry)
    const checked = new Map((await store.list()).map((file) => [file.path, file.checked]))
    expect(unknown.map((path) => checked.get(path))).toEqual(['recorded', 'recorded'])
    expect(checked.get(TEXT_FILE)).toBe('published')
  })
})

describe('room', () => {
  it('is asked for before a byte is fetched, with both numbers', async () => {
    store = new MemoryStore(100_000)
    await expect(readAll(plain)).rejects.toMatchObject({
      name: 'UserError',
      message: `${PLAIN_ID} needs 106 kB of storage, and the browser has 100 kB left for this page.`,
      remedy: expect.stringMatching(/forget a model/) as string,
    })
    expect(server.requests).toEqual([])
  })

  it('counts what is there already', async () => {
    const vision = keyOf(plain, VISION_FILE)
    store = new MemoryStore(110_000)
    const writer = await store.write(vision)
    await writer.write(files[PLAIN_ID]![VISION_FILE]!.subarray(0, 20_000))
    await writer.close()
    // 106 kB in all, and 90 kB free: it fits because of what is there.
    expect(await store.freeBytes()).toBe(90_000)
    await readAll(plain)
  })
})

describe('what is kept', () => {
  it('is fetched again when it is no longer what it was', async () => {
    await readAll(plain)
    const bytes = (await store.read(keyOf(plain, VISION_FILE)))!
    bytes[1000]! ^= 1
    server.requests.length = 0
    await readAll(plain)
    expect(new Set(server.asked())).toEqual(new Set([VISION_FILE]))
  })

  it('of which nothing was published is checked against its record', async () => {
    server.hideList()
    const entry = catalogueEntry(PLAIN_ID, files[PLAIN_ID]!, [VISION_FILE])
    await readAll(entry)
    const bytes = (await store.read(keyOf(entry, VISION_FILE)))!
    bytes[1000]! ^= 1
    server.requests.length = 0
    await readAll(entry)
    expect(server.asked()).toContain(VISION_FILE)
  })

  it('goes when the model is forgotten, and only that', async () => {
    const tiny = catalogueEntry(TINY_ID, files[TINY_ID]!)
    await readAll(plain)
    await fetchHubModel(tiny, tiny.variants[0]!, { base: server.hub, store })
    const writer = await store.write({ modelId: PLAIN_ID, revision: 'older', path: 'part' })
    await writer.write(noise(10))
    await writer.close()
    expect(await store.forget(PLAIN_ID)).toBe(106_300 + 10)
    expect(new Set((await store.list()).map(({ modelId }) => modelId))).toEqual(new Set([TINY_ID]))
  })
})

it('stops at the signal, and nothing is asked afterwards', async () => {
  const cancelling = new AbortController()
  server.fault(VISION_FILE, { kind: 'slow', bytesPerSecond: 100_000 })
  const loading = readAll(plain, {
    signal: cancelling.signal,
    onDownload: ({ file, loaded }) => file === VISION_FILE && loaded > 10_000 && cancelling.abort(),
  })
  await expect(loading).rejects.toMatchObject({ name: 'AbortError' })
  expect((await store.find(keyOf(plain, VISION_FILE)))!.bytes).toBeGreaterThan(10_000)
})
