/**
 * Writes `public/samples/<id>.png` for each sample task: five of its test pictures side by side, one each of five
 * classes, shown on the page before the task is loaded. Run after rendering the samples:
 *
 *   node scripts/run-ts.mjs tools/samples/strips.ts
 */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { parseSampleIndex } from '../../src/data/samples'

const OPENINGS = 5
const SIDE = 64
const FOLDER = 'public/samples'

const samples = parseSampleIndex(JSON.parse(await readFile(join(FOLDER, 'index.json'), 'utf8')))
for (const { id, classes } of samples) {
  const pictures = await Promise.all(
    Array.from({ length: OPENINGS }, async (_, i) => {
      const { folder } = classes[Math.floor((i * classes.length) / OPENINGS)]!
      const directory = join(FOLDER, id, 'test', folder)
      const [first] = (await readdir(directory)).sort()
      return sharp(join(directory, first!)).resize(SIDE, SIDE).toBuffer()
    }),
  )
  const target = join(FOLDER, `${id}.png`)
  await sharp({ create: { width: OPENINGS * SIDE, height: SIDE, channels: 3, background: '#fff' } })
    .composite(pictures.map((input, i) => ({ input, left: i * SIDE, top: 0 })))
    .png({ compressionLevel: 9 })
    .toFile(target)
  console.log(target)
}
