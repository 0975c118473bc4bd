/** Bombs, very large directories, and memory that stays flat however many pictures there are. */
import { zipSync } from 'fflate'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { arrange, defaultArrangement } from '../../src/data/arrange'
import type { Decoder } from '../../src/data/decode'
import { nodeDecoder } from '../../src/data/decode-node'
import { takeIn } from '../../src/data/intake'
import { readLayout } from '../../src/data/layout'
import { nearDuplicates } from '../../src/data/near-duplicates'
import { openTask } from '../../src/data/open-task'
import { Random } from '../../src/data/random'
import { MemoryDrawer } from '../../src/data/shelf/drawer-memory'
import { NodeDrawer } from '../../src/data/shelf/drawer-node'
import { Shelf } from '../../src/data/shelf/shelf'
import { zipSource } from '../../src/data/source-zip'
import { BatchBuilder } from '../../src/learning/batches'
import { clipResize } from '../../src/models/resize-rule'
import { paths, sourceOf } from './pictures'

describe('a bomb is refused', () => {
  const zeros = new Uint8Array(100 * 2 ** 20)
  it.each([
    ['of one file', { 'a/1.png': zeros }],
    [
      'of many',
      Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`a/${i}.png`, zeros.subarray(0, 10 * 2 ** 20)])),
    ],
  ])('%s', async (_, files) => {
    await expect(zipSource('z.zip', zipSync(files, { level: 9 }))).rejects.toThrow(/unpacks to more than this program/)
  })
})

/** Pictures of noise, one for each path, as if decoded. */
const noiseDecoder: Decoder = {
  extensions: new Set(['png']),
  async decode(bytes) {
    const random = new Random(bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 7))
    const data = new Uint8Array(32 * 32 * 3).map(() => random.uint32() & 255)
    return { width: 32, height: 32, data }
  },
}

it('10,000 pictures of 224 pixels, 1.5 GB, are taken in and read into batches with flat memory', async ({
  annotate,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'passepartout-flat-'))
  try {
    const shelf = new Shelf(new NodeDrawer(folder))
    const source = sourceOf([...paths('a', 5000), ...paths('b', 5000)])
    const cut = { size: 224, resize: clipResize(224) }
    const before = process.memoryUsage().rss
    let most = 0
    const watch = () => (most = Math.max(most, process.memoryUsage().rss))
    const opened = await takeIn(source, { decoder: noiseDecoder, cut, shelf, onProgress: watch })
    expect([opened.decoded, opened.album.images.length]).toEqual([10_000, 10_000])
    const started = performance.now()
    const near = nearDuplicates(opened.album.images.map(({ digest }) => opened.pixels.facts(digest)!.signature))
    const took = performance.now() - started
    const arrangement = defaultArrangement(opened.album)
    const about = { id: 'own', title: '', description: '' }
    const task = await openTask(about, opened, arrangement, arrange(opened.album, arrangement, near), 224)
    const format = { imageSize: 224, mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] }
    let images = 0
    for (const batch of new BatchBuilder(task.splits.train, format, 64).inOrder()) {
      images += batch.count
      watch()
      if (images > 2000) break
    }
    const grown = (most - before) / 2 ** 20
    await annotate(`memory grew by ${grown.toFixed(0)} MB; near-duplicates of 10,000 in ${took.toFixed(0)} ms`)
    expect(grown).toBeLessThan(500)
    opened.pixels.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 600_000)

describe('large directories', () => {
  it('of 100,000 files are read; two classes hold no picture', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => `set/class${i % 100}/deep/${i}.${i % 50 ? 'png' : 'txt'}`)
    const started = performance.now()
    const { candidates, skipped } = readLayout(sourceOf(many), new Set(['png']))
    expect([candidates.length, skipped.length]).toEqual([98_000, 2_002])
    expect(performance.now() - started).toBeLessThan(30_000)
  })

  it('of more than 200,000 files are refused', async () => {
    const many = { ...sourceOf([]), files: Array.from({ length: 200_001 }, () => sourceOf(['a/1.png']).files[0]!) }
    const options = {
      decoder: nodeDecoder,
      cut: { size: 16, resize: clipResize(16) },
      shelf: new Shelf(new MemoryDrawer()),
    }
    await expect(takeIn(many, options)).rejects.toThrow(/more than the 200000/)
  })

  it('of empty folders by the ten thousand take no longer', () => {
    const folders = Array.from({ length: 20_000 }, (_, i) => `e/${i}/`)
    const started = performance.now()
    expect(readLayout(sourceOf([...folders, 'a/1.png', 'b/1.png']), new Set(['png'])).skipped).toHaveLength(20_000)
    expect(performance.now() - started).toBeLessThan(30_000)
  })
})
