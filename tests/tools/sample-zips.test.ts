/** Samples leave a build as one zip each, whole, and their single pictures stay out of it. */
import { unzipSync } from 'fflate'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseSampleFacts } from '../../src/data/sample-facts'
import { picture } from '../data/pictures'
import { packSample, sampleZips } from '../../tools/vite/sample-zips'

let root = ''
const files: Record<string, string | Uint8Array> = {
  'index.html': '<p>page</p>',
  'public/models/a.onnx': 'weights',
  'public/samples/index.json': '[]',
}

beforeAll(async () => {
  files['public/samples/count/test/one/1.png'] = await picture(16, 16, [200, 100, 50])
  files['public/samples/count/train/two/2.png'] = await picture(16, 16, [20, 10, 5])
  root = mkdtempSync(join(tmpdir(), 'sample-zips-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
})
afterAll(() => rmSync(root, { recursive: true }))

it('packs paths relative to the sample, the same bytes each time', () => {
  const zip = packSample(join(root, 'public/samples/count'))
  expect(Object.keys(unzipSync(zip))).toEqual(['test/one/1.png', 'train/two/2.png'])
  expect(packSample(join(root, 'public/samples/count'))).toEqual(zip)
})

it('builds with zips in place of pictures, and what is known of them', async () => {
  await build({ root, configFile: false, logLevel: 'silent', plugins: [sampleZips()] })
  const zip = unzipSync(readFileSync(join(root, 'dist/samples/count.zip')))
  expect(Buffer.from(zip['train/two/2.png']!)).toEqual(files['public/samples/count/train/two/2.png'])
  const facts = await parseSampleFacts(JSON.parse(readFileSync(join(root, 'dist/samples/count.facts.json'), 'utf8')))
  expect(facts?.album.images.map(({ path }) => path)).toEqual(['test/one/1.png', 'train/two/2.png'])
  expect(existsSync(join(root, 'dist/samples/index.json'))).toBe(true)
  expect(existsSync(join(root, 'dist/models/a.onnx'))).toBe(true)
  expect(existsSync(join(root, 'dist/samples/count'))).toBe(false)
})
