import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchSample, fetchSampleIndex } from '../../src/data/samples'
import { UserError } from '../../src/errors'
import { modelAddress } from '../../src/models/files-fetch'

const manifest = {
  ...{ id: 'two', title: 'Two', description: '', template: '{}', seed: 1, echoes: '' },
  classes: [
    { folder: 'a', name: 'a' },
    { folder: 'b', name: 'b' },
  ],
}
const zip = zipSync({ 'train/a/1.png': new Uint8Array(5) })

const ANSWERS: Record<string, (response: ServerResponse) => void> = {
  '/m/config.json': (response) => response.end('{"a": 1}'),
  '/m/weights': (response) => {
    response.setHeader('Content-Length', 70_000)
    response.write(Buffer.alloc(50_000, 1))
    setTimeout(() => response.end(Buffer.alloc(20_000, 2)), 5)
  },
  '/m/broken': (response) => {
    response.setHeader('Content-Length', 100)
    response.write('only this')
    setTimeout(() => response.destroy(), 5)
  },
  '/m/page': (response) => response.setHeader('Content-Type', 'text/html; charset=utf-8').end('<!doctype html>'),
  '/m/private': (response) => response.writeHead(403).end(),
  '/samples/index.json': (response) => response.end(JSON.stringify([manifest])),
  '/samples/half.zip': (response) => {
    response.setHeader('Content-Length', 100)
    response.write('only this')
    setTimeout(() => response.destroy(), 5)
  },
  '/samples/two.zip': (response) => response.end(zip),
}

/** An address at which nothing listens. */
const NOBODY = 'http://127.0.0.1:1/'

const silence = (file: string) => ({
  name: 'UserError',
  message: `The server 127.0.0.1:1 cannot be reached: ${file} could not be fetched.`,
  remedy: 'Check the network, then try once more: nothing is lost, and the page need not be reloaded.',
})

let server: Server
let base: string
beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = ANSWERS[request.url!]
    if (answer) answer(response)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => server.close())

describe('modelAddress', () => {
  const files = () => modelAddress('m', `${base}m/`)

  it('fetches a file with its progress', async () => {
    const progress: (number | null)[][] = []
    const bytes = await files().read('weights', (...at) => progress.push(at))
    expect([bytes!.length, bytes![49_999], bytes![50_000]]).toEqual([70_000, 1, 2])
    expect(progress.length).toBeGreaterThan(1)
    expect(progress.at(-1)).toEqual([70_000, 70_000])
  })

  it("takes a 404, and a development server's page, for a missing file", async () => {
    expect(await files().read('nothing')).toBeNull()
    expect(await files().read('page')).toBeNull()
  })

  it('says when a download breaks off, is refused, or nobody answers', async () => {
    await expect(files().read('broken')).rejects.toThrow(/broke off/)
    await expect(files().read('private')).rejects.toThrow(/status 403/)
    await expect(modelAddress('m', NOBODY).read('onnx/x.onnx')).rejects.toMatchObject(silence('x.onnx'))
  })
})

describe('samples over the network', () => {
  it('come with their index and as a zip', async () => {
    const [sample] = await fetchSampleIndex(base)
    expect(sample).toEqual(manifest)
    expect((await fetchSample(base, sample!)).files.map(({ path }) => path)).toEqual(['train/a/1.png'])
  })

  it('are missed with a sentence', async () => {
    await expect(fetchSample(base, { ...manifest, id: 'three' })).rejects.toThrow(/status 404/)
    await expect(fetchSampleIndex(`${base}elsewhere/`)).rejects.toThrow(UserError)
  })

  it('blame the server, and nothing else, when it does not answer or goes away on the way', async () => {
    await expect(fetchSampleIndex(NOBODY)).rejects.toMatchObject(silence('index.json'))
    await expect(fetchSample(NOBODY, manifest)).rejects.toMatchObject(silence('two.zip'))
    await expect(fetchSample(base, { ...manifest, id: 'half' })).rejects.toMatchObject({
      message: expect.stringMatching(/^The server .* cannot be reached: half\.zip could not be fetched\.$/) as string,
    })
  })
})
