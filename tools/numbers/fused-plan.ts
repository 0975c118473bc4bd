/**
 * node scripts/run-ts.mjs tools/numbers/fused-plan.ts
 *
 * What a step of the fused engine asks of a GPU, read from its plans and the same on every device: dispatches, floating-point
 * operations of its products, bytes, memory. Writes its section of docs/numbers.md.
 */
import { trainingModel } from '../../src/gradient/training'
import { trainingOptions } from '../../src/methods/entry'
import { elementCount } from '../../src/onnx/model'
import { resultsOf, type Kernel } from '../../src/runtime/fused/kernel'
import { planRun, type Plan } from '../../src/runtime/fused/plan'
import { stamp, vitB16, vitB32, type BenchModel } from '../bench/models'
import { table, writeBlock } from './block'

/** As on a real GPU: tiles through shared memory, ten buffers to a kernel. */
const TARGET = { software: false, maxBuffers: 10 }
const FLOAT = Float32Array.BYTES_PER_ELEMENT
const MODELS: readonly (readonly [BenchModel, readonly number[]])[] = [
  [stamp(), [64]],
  [vitB32, [1, 32]],
  [vitB16, [1, 32]],
]

/** As learned through: `delta` is added to every picture, and its gradient is wanted. */
function planned({ open, imageSize }: BenchModel, batch: number): Plan {
  const encoder = { input: 'pixel_values', output: 'image_embeds', normalise: true, imageSize, classes: 10 }
  return planRun(trainingModel(open(), trainingOptions(encoder, batch, 'delta')).model, TARGET)
}

/** Each buffer of each kernel once, as if caches answered every second reading. */
function moved({ program }: Plan, kernels: readonly Kernel[]): number {
  const sizes = kernels.flatMap((kernel) => [...kernel.reads, ...resultsOf(kernel)].map((id) => program.dims(id)))
  return FLOAT * sizes.reduce((sum, dims) => sum + elementCount(dims), 0)
}

const total = (kernels: readonly Kernel[], of: (kernel: Kernel) => number) =>
  kernels.reduce((sum, kernel) => sum + of(kernel), 0)

function row(name: string, batch: number, plan: Plan): string[] {
  const { forward, backward, weights, program, sizes } = plan
  const step = [...forward, ...backward]
  const flops = (kernels: readonly Kernel[]) => total(kernels, ({ work }) => work.flops)
  return [
    name,
    `${batch}`,
    `${forward.length} + ${backward.length}`,
    (flops(forward) / 1e9).toFixed(1),
    (flops(step) / flops(forward)).toFixed(3),
    (moved(plan, forward) / 1e9).toFixed(3),
    (moved(plan, step) / 1e9).toFixed(3),
    ((FLOAT * total(step, ({ work }) => work.loads)) / 1e9).toFixed(2),
    (sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(0),
    ((FLOAT * [...weights.keys()].reduce((sum, id) => sum + elementCount(program.dims(id)), 0)) / 1e6).toFixed(0),
  ]
}

const rows = MODELS.flatMap(([model, batches]) => batches.map((batch) => row(model.name, batch, planned(model, batch))))
const head = [
  'model',
  'batch',
  'dispatches, forward + backward',
  'forward, GFLOP',
  'step / forward, FLOP',
  'forward, GB',
  'step, GB',
  'step, GB asked for',
  'live, MB',
  'weights, MB',
]
const date = new Date().toISOString().slice(0, 10)
const text = `## What a step asks of a GPU

${date}, \`node scripts/run-ts.mjs tools/numbers/fused-plan.ts\`: read from the fused engine's plans for a GPU, the same on
every machine. FLOP are those of matrix products. GB count every buffer of every kernel once; GB asked for are all loads,
most of which caches answer. Live is all memory beyond the weights, saved activations of the backward among it.

${table(head, rows)}`
await writeBlock('fused-plan', text)
console.log(text)
