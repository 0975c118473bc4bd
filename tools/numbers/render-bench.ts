/**
 * Puts a benchmark into docs/numbers.md, dated, between its markers:
 *
 *   npm run bench -- --json bench.json && node scripts/run-ts.mjs tools/numbers/render-bench.ts bench.json
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import type { Row } from '../bench/row'

const PAGE = 'docs/numbers.md'
const [BEGIN, END] = ['<!-- begin bench -->', '<!-- end bench -->']

const file = process.argv[2]
if (file === undefined) throw new Error('which file has `npm run bench -- --json FILE` written?')
const rows = JSON.parse(readFileSync(file, 'utf8')) as Row[]

const cells = (row: Row): string[] => [
  row.model,
  row.engine,
  `${row.batch}`,
  row.forwardMs.toFixed(1),
  row.stepMs.toFixed(1),
  row.ratio.toFixed(2),
  row.peakBytes === null ? '' : (row.peakBytes / 2 ** 20).toFixed(0),
  row.dispatches === null ? '' : `${row.dispatches}`,
  row.adapter,
]
const head = ['model', 'engine', 'batch', 'forward, ms', 'step, ms', 'step / forward', 'MB', 'dispatches', 'ran on']
const table = [head, head.map(() => '---'), ...rows.map(cells)].map((line) => `| ${line.join(' | ')} |`).join('\n')

const section = `${BEGIN}

## A forward and a training step

${new Date().toISOString().slice(0, 10)}, \`npm run bench\`, ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}.
Medians of interleaved rounds; the ratio is the median of the rounds' own. MB: growth of the process from before the
session to after its first step; on WebGPU the peak of live buffers. A software adapter's times say nothing about a GPU.

${table}

${END}`

const page = readFileSync(PAGE, 'utf8')
const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
writeFileSync(
  PAGE,
  from >= 0 && to > from
    ? page.slice(0, from) + section + page.slice(to + END.length)
    : `${page.trimEnd()}\n\n${section}\n`,
)
