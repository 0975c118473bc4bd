/** The demo from its command line: files, fields, exit codes. A handful of pictures, a few steps. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from '../../src/cli/learn'
import { tinyClassifier } from '../models/tiny-classifier'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passepartout-demo-'))
  for (const [name, background] of [
    ['red', '#d02020'],
    ['blue_sky', '#2060d0'],
  ] as const) {
    await mkdir(join(folder, 'images', name), { recursive: true })
    for (let i = 0; i < 6; i++) {
      const image = sharp({ create: { width: 70 + i, height: 64, channels: 3, background } })
      await image.png().toFile(join(folder, 'images', name, `${i}.png`))
    }
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let said: string[] = []
beforeEach(() => {
  said = []
  vi.spyOn(console, 'log').mockImplementation((text: string) => void said.push(text))
  vi.spyOn(console, 'error').mockImplementation((text: string) => void said.push(text))
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('npm run demo', () => {
  it('learns on a folder of images and writes its four files', async () => {
    const out = join(folder, 'out')
    const json = join(folder, 'deep', 'copy.json')
    const code = await main([
      '--data',
      join(folder, 'images'),
      '--steps',
      '3',
      '--seed',
      '4',
      '--out',
      out,
      '--json',
      json,
    ])
    expect(said.join('\n')).toContain('Test split:')
    expect(code).toBe(0)

    const text = await readFile(join(out, 'result.json'), 'utf8')
    expect(await readFile(json, 'utf8')).toBe(text)
    const result = JSON.parse(text) as Record<string, unknown>
    expect(result).toMatchObject({
      model: 'stamp',
      dataset: 'images',
      classes: ['blue sky', 'red'],
      template: 'This is a photo of a {}',
      seed: 4,
      images: { train: 8, val: 2, test: 2 },
      zeroShot: { correct: expect.any(Number) as number, ci95: [expect.any(Number), expect.any(Number)] },
      prompted: { top1: expect.any(Number) as number },
      steps: 3,
      secondsPerStep: expect.any(Number) as number,
      seconds: expect.any(Number) as number,
      backend: 'node-cpu',
    })
    expect(result.modelSha256).toMatch(/^[0-9a-f]{64}$/)
    expect(result.frozenSha256After).toBe(result.frozenSha256Before)

    expect((await readFile(join(out, 'curve.csv'), 'utf8')).split('\n')).toHaveLength(1 + 4 + 1)
    expect(await sharp(join(out, 'prompt.png')).metadata()).toMatchObject({ width: 512, height: 512, hasAlpha: true })
    expect((await sharp(join(out, 'prompted-examples.png')).metadata()).height).toBeGreaterThan(256)
  })

  it('takes the classes as they were arranged, and a changed recipe', async () => {
    const out = join(folder, 'arranged')
    const file = join(folder, 'arrangement.json')
    const one = (key: string, name: string) => ({ key, name, folders: [key], included: true })
    const split = { from: 'chance', seed: 9, val: 0.2, test: 0.2, shots: 2, together: false }
    const arrangement = { classes: [one('red', 'fire'), one('blue_sky', 'sky')], template: 'art of {}', labels: {}, without: [], split } // prettier-ignore
    await writeFile(file, JSON.stringify(arrangement))
    const args = [
      '--data',
      join(folder, 'images'),
      '--arrangement',
      file,
      '--steps',
      '2',
      '--batch',
      '3',
      '--border',
      '5',
    ]
    expect(await main([...args, '--out', out])).toBe(0)
    expect(JSON.parse(await readFile(join(out, 'result.json'), 'utf8'))).toMatchObject({
      classes: ['fire', 'sky'],
      template: 'art of {}',
      images: { train: 4 },
      steps: 2,
    })

    await writeFile(file, '{"classes":3}')
    expect(await main([...args, '--out', out])).toBe(1)
    expect(said.at(-1)).toContain('The arrangement of the classes is damaged')
    expect(await main([...args.slice(0, 3), join(folder, 'none.json')])).toBe(1)
    expect(said.at(-1)).toContain('cannot be read')
  })

  it('takes a classifier, whose first or chosen outputs stand for the classes', async () => {
    const model = join(folder, 'trees')
    await mkdir(model)
    for (const [name, content] of Object.entries(tinyClassifier())) {
      await writeFile(join(model, name), content instanceof Uint8Array ? content : JSON.stringify(content))
    }
    const mappingOf = async (...more: string[]) => {
      const out = join(folder, 'out-trees')
      const args = ['--data', join(folder, 'images'), '--model', model, '--steps', '2', '--out', out]
      expect(await main([...args, ...more]), said.join('\n')).toBe(0)
      const result = JSON.parse(await readFile(join(out, 'result.json'), 'utf8')) as Record<string, unknown>
      expect(result).toMatchObject({ model: 'trees', template: null, steps: 2 })
      return result.mapping
    }
    expect(await mappingOf()).toEqual({ kind: 'first', outputs: [0, 1], labels: ['ash', 'beech'] })
    expect(said.join('\n')).toContain('the model as it is, first 2 outputs as the classes')
    expect(await mappingOf('--outputs', '4,2')).toEqual({ kind: 'chosen', outputs: [4, 2], labels: ['elm', 'cedar'] })
  })

  it('names a BMP, which browsers read and it does not, among what it did not take, with the way out', async () => {
    const images = join(folder, 'with-bmp')
    await cp(join(folder, 'images'), images, { recursive: true })
    await writeFile(join(images, 'red', 'old.bmp'), 'BM')
    const written = vi.spyOn(process.stdout, 'write')
    expect(await main(['--data', images, '--steps', '1', '--out', join(folder, 'out-bmp')])).toBe(0)
    const lines = written.mock.calls.map(([text]) => String(text))
    expect(lines).toContain('not taken: red/old.bmp (BMP images cannot be read here: save them as PNG or JPEG)\n')
  })

  it.each([
    [['--help'], 0, /^Learns a border/],
    [['--what'], 1, /^Unknown option '--what'\. See/],
    [['--data', '/no/such/folder', '--steps', '1'], 1, /^There is no folder or zip at "\/no\/such\/folder"\. Check/],
    [['--model', '/no/such/model', '--steps', '1'], 1, /^The model "model" lacks the file config\.json\./],
    [['--task', 'sorting', '--steps', '1'], 1, /^There is no sample task "sorting"\. Choose one of /],
  ])('%j ends with %i and one sentence', async (args, code, sentence) => {
    expect(await main(args)).toBe(code)
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(sentence)
    expect(said[0]).not.toContain('    at ')
  })

  it('says so when a picture lies among the class folders', async () => {
    const loose = join(folder, 'loose')
    await mkdir(join(loose, 'red'), { recursive: true })
    await writeFile(join(loose, 'red', 'a.png'), await readFile(join(folder, 'images', 'red', '0.png')))
    await writeFile(join(loose, 'b.png'), await readFile(join(folder, 'images', 'red', '1.png')))
    expect(await main(['--data', loose])).toBe(1)
    expect(said).toHaveLength(1)
  })
})
