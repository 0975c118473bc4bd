/** The embedded model on the samples: as many validation images right as PyTorch counted (tools/stamp/reference.py). */
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import { loadSample } from '../../src/data/samples'
import { readSampleIndex, sampleSource } from '../../src/data/samples-node'
import type { ImageSet } from '../../src/data/task'
import { encodeClasses } from '../../src/models/text'
import { openStamp, reference, type OpenStamp } from './open-stamp'

const SAMPLES = 'public/samples'

let open: OpenStamp
beforeAll(async () => {
  open = await openStamp()
})
afterAll(() => open.engine.dispose())

it.each(reference.zero_shot)(
  'Stamp is right about as many validation images of "$id" as in PyTorch',
  async ({ id, template, val }) => {
    const { engine, stamp } = open
    const manifest = (await readSampleIndex(SAMPLES)).find((sample) => sample.id === id)!
    const whole = await sampleSource(SAMPLES, manifest)
    // All of validation, and one image a class of the others: enough for a task, and quick.
    const source = { ...whole, files: whole.files.filter(({ path }) => /^val\/|\/000\.png$/.test(path)) }
    expect(source.name).toBe(basename(join(SAMPLES, id)))
    const task = await loadSample(manifest, source, { decoder: nodeDecoder, imageSize: stamp.imageSize })
    expect(task.template).toBe(template)
    expect(task.skipped).toEqual([])
    const names = task.classes.map(({ name }) => name)
    const classes = await encodeClasses(engine, stamp, task.template, names)
    expect(task.splits.val.count).toBe(val.total)
    const correct = await countCorrect(task.splits.val, classes, names.length)
    // An image on the border between two classes may fall to either side.
    expect(Math.abs(correct - val.correct)).toBeLessThanOrEqual(2)
  },
  120_000,
)

async function countCorrect(set: ImageSet, classes: Float32Array, C: number): Promise<number> {
  const { labels } = set
  const imageBytes = 3 * open.stamp.imageSize ** 2
  const pixels = new Uint8Array(set.count * imageBytes)
  for (let i = 0; i < set.count; i++) set.read(i, pixels.subarray(i * imageBytes))
  const embeddings = await open.embed(open.normalise(pixels))
  const D = open.stamp.projectionDim
  return labels.filter((label, image) => {
    const logits = Array.from({ length: C }, (_, c) => {
      let logit = 0
      for (let d = 0; d < D; d++) logit += embeddings[image * D + d]! * classes[d * C + c]!
      return logit
    })
    return logits.indexOf(Math.max(...logits)) === label
  }).length
}
