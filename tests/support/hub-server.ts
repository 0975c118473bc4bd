/**
 * A model hub on this machine, for tests: the hub's addresses, its redirect of large files to file servers on another
 * origin with their CORS headers, its list of files with hashes, and faults on demand.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ModelBase } from '../../src/models/hub/base'

/** What goes wrong when a file is asked for. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** The connection is cut when so many bytes of the body are sent. */
  | { readonly kind: 'cut'; readonly after: number }
  /** So many bytes of the body come, and then nothing. */
  | { readonly kind: 'stall'; readonly after: number }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** One byte is another, its place counted in the file. */
  | { readonly kind: 'wrong'; readonly at: number }
  /** `Range` is not understood: the whole file comes. */
  | { readonly kind: 'no range' }
  | { readonly kind: 'no mark' }
  /** A web page in place of a missing file, as development servers answer. */
  | { readonly kind: 'page' }

export interface HubRequest {
  readonly method: string
  /** Inside the model's folder, or "(list)". */
  readonly path: string
  readonly range: string | null
  /** Whether the file server was asked, and not the hub itself. */
  readonly redirected: boolean
}

/** Files of models: id, then path, then bytes. */
export type HubContent = Record<string, Record<string, Uint8Array>>

export interface HubServer {
  /** As a hub: redirects, list of files. */
  readonly hub: ModelBase
  /** As plain folders: no list, no redirect. */
  readonly folder: ModelBase
  readonly requests: HubRequest[]
  /** Paths of the files asked for so far, in order. */
  asked(): readonly string[]
  /** @param times so many requests meet it, and then no more */
  fault(path: string, fault: Fault, times?: number): void
  /** Other bytes under the same address, as when a branch is updated. */
  replace(id: string, path: string, bytes: Uint8Array): void
  /** Like a mirror that has files and no list. */
  hideList(): void
  close(): Promise<void>
}

/** Files from this size on are kept by the file servers. The hub draws the line by kind; for tests, size is as good. */
const LARGE = 4096

/** What the hub's file servers answered to browsers in January 2026 (huggingface/datasets issue 7931). */
const CDN_CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'Content-Range, Content-Type, Content-Disposition, ETag',
  'access-control-expose-headers': 'Accept-Ranges, Content-Range, Content-Type, Content-Disposition, ETag, X-Cache',
}
const HUB_CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag, Accept-Ranges, Content-Range, X-Linked-Size, X-Linked-ETag, Location',
}

/**
 * @param port of the hub; 0 for any that is free
 * @param catalogue the list of models that it keeps as a mirror does; null: none
 */
export async function serveHub(content: HubContent, port = 0, catalogue: unknown = null): Promise<HubServer> {
  const requests: HubRequest[] = []
  const faults: { path: string; fault: Fault; left: number }[] = []
  let listed = true

  const note = (request: IncomingMessage, path: string, redirected: boolean) =>
    requests.push({ method: request.method!, path, range: request.headers.range ?? null, redirected })

  const serveFile = (request: IncomingMessage, response: ServerResponse, path: string, bytes: Uint8Array) => {
    const met = faults.filter((one) => one.path === path && one.left > 0)
    for (const one of met) one.left -= 1
    sendFile(
      request,
      response,
      bytes,
      met.map(({ fault }) => fault),
    )
  }

  const files = createServer((request, response) => {
    const { id, path } = parseAddress(request.url!, '/')
    for (const [name, value] of Object.entries(CDN_CORS)) response.setHeader(name, value)
    note(request, path, true)
    const bytes = content[id]?.[path]
    if (request.method === 'OPTIONS') response.end()
    else if (!bytes) response.writeHead(404).end()
    else serveFile(request, response, path, bytes)
  })
  const filesAddress = await listen(files, 0)

  const hub = createServer((request, response) => {
    for (const [name, value] of Object.entries(HUB_CORS)) response.setHeader(name, value)
    const { pathname } = new URL(request.url!, 'http://hub')
    if (catalogue !== null && pathname === '/catalogue.json') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(catalogue))
      return
    }
    const list = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/[^/]+$/.exec(pathname)
    if (list) {
      note(request, '(list)', false)
      const table = listed ? content[list[1]!] : undefined
      if (table) response.setHeader('content-type', 'application/json').end(JSON.stringify(treeOf(table)))
      else response.writeHead(404).end()
      return
    }
    const plain = pathname.startsWith('/folder/')
    const { id, path } = parseAddress(pathname, plain ? '/folder/' : '/')
    note(request, path, false)
    const bytes = content[id]?.[path]
    if (!bytes) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Entry not found')
      return
    }
    if (plain || bytes.byteLength < LARGE) return serveFile(request, response, path, bytes)
    response
      .writeHead(302, {
        location: `${filesAddress}${id}/resolve/main/${path}`,
        'x-linked-size': bytes.byteLength,
        'x-linked-etag': `"${sha256Of(bytes)}"`,
      })
      .end()
  })
  const address = await listen(hub, port)

  return {
    hub: { layout: 'hub', address },
    folder: { layout: 'folder', address: `${address}folder/` },
    requests,
    asked: () => requests.map(({ path }) => path),
    fault: (path, fault, times = Infinity) => void faults.push({ path, fault, left: times }),
    replace: (id, path, bytes) => void (content[id]![path] = bytes),
    hideList: () => void (listed = false),
    close: async () => {
      await Promise.all([hub, files].map(stop))
    },
  }
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const gitOidOf = (bytes: Uint8Array): string =>
  createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex')

function treeOf(table: Record<string, Uint8Array>) {
  return Object.entries(table).map(([path, bytes]) => {
    const size = bytes.byteLength
    return size < LARGE
      ? { type: 'file', path, size, oid: gitOidOf(bytes) }
      : { type: 'file', path, size, oid: '0'.repeat(40), lfs: { oid: sha256Of(bytes), size, pointerSize: 134 } }
  })
}

/** "owner/name/resolve/revision/path", or without the two in the middle. */
function parseAddress(pathname: string, prefix: string): { id: string; path: string } {
  const [owner, name, ...rest] = pathname.slice(prefix.length).split('/').map(decodeURIComponent)
  return { id: `${owner}/${name}`, path: (rest[0] === 'resolve' ? rest.slice(2) : rest).join('/') }
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  original: Uint8Array,
  faults: readonly Fault[],
): void {
  const met = <K extends Fault['kind']>(kind: K) =>
    faults.find((fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind)
  const status = met('status')
  if (status) {
    const { retryAfter } = status
    return void response.writeHead(status.status, retryAfter ? { 'retry-after': retryAfter } : {}).end()
  }
  if (met('page')) return void response.setHeader('content-type', 'text/html').end('<!doctype html>')

  const wrong = met('wrong')
  const bytes = wrong ? original.map((value, at) => (at === wrong.at ? value ^ 1 : value)) : original
  // The mark is that of the right content: it is the way that spoils it.
  if (!met('no mark')) response.setHeader('etag', `"${sha256Of(original).slice(0, 32)}"`)
  const range = met('no range') ? null : /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
  const from = Number(range?.[1] ?? 0)
  if (!met('no range')) response.setHeader('accept-ranges', 'bytes')
  response.setHeader('content-type', 'application/octet-stream')
  if (range && from >= bytes.byteLength) {
    return void response.writeHead(416, { 'content-range': `bytes */${bytes.byteLength}` }).end()
  }
  if (range) response.setHeader('content-range', `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}`)
  response.setHeader('content-length', bytes.byteLength - from)
  response.writeHead(range ? 206 : 200)

  const body = Buffer.from(bytes.buffer, bytes.byteOffset + from, bytes.byteLength - from)
  const [cut, stall, slow] = [met('cut'), met('stall'), met('slow')]
  if (cut) return void response.write(body.subarray(0, cut.after), () => response.destroy())
  if (stall) return void response.write(body.subarray(0, stall.after))
  if (slow) return drip(response, body, slow.bytesPerSecond)
  response.end(body)
}

const TICK_MS = 20

function drip(response: ServerResponse, body: Buffer, bytesPerSecond: number): void {
  const piece = Math.max(1, Math.round((bytesPerSecond * TICK_MS) / 1000))
  let at = 0
  const timer = setInterval(() => {
    response.write(body.subarray(at, at + piece))
    at += piece
    if (at < body.byteLength) return
    clearInterval(timer)
    response.end()
  }, TICK_MS)
  response.on('close', () => clearInterval(timer))
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
