/**
 * npm run bench -- [--quick] [--json FILE]
 *
 * In one run, for the embedded model and a ViT-B/32 of true size: a forward, a training step, their ratio, memory, and
 * dispatches on WebGPU, on every engine, with tfjs executing the same encoder beside them. Writes nothing but FILE.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { benchInBrowser } from './in-browser'
import { benchInNode } from './in-node'
import { stamp, vitB32 } from './models'
import type { Row } from './row'

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
})

/** Rounds and batches: full, or just enough to see that all of it works. */
const plan = options.quick
  ? { rounds: 2, stampBatch: 8, largeBatch: 1, largeRounds: 1 }
  : { rounds: 9, stampBatch: 64, largeBatch: 4, largeRounds: 3 }

const columns = [
  'model',
  'engine',
  'batch',
  'forward ms',
  'step ms',
  'ratio',
  'peak MB',
  'dispatches',
  'ran on',
] as const
const widths = [26, 10, 6, 11, 11, 6, 8, 11, 0]

function print(cells: readonly string[]): void {
  console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
}

function show(row: Row): void {
  print([
    row.model,
    row.engine,
    String(row.batch),
    row.forwardMs.toFixed(1),
    row.stepMs.toFixed(1),
    row.ratio.toFixed(2),
    row.peakBytes === null ? '-' : (row.peakBytes / 2 ** 20).toFixed(0),
    row.dispatches === null ? '-' : String(row.dispatches),
    row.adapter,
  ])
}

const small = stamp()
const parts: (() => Promise<Row[]>)[] = [
  () => benchInNode(small, plan.stampBatch, plan.rounds),
  () => benchInBrowser(small, plan.stampBatch, plan.rounds),
  () => benchInNode(vitB32, plan.largeBatch, plan.largeRounds),
]

console.log(
  `Node ${process.version}, ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores; medians of interleaved rounds`,
)
print(columns)
const rows: Row[] = []
for (const part of parts) {
  const found = await part()
  found.forEach(show)
  rows.push(...found)
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`)
process.exit(0)
