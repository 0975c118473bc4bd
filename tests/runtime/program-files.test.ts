/** The program's own files: fetched once, and asked for again when the server was away. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { giveFiles } from '../../src/runtime/ort-values'
import { importPart, inMemory } from '../../src/runtime/program-files'

let server: Server
let base: string
let asked: string[]
/** False: connections are cut, as when the server has been stopped. */
let answering: boolean

beforeEach(async () => {
  asked = []
  answering = true
  server = createServer((request, response) => {
    asked.push(request.url!)
    if (!answering) request.socket.destroy()
    else if (request.url === '/missing.wasm') response.writeHead(404).end()
    else response.end(`bytes of ${request.url}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  vi.unstubAllGlobals()
  server.close()
})

const contentOf = async (address: string) => (await fetch(address)).text()

it('fetches a file once and keeps it in memory', async () => {
  const [first, second] = await Promise.all([
    inMemory(`${base}/a.wasm`, 'application/wasm'),
    inMemory(`${base}/a.wasm`, 'application/wasm'),
  ])
  answering = false
  expect(await inMemory(`${base}/a.wasm`, 'application/wasm')).toBe(first)
  expect(second).toBe(first)
  expect(asked).toEqual(['/a.wasm'])
  expect(await contentOf(first)).toBe('bytes of /a.wasm')
})

it('says that the server cannot be reached, and tries again when asked again', async () => {
  answering = false
  const files = { mjs: `${base}/loader.mjs`, wasm: `${base}/ort.wasm` }
  const env = { wasm: {} as { wasmPaths?: { mjs: string; wasm: string } } }
  const giving = () => giveFiles(env as never, files)
  await expect(giving()).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringMatching(
      /^The server 127\.0\.0\.1:\d+ cannot be reached: \S+ could not be fetched\.$/,
    ) as string,
  })
  expect(env.wasm.wasmPaths).toBeUndefined()
  answering = true
  await giving()
  expect(await contentOf(env.wasm.wasmPaths!.mjs)).toBe('bytes of /loader.mjs')
  expect(await contentOf(env.wasm.wasmPaths!.wasm)).toBe('bytes of /ort.wasm')
})

it("calls the page's own server by that name, with how to start it", async () => {
  vi.stubGlobal('location', new URL('http://127.0.0.1:1/'))
  await expect(inMemory('http://127.0.0.1:1/x/ort.wasm', 'application/wasm')).rejects.toMatchObject({
    message: 'The server of this page, 127.0.0.1:1, cannot be reached: ort.wasm could not be fetched.',
    remedy:
      'Start it again (npm start), or check the network, then try once more: nothing is lost, and the page need not be reloaded.',
  })
})

it('tells a file that is not there from a server that is not there', async () => {
  await expect(inMemory(`${base}/missing.wasm`, 'application/wasm')).rejects.toThrow(/is not there \(status 404\)/)
})

it('knows a part that was not fetched from one that is broken', async () => {
  const url = 'http://localhost:4173/assets/wasm-1.js'
  const lost = () => Promise.reject(new TypeError(`Failed to fetch dynamically imported module: ${url}`))
  await expect(importPart(lost)).rejects.toMatchObject({
    message: 'The server localhost:4173 cannot be reached: wasm-1.js could not be fetched.',
  })
  const unstyled = () => Promise.reject(new Error(`Unable to preload CSS for ${url.replace('.js', '.css')}`))
  await expect(importPart(unstyled)).rejects.toThrow('wasm-1.css could not be fetched')
  const broken = () => Promise.reject(new TypeError('x is not a function'))
  await expect(importPart(broken)).rejects.toThrow('x is not a function')
  expect(await importPart(async () => 5)).toBe(5)
})
