import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UserError } from '../../../src/errors'
import { fileAddress } from '../../../src/models/hub/base'
import { download, type DownloadState, type Patience } from '../../../src/models/hub/download'
import { UNPUBLISHED, type Published } from '../../../src/models/hub/hash'
import { MemoryStore } from '../../../src/models/hub/store-memory'
import { waitAsked } from '../../../src/models/hub/request'
import { noise } from '../../support/hub-content'
import { serveHub, sha256Of, type HubServer } from '../../support/hub-server'

const ID = 'owner/name'
const PATH = 'onnx/vision_model.onnx'
const KEY = { modelId: ID, revision: 'main', path: PATH }
const SIZE = 300_000
const content = noise(SIZE)
const other = noise(SIZE, 2)
const KNOWN: Published = { bytes: SIZE, sha256: sha256Of(content), gitOid: null }

/** A busy machine may be silent for a while without a fault: only who waits for silence is impatient. */
const PATIENT = { silence: 15_000, pauses: [1, 1, 1], longest: 5000, report: 0 }
const IMPATIENT = { ...PATIENT, silence: 150 }

let server: HubServer
let store: MemoryStore
beforeEach(async () => {
  server = await serveHub({ [ID]: { [PATH]: content } })
  store = new MemoryStore()
})
afterEach(() => server.close())

interface Options {
  readonly published?: Published
  readonly signal?: AbortSignal
  readonly onState?: (state: DownloadState) => void
  readonly url?: string
  readonly patience?: Patience
}

async function fetchIt(options: Options = {}): Promise<readonly DownloadState[]> {
  const states: DownloadState[] = []
  const { published = KNOWN, signal, url = fileAddress(server.hub, ID, 'main', PATH), patience = PATIENT } = options
  const onState = (state: DownloadState) => {
    states.push(state)
    options.onState?.(state)
  }
  await download({ url, key: KEY, published, store, patience, onState, ...(signal && { signal }) })
  return states
}

const kept = async (): Promise<number> => (await store.find(KEY))?.bytes ?? 0
const ranges = () => server.requests.filter(({ redirected }) => redirected).map(({ range }) => range)

/** Leaves a part of `bytes` behind, as a tab that was closed does. */
async function leavePart(bytes: number): Promise<void> {
  server.fault(PATH, { kind: 'stall', after: bytes }, 1)
  const closing = new AbortController()
  const onState = ({ loaded }: DownloadState) => loaded === bytes && closing.abort()
  await expect(fetchIt({ signal: closing.signal, onState })).rejects.toThrow('aborted')
  expect(await kept()).toBe(bytes)
  server.requests.length = 0
}

async function expectWhole(bytes = content): Promise<void> {
  expect(await store.find(KEY)).toMatchObject({ complete: true, bytes: bytes.length, sha256: sha256Of(bytes) })
  expect(Buffer.from((await store.read(KEY))!).equals(Buffer.from(bytes))).toBe(true)
}

describe('a download', () => {
  it('follows the redirect, reports its progress, and keeps the checked file', async () => {
    server.fault(PATH, { kind: 'slow', bytesPerSecond: 250_000 })
    const states = await fetchIt()
    await expectWhole()
    expect((await store.find(KEY))!.checked).toBe('published')
    expect(states.map(({ loaded }) => loaded)).toEqual(states.map(({ loaded }) => loaded).toSorted((a, b) => a - b))
    expect(states.at(-1)).toMatchObject({ file: PATH, loaded: SIZE, total: SIZE, etaSeconds: 0, resumed: false })
    expect(states.at(-1)!.bytesPerSecond).toBeGreaterThan(0)
    expect(states[0]).toMatchObject({ loaded: 0, bytesPerSecond: 0, etaSeconds: null })
  })

  it('goes on from a part, and asks for the rest only', async () => {
    await leavePart(120_000)
    const states = await fetchIt()
    expect(ranges()).toEqual(['bytes=120000-'])
    expect(states[0]).toMatchObject({ loaded: 120_000, resumed: true })
    await expectWhole()
  })

  it('begins anew where the server has no ranges, and says so', async () => {
    await leavePart(120_000)
    server.fault(PATH, { kind: 'no range' })
    const states = await fetchIt()
    expect(states[0]).toMatchObject({ loaded: 0, resumed: false })
    expect(ranges()).toEqual(['bytes=120000-'])
    await expectWhole()
  })

  it('begins anew when the file was changed meanwhile', async () => {
    const published = { ...KNOWN, sha256: sha256Of(other) }
    await leavePart(120_000)
    server.replace(ID, PATH, other)
    const states = await fetchIt({ published })
    expect(ranges()).toEqual(['bytes=120000-', null])
    expect(states[0]!.resumed).toBe(false)
    await expectWhole(other)
  })

  it('begins anew when a changed file bears no mark, and the whole turns out wrong', async () => {
    server.fault(PATH, { kind: 'no mark' })
    await leavePart(120_000)
    server.replace(ID, PATH, other)
    await fetchIt({ published: { ...KNOWN, sha256: sha256Of(other) } })
    expect(ranges()).toEqual(['bytes=120000-', null])
    await expectWhole(other)
  })

  it('begins anew when the part is longer than the file', async () => {
    await leavePart(120_000)
    const small = content.subarray(0, 5000)
    server.replace(ID, PATH, small)
    await fetchIt({ published: UNPUBLISHED })
    expect(ranges()).toEqual(['bytes=120000-', null])
    await expectWhole(small)
  })

  it('trusts no part that has neither mark nor hash', async () => {
    server.fault(PATH, { kind: 'no mark' })
    await leavePart(120_000)
    await fetchIt({ published: UNPUBLISHED })
    expect(ranges()).toEqual([null])
    await expectWhole()
  })

  it('takes a whole part with the published hash without asking anybody', async () => {
    const writer = await store.write(KEY)
    await writer.write(content)
    await writer.close()
    await fetchIt()
    expect(server.requests).toEqual([])
    await expectWhole()
  })

  it('records the hash of a file of which nothing is published', async () => {
    await fetchIt({ published: UNPUBLISHED })
    expect(await store.find(KEY)).toMatchObject({ checked: 'recorded', sha256: sha256Of(content) })
  })

  it.each([
    ['published', KNOWN],
    ['not published', UNPUBLISHED],
  ])('is finished by who came first; who waited for it fetches nothing: %s', async (_, published) => {
    await Promise.all([fetchIt({ published }), fetchIt({ published })])
    expect(ranges()).toEqual([null])
    await expectWhole()
  })

  it('is cancelled at once, and keeps what it has', async () => {
    server.fault(PATH, { kind: 'stall', after: 50_000 })
    const cancelling = new AbortController()
    const fetching = expect(fetchIt({ signal: cancelling.signal })).rejects.toMatchObject({ name: 'AbortError' })
    await vi.waitFor(async () => expect(await kept()).toBe(50_000), 10_000)
    cancelling.abort()
    await fetching
    expect(await kept()).toBe(50_000)
  })
})

describe('a fault on the way', () => {
  it('is got over: a cut connection', async () => {
    server.fault(PATH, { kind: 'cut', after: 100_000 }, 1)
    const states = await fetchIt()
    expect(ranges()).toEqual([null, 'bytes=100000-'])
    expect(states.every(({ resumed }) => !resumed)).toBe(true)
    await expectWhole()
  })

  it('is got over: silence', async () => {
    server.fault(PATH, { kind: 'stall', after: 100_000 }, 1)
    await fetchIt({ patience: IMPATIENT })
    expect(ranges()[1]).toMatch(/^bytes=\d+-$/)
    await expectWhole()
  })

  it('is got over: a busy server', async () => {
    server.fault(PATH, { kind: 'status', status: 503 }, 2)
    await fetchIt()
    await expectWhole()
  })

  it.each([429, 503])('waits as long as the server asks: status %i', async (status) => {
    server.fault(PATH, { kind: 'status', status, retryAfter: '1' }, 1)
    const start = performance.now()
    await fetchIt()
    expect(performance.now() - start).toBeGreaterThan(990)
    await expectWhole()
  })

  it('is told at once where the server asks for more than anybody waits, with the time', async () => {
    server.fault(PATH, { kind: 'cut', after: 100_000 }, 1)
    server.fault(PATH, { kind: 'status', status: 429, retryAfter: '600' })
    const error = await fetchIt().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect((error as UserError).remedy).toBe(
      'It asks to be left alone for 10 minutes. Try again then: the download goes on from there.',
    )
    expect(ranges()).toHaveLength(1)
  })

  it.each([
    [null, null],
    ['7', 7000],
    ['Sun, 22 Nov 2026 14:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 13:00:00 GMT', 0],
    ['soon', null],
  ])('Retry-After %s is %s ms', (header, ms) => {
    expect(waitAsked(header, Date.parse('2026-11-22T14:00:00Z'))).toBe(ms)
  })

  it('may come again and again while bytes do', async () => {
    server.fault(PATH, { kind: 'cut', after: 50_000 }, 5)
    await fetchIt()
    expect(ranges()).toHaveLength(6)
    await expectWhole()
  })

  it.each([
    ['busy', { kind: 'status', status: 503 }, /^127\.0\.0\.1:\d+ is busy: 0 kB of onnx\/vision_model\.onnx/],
    ['silent', { kind: 'stall', after: 0 }, /has fallen silent/],
    ['cut', { kind: 'cut', after: 0 }, /breaks off again and again/],
  ] as const)('is told when it lasts: %s', async (_, fault, message) => {
    server.fault(PATH, fault)
    const error = await fetchIt({ patience: IMPATIENT }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string })
    expect(ranges()).toHaveLength(4)
  })

  it('blames the server that is not there, after one more try', async () => {
    const url = 'http://127.0.0.1:1/owner/name/resolve/main/onnx/vision_model.onnx'
    await expect(fetchIt({ url, patience: { ...PATIENT, pauses: [1, 60_000] } })).rejects.toThrow(
      /^The server 127\.0\.0\.1:1 cannot be reached: vision_model\.onnx could not be fetched/,
    )
  })
})

describe('what is not the file', () => {
  it.each([
    ['missing', { kind: 'status', status: 404 }, /^There is no file onnx\/vision_model\.onnx at 127/],
    ['a page in its place', { kind: 'page' }, /^There is no file/],
    ['closed to us', { kind: 'status', status: 403 }, /refuses onnx\/vision_model\.onnx \(status 403\)/],
  ] as const)('is told at once: %s', async (_, fault, message) => {
    server.fault(PATH, fault)
    await expect(fetchIt()).rejects.toThrow(message)
    expect(ranges()).toHaveLength(1)
    expect(await store.list()).toEqual([])
  })

  it('is thrown away, and said: wrong bytes', async () => {
    server.fault(PATH, { kind: 'wrong', at: 7 })
    await expect(fetchIt()).rejects.toThrow(
      /is not the published file: its sha256 is [0-9a-f]{64}, and not [0-9a-f]{64}/,
    )
    expect(await store.list()).toEqual([])
    expect(ranges()).toHaveLength(1)
  })

  it('is fetched anew when only the old part of it was wrong', async () => {
    server.fault(PATH, { kind: 'wrong', at: 7 }, 1)
    await leavePart(120_000)
    await fetchIt()
    expect(ranges()).toEqual(['bytes=120000-', null])
    await expectWhole()
  })

  it('is refused by its length before it is fetched', async () => {
    server.replace(ID, PATH, noise(SIZE + 1))
    await expect(fetchIt()).rejects.toThrow(/it is 300001 bytes long, and not 300000\. It was thrown away/)
    expect(await store.list()).toEqual([])
  })

  it('is noticed by the name that git gave a small file', async () => {
    const oid = '0123456789'.repeat(4)
    await expect(fetchIt({ published: { bytes: SIZE, sha256: null, gitOid: oid } })).rejects.toThrow(
      /not that of the hub's version/,
    )
  })
})

describe('a full disk', () => {
  it('keeps what is there, says how much, and goes on from it', async () => {
    store = new MemoryStore(200_000)
    const error = await fetchIt().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect((error as UserError).message).toMatch(
      /^There is no more room to keep onnx\/vision_model\.onnx.* of 300 kB are kept/,
    )
    expect(await kept()).toBeGreaterThan(0)
    const roomy = new MemoryStore()
    const writer = await roomy.write(KEY)
    await writer.restart((await store.find(KEY))!.validator)
    await writer.write(content.subarray(0, await kept()))
    await writer.close()
    store = roomy
    expect((await fetchIt())[0]!.resumed).toBe(true)
    await expectWhole()
  })
})
