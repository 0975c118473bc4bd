/** Samples leave a build as one zip each, whole, and their single pictures stay out of it. */
import { unzipSync } from 'fflate'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { packSample, sampleZips } from '../../tools/vite/sample-zips'

let root = ''
const files: Record<string, string> = {
  'index.html': '<p>page</p>',
  'public/models/a.onnx': 'weights',
  'public/samples/index.json': '[]',
  'public/samples/count/test/one/1.png': 'first',
  'public/samples/count/train/two/2.png': 'second',
}

beforeAll(() => {
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

it('builds with zips in place of pictures', async () => {
  await build({ root, configFile: false, logLevel: 'silent', plugins: [sampleZips()] })
  const zip = unzipSync(readFileSync(join(root, 'dist/samples/count.zip')))
  expect(new TextDecoder().decode(zip['train/two/2.png'])).toBe('second')
  expect(existsSync(join(root, 'dist/samples/index.json'))).toBe(true)
  expect(existsSync(join(root, 'dist/models/a.onnx'))).toBe(true)
  expect(existsSync(join(root, 'dist/samples/count'))).toBe(false)
})
