/**
 * A step of CoOp for 1,000 classes on a CLIP ViT-B/32 of true size (random weights), as it is: tokenizer, token table, texts in parts
 * within the memory budget, gradient of the context. Put into docs/numbers.md.
 *
 *   node scripts/run-ts.mjs tools/numbers/thousand-classes.ts
 */
import { availableParallelism, cpus } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { Random } from '../../src/data/random'
import { ACTIVATION_BUDGET } from '../../src/methods/training-memory'
import { CoOp } from '../../src/methods/text/coop'
import { COOP_SETTINGS } from '../../src/methods/text/coop-settings'
import { loadClip } from '../../src/models/clip'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'
import { heldFiles, trueSizeClip } from '../../tests/support/true-size-clip'
import { table, writeBlock } from './block'

const CLASSES = [100, 1000]
const PICTURES = 32
const MB = 1e6

/** Three letters each: as many tokens as the names of ImageNet's classes have in the mean, or more. */
const name = (c: number) =>
  [676, 26, 1].map((power) => 'abcdefghijklmnopqrstuvwxyz'[Math.floor(c / power) % 26]).join('')

/** The most that is resident while something is done, bytes. */
async function peakWhile<T>(work: () => Promise<T>): Promise<{ value: T; peak: number }> {
  let [peak, over] = [process.memoryUsage.rss(), false]
  const watch = (async () => {
    while (!over) {
      peak = Math.max(peak, process.memoryUsage.rss())
      await setTimeout(50)
    }
  })()
  const value = await work()
  over = true
  await watch
  return { value, peak: Math.max(peak, process.memoryUsage.rss()) }
}

const engine = await createNodeEngine()
const clip = await loadClip(heldFiles(trueSizeClip()))
const rows: string[][] = []
for (const classes of CLASSES) {
  const features = new Random(1).normals(PICTURES * clip.projectionDim)
  const coop = await CoOp.open({
    ...{ engine, clip, names: Array.from({ length: classes }, (_, c) => name(c)), settings: COOP_SETTINGS },
    ...{ features: () => features, random: new Random(2) },
  })
  const { rows: texts, tokens } = coop.sentences.tower
  const batch = {
    ...{ pixels: new Float32Array(0), count: PICTURES },
    labels: Uint16Array.from({ length: PICTURES }, (_, i) => (i * 31) % classes),
    weights: new Float32Array(PICTURES).fill(1 / PICTURES),
  }
  const before = process.memoryUsage.rss()
  const began = performance.now()
  const { peak, value } = await peakWhile(async () => {
    const { gradient, loss } = await coop.lossAndGradient(batch)
    const [values] = await Promise.all([gradient.ctx!.data<'float32'>(), loss.data()])
    const norm = Math.hypot(...values)
    tf.dispose([loss, { ...gradient }])
    return norm
  })
  const seconds = (performance.now() - began) / 1000
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`the gradient's norm is ${value}`)
  const runs = Math.ceil(classes / texts)
  rows.push([`${classes}`, `${tokens}`, `${texts} x ${runs}`, seconds.toFixed(1), ((peak - before) / MB).toFixed(0)])
  coop.dispose()
}
await engine.dispose()

const section = `## CoOp for many classes

${new Date().toISOString().slice(0, 10)}, \`node scripts/run-ts.mjs tools/numbers/thousand-classes.ts\`, ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}, onnxruntime-node.
One step (loss and gradient of a context of ${COOP_SETTINGS.tokens} tokens that all classes share; ${PICTURES} pictures whose features are known) on a CLIP ViT-B/32 of true
size with random weights. Texts are run in parts of as many as keep within ${ACTIVATION_BUDGET / MB} MB of live activations; MB: by how much the
process grew from before the step to its peak. The texts of a step pass the tower three times: forward, and forward and back.

${table(['classes', 'tokens', 'texts x runs', 'step, s', 'MB'], rows)}`

await writeBlock('thousand-classes', section)
console.log(section)
process.exit(0)
