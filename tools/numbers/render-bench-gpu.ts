/**
 * Puts a benchmark of WebGPU without a browser into docs/numbers.md, dated, between its markers:
 *
 *   npm run bench:gpu -- --json gpu.json && node scripts/run-ts.mjs tools/numbers/render-bench-gpu.ts gpu.json
 */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import type { Row } from '../bench/row'
import { benchTable } from './bench-rows'
import { writeBlock } from './block'

const file = process.argv[2]
if (file === undefined) throw new Error('which file has `npm run bench:gpu -- --json FILE` written?')
const rows = JSON.parse(readFileSync(file, 'utf8')) as Row[]

const software = rows.some(({ adapter }) => /software/.test(adapter))
const section = `## WebGPU without a browser

${new Date().toISOString().slice(0, 10)}, \`npm run bench:gpu\`, ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}.
Engines and columns as above.${software ? ' On a software adapter: its times say nothing about a GPU, only that the command works.' : ''}

${benchTable(rows)}`

await writeBlock('bench-gpu', section)
