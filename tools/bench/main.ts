/**
 * npm run bench -- [--quick] [--rounds N] [--only PART] [--json FILE]      PART: stamp, browser, vit64, b32, b16, text, textb32
 *
 * In one run, for the embedded model and ViTs of true size: a forward, a training step, their ratio, memory, and
 * dispatches on WebGPU, on every engine; steps of CoOp and TPT on those of this process; beside them tfjs executing the same encoder, the same encoder written in jax-js,
 * and PyTorch where there is one. Writes nothing but FILE.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { benchInBrowser } from './in-browser'
import { benchInNode } from './in-node'
import { benchText } from './in-text'
import { stamp, vit64, vitB16, vitB32 } from './models'
import type { Row } from './row'
import { columns, show } from './table'
import { clipB32, stampClip } from './text-models'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'string' },
  },
})

const rounds = Number(options.rounds ?? 9)
/** Rounds and batches: full, or just enough to see that all of it works. */
const plan = options.quick
  ? { rounds: 2, stampBatch: 8, largeBatch: 1, largeRounds: 1 }
  : { rounds, stampBatch: 64, largeBatch: 4, largeRounds: Math.min(rounds, 3) }

/** Their authors' batch and views, or just enough to see that all of it works. */
const textPlan = options.quick
  ? { coop: { batch: 4, classes: 4 }, tpt: { batch: 4, classes: 4 } }
  : { coop: { batch: 32, classes: 100 }, tpt: { batch: 64, classes: 100 } }

const small = stamp()
const all: Record<string, () => Promise<Row[]>> = {
  stamp: () => benchInNode(small, plan.stampBatch, plan.rounds),
  browser: () => benchInBrowser(small, plan.stampBatch, plan.rounds),
  b32: () => benchInNode(vitB32, plan.largeBatch, plan.largeRounds),
  b16: () => benchInNode(vitB16, 1, plan.largeRounds),
  vit64: () => benchInNode(vit64, plan.largeBatch, plan.rounds),
  text: () => benchText(stampClip, { ...textPlan, rounds: plan.largeRounds }),
  textb32: () => benchText(clipB32, { ...textPlan, rounds: plan.largeRounds }),
}
const { only } = options
const parts = Object.entries(all).filter(([name]) => only === undefined || name === only)
if (parts.length === 0) throw new Error(`no part is called "${only}": ${Object.keys(all).join(', ')}`)

console.log(
  `Node ${process.version}, ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores; medians of interleaved rounds`,
)
columns()
const rows: Row[] = []
for (const [, part] of parts) {
  const found = await part()
  found.forEach(show)
  rows.push(...found)
  // After each part: the whole takes minutes.
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`)
}
process.exit(0)
