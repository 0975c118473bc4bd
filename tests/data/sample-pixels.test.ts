import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { openAlbum } from '../../src/data/load'
import { parseSampleFacts, sampleFacts, type PackedSample } from '../../src/data/sample-facts'
import { SamplePixels } from '../../src/data/sample-pixels'
import { DamagedError } from '../../src/data/shelf/pixel-pack'
import { zipSource } from '../../src/data/source-zip'
import { packSample } from '../../tools/vite/sample-zips'
import { picture } from './pictures'

const SIDE = 24
let folder = ''
let zip = new Uint8Array()
let facts: Awaited<ReturnType<typeof sampleFacts>>

async function write(path: string, bytes: Uint8Array): Promise<void> {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), bytes)
}

/** No two alike, so that lines are filtered in every way. */
function noise(seed: number) {
  const data = Buffer.from(
    Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (((i + 1) * (seed + 3) * 2654435761) >>> 13) & 255),
  )
  return sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png({ adaptiveFiltering: true })
    .toBuffer()
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'passepartout-sample-'))
  for (const split of ['train', 'val', 'test']) {
    for (const name of ['one', 'two']) {
      for (let i = 0; i < 3; i++)
        await write(`${split}/${name}/${i}.png`, await noise(i + 10 * name.length + split.length))
      await write(`${split}/${name}/plain.png`, await picture(SIDE, SIDE, [200, split.length, name === 'one' ? 9 : 10]))
    }
  }
  zip = new Uint8Array(packSample(folder))
  facts = await sampleFacts('small.zip', zip)
})
afterAll(() => rmSync(folder, { recursive: true }))

async function packed(bytes = zip): Promise<PackedSample> {
  return { zip: bytes, facts: (await parseSampleFacts(JSON.parse(JSON.stringify(facts))))! }
}

describe('a sample that is known beforehand', () => {
  it('is the album, the pixels and the near-duplicates that reading it would give', async () => {
    const read = await openAlbum(await zipSource('small.zip', zip), { decoder: nodeDecoder, imageSize: SIDE })
    const sample = await packed()
    expect(sample.facts.album).toEqual(read.album)
    expect(sample.facts.near).toEqual(read.near)
    expect(read.near.length).toBeGreaterThan(0)
    const pixels = await SamplePixels.open(sample)
    const [mine, theirs] = [new Uint8Array(3 * SIDE * SIDE), new Uint8Array(3 * SIDE * SIDE)]
    for (const { digest } of read.album.images) {
      expect(pixels.facts(digest)!.pixels).toBe(read.pixels.facts(digest)!.pixels)
      read.pixels.read(digest, theirs)
      // The second time it is not decoded.
      for (let time = 0; time < 2; time++) {
        pixels.read(digest, mine.fill(0))
        expect(mine).toEqual(theirs)
      }
    }
    expect(pixels.damaged).toBe(false)
  })

  it('is held against what is known, picture by picture', async () => {
    const damaged = zip.slice()
    const at = facts.at[3]! + 60
    damaged[at] = damaged[at]! ^ 1
    const { facts: known } = await packed()
    const pixels = await SamplePixels.open({ zip: damaged, facts: known })
    const into = new Uint8Array(pixels.imageBytes)
    pixels.read(known.album.images[2]!.digest, into)
    expect(() => pixels.read(known.album.images[3]!.digest, into)).toThrow(DamagedError)
    expect(pixels.damaged).toBe(true)
    const other = { ...known, pixels: known.pixels.map((digest) => [...digest].reverse().join('')) }
    const wrong = await SamplePixels.open({ zip, facts: other })
    expect(() => wrong.read(known.album.images[0]!.digest, into)).toThrow(DamagedError)
  })

  it.each([
    ['another version', () => ({ ...facts, version: 2 })],
    ['another album', () => ({ ...facts, album: facts.album.replace('train/one/0.png', 'train/one/7.png') })],
    ['a picture less', () => ({ ...facts, pixels: facts.pixels.slice(1) })],
    ['nothing', () => null],
  ])('is not believed where there is %s', async (_, make) => {
    expect(await parseSampleFacts(make())).toBeNull()
  })

  it('is no sample where a picture is of another size', async () => {
    await write('train/one/large.png', await picture(SIDE + 1, SIDE + 1, [1, 2, 3]))
    await expect(sampleFacts('small.zip', packSample(folder))).rejects.toThrow('train/one/large.png of small.zip')
  })
})
