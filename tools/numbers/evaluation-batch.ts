/**
 * Whether evaluation, which only runs forwards, gains by more rows than a training step holds: milliseconds an image of the
 * forward of a B/32 cut to two layers, by rows of a run, in turns; of the clock, and of the processor, which other work on
 * the machine disturbs less.
 *
 *   node scripts/run-ts.mjs tools/numbers/evaluation-batch.ts [cpu|wasm]
 */
import { nodePlatform } from '../../src/cli/platform'
import { Classifier } from '../../src/methods/classifier'
import { clipVision, VIT_B_32 } from '../../tests/support/clip-generator'
import { heldGraph } from '../../tests/support/held-graph'

const ROWS = [8, 16, 32]
const IMAGES = 32
const TURNS = 3

const backend = process.argv[2] === 'wasm' ? 'wasm' : 'cpu'
const { engine } = await nodePlatform(backend).openEngine('auto')
const S = VIT_B_32.image
const frozen = {
  vision: await heldGraph(clipVision({ ...VIT_B_32, layers: 2 })),
  ...{ input: 'pixel_values', output: 'image_embeds', normalise: true, imageSize: S, classes: 10 },
  classEmbeddings: Float32Array.from({ length: 10 * VIT_B_32.projection! }, (_, i) => Math.sin(i)),
}
const found = new Map<number, { clock: number; processor: number }[]>(ROWS.map((rows) => [rows, []]))
const open = new Map<number, Classifier>()
for (const rows of ROWS) open.set(rows, await Classifier.open(engine, frozen, rows))
for (let turn = 0; turn <= TURNS; turn++) {
  for (const rows of ROWS) {
    const batch = {
      ...{ pixels: new Float32Array(rows * 3 * S * S).fill(0.5), count: rows },
      ...{ labels: new Uint16Array(rows), weights: new Float32Array(rows) },
    }
    const prompt = open.get(rows)!.unprompted(batch)
    const [start, used] = [performance.now(), process.cpuUsage()]
    for (let done = 0; done < IMAGES; done += rows) await open.get(rows)!.logits(prompt, batch)
    // The first turn warms up.
    const { user, system } = process.cpuUsage(used)
    const processor = (user + system) / 1000 / IMAGES
    if (turn > 0) found.get(rows)!.push({ clock: (performance.now() - start) / IMAGES, processor })
    prompt.dispose()
  }
}
for (const [rows, values] of found) {
  const least = (key: 'clock' | 'processor') => Math.min(...values.map((one) => one[key])).toFixed(1)
  console.log(
    `${backend} ${rows} rows: at least ${least('clock')} ms an image, ${least('processor')} ms of the processor`,
  )
}
for (const one of open.values()) await one.dispose()
await engine.dispose()
