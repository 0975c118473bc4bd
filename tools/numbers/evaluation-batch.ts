/**
 * Whether evaluation, which only runs forwards, gains by more rows than a training step holds: milliseconds an image of the
 * forward of a B/32 cut to three layers, by rows of a run, in turns.
 *
 *   node scripts/run-ts.mjs tools/numbers/evaluation-batch.ts [cpu|wasm]
 */
import { nodePlatform } from '../../src/cli/platform'
import { Classifier } from '../../src/methods/classifier'
import { clipVision, VIT_B_32 } from '../../tests/support/clip-generator'
import { heldGraph } from '../../tests/support/held-graph'

const ROWS = [4, 8, 16, 32, 64]
const IMAGES = 64
const TURNS = 5

const backend = process.argv[2] === 'wasm' ? 'wasm' : 'cpu'
const { engine } = await nodePlatform(backend).openEngine('auto')
const S = VIT_B_32.image
const frozen = {
  vision: await heldGraph(clipVision({ ...VIT_B_32, layers: 3 })),
  ...{ input: 'pixel_values', output: 'image_embeds', normalise: true, imageSize: S, classes: 10 },
  classEmbeddings: Float32Array.from({ length: 10 * VIT_B_32.projection! }, (_, i) => Math.sin(i)),
}
const found = new Map<number, number[]>(ROWS.map((rows) => [rows, []]))
const open = new Map<number, Classifier>()
for (const rows of ROWS) open.set(rows, await Classifier.open(engine, frozen, rows))
for (let turn = 0; turn <= TURNS; turn++) {
  for (const rows of ROWS) {
    const batch = {
      ...{ pixels: new Float32Array(rows * 3 * S * S).fill(0.5), count: rows },
      ...{ labels: new Uint16Array(rows), weights: new Float32Array(rows) },
    }
    const prompt = open.get(rows)!.unprompted(batch)
    const start = performance.now()
    for (let done = 0; done < IMAGES; done += rows) await open.get(rows)!.logits(prompt, batch)
    // The first turn warms up.
    if (turn > 0) found.get(rows)!.push((performance.now() - start) / IMAGES)
    prompt.dispose()
  }
}
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
for (const [rows, values] of found) console.log(`${backend} ${rows} rows: ${median(values).toFixed(1)} ms an image (fastest ${Math.min(...values).toFixed(1)})`) // prettier-ignore
for (const one of open.values()) await one.dispose()
await engine.dispose()
