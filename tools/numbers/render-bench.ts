/**
 * Puts a benchmark into docs/numbers.md, dated, between its markers:
 *
 *   npm run bench -- --json bench.json && node scripts/run-ts.mjs tools/numbers/render-bench.ts bench.json
 */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import type { Row } from '../bench/row'
import { goalRows } from './bench-goals'
import { benchTable } from './bench-rows'
import { table, writeBlock } from './block'

const file = process.argv[2]
if (file === undefined) throw new Error('which file has `npm run bench -- --json FILE` written?')
const rows = JSON.parse(readFileSync(file, 'utf8')) as Row[]

const section = `## A forward and a training step

${new Date().toISOString().slice(0, 10)}, \`npm run bench\`, ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}.
Medians of interleaved rounds; the ratio is the median of the rounds' own. MB: growth of the process from before the
session to after its first step; on WebGPU the peak of live buffers, weights included. webgpu is the fused engine,
webgpu-ort ONNX Runtime on the same graph, -tfjs tfjs executing the encoder, -jax the encoder written in jax-js,
pytorch PyTorch on the CPU with frozen weights. A software adapter's times say nothing about a GPU; dispatches, submits and bytes do.
CoOp: a forward is the texts of all classes, a step the loss and the gradient of the context for a batch whose features are known. TPT: a
forward is the views and the texts once, nothing tuned; a step is one picture from its views to its answer, batch being its views.

${benchTable(rows)}

What is aimed at, by these rows (on WASM in Node tfjs and jax-js have one thread, where ours has two):

${table(['aim', 'model', 'ran on', 'measured', ''], goalRows(rows))}`

await writeBlock('bench', section)
