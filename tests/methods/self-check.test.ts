/** "Check this model" on a generated CLIP: numbers made up from its own towers pass, another model's fail. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDecoder } from '../../src/data/decode-node'
import type { PublishedCase } from '../../src/evaluation/published-clip'
import { canCheck, selfCheck, type Known } from '../../src/methods/self-check'
import { loadClip, type Clip } from '../../src/models/clip'
import { sha256 } from '../../src/models/sha256'
import { encodeModel } from '../../src/onnx/write'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { picture } from '../data/pictures'
import { CONTEXT, DIM, filesOf, tinyClip, VOCABULARY } from '../models/tiny-clip'
import { clipText, clipVision } from '../support/clip-generator'

const TEXTS = ['a fox', 'an ox']
const TOWER = { width: 16, layers: 1, heads: 2, projection: DIM }
const GEOMETRY = {
  imageSize: 4,
  patchSize: 2,
  projectionDim: DIM,
  contextLength: CONTEXT,
  activation: 'quick_gelu',
} as const
const [R, G, B] = [200, 100, 50] as const

let engine: Engine
beforeAll(async () => {
  engine = await createNodeEngine()
})
afterAll(() => engine.dispose())

function generated(seed: number): Promise<Clip> {
  const vision = clipVision({ ...TOWER, image: 4, patch: 2, seed })
  const text = clipText({ ...TOWER, vocabulary: VOCABULARY, context: CONTEXT, seed: seed + 1 })
  const towers = { 'onnx/vision_model.onnx': encodeModel(vision), 'onnx/text_model.onnx': encodeModel(text) }
  return loadClip(filesOf({ ...tinyClip(2, 7), ...towers }))
}

/** Logits by a path of their own: plain-coloured pixels, texts padded to the whole context. */
async function logitsOf(clip: Clip): Promise<number[]> {
  const pixels = Float32Array.from({ length: 48 }, (_, i) => {
    const c = Math.floor(i / 16)
    return ([R, G, B][c]! / 255 - clip.mean[c]!) / clip.std[c]!
  })
  const vision = await engine.createSession((await clip.vision.readFiles())[0]!.data)
  const image = await vision.run(
    { pixel_values: { dtype: 'float32', dims: [1, 3, 4, 4], data: pixels } },
    async (o) => [...(await o.image_embeds!.data())],
  )
  await vision.dispose()
  const text = await engine.createSession((await clip.text.readFiles())[0]!.data)
  const { ids } = clip.tokenizer.encodeBatch(TEXTS, CONTEXT)
  const texts = await text.run(
    { input_ids: { dtype: 'int64', dims: [TEXTS.length, CONTEXT], data: ids } },
    async (o) => [...(await o.text_embeds!.data())],
  )
  await text.dispose()
  return TEXTS.map((_, t) => {
    const row = texts.slice(t * DIM, (t + 1) * DIM)
    const dot = row.reduce((sum, x, d) => sum + x * image[d]!, 0)
    return (Math.exp(clip.logitScale) * dot) / (Math.hypot(...row) * Math.hypot(...image))
  })
}

async function knownOf(clip: Clip, bytes: Uint8Array): Promise<Known> {
  const published: PublishedCase = {
    ...{ id: 'made-up', checkpoint: 'test/clip', source: 'this test', texts: TEXTS },
    image: { name: 'plain.png', sha256: await sha256(bytes) },
    values: [{ quantity: 'logits', expected: await logitsOf(clip), tolerance: 1e-4 }],
  }
  const geometry = { 'test/clip': GEOMETRY }
  return { cases: [published], geometry }
}

describe('selfCheck', () => {
  it('passes the model whose numbers were published, and fails another', async () => {
    const bytes = await picture(9, 7, [R, G, B])
    const [right, wrong] = [await generated(1), await generated(11)]
    const known = await knownOf(right, bytes)
    const before = engine.ledger()
    const found = await selfCheck(engine, right, nodeDecoder, bytes, known)
    expect(engine.ledger()).toEqual(before)
    expect(found).toMatchObject({ pass: true, checkpoint: 'test/clip', image: 'plain.png' })
    expect(found.rows.map(({ of }) => of)).toEqual(TEXTS)
    const other = await selfCheck(engine, wrong, nodeDecoder, bytes, known)
    expect(other.pass).toBe(false)
    expect(other.rows.every(({ got }) => Number.isFinite(got))).toBe(true)
  })

  it('refuses pictures that nothing was published for, and models of another shape', async () => {
    const bytes = await picture(9, 7, [R, G, B])
    const clip = await generated(1)
    const known = await knownOf(clip, bytes)
    await expect(selfCheck(engine, clip, nodeDecoder, await picture(9, 7, [0, 0, 0]), known)).rejects.toThrow(
      /^This picture is none of those that answers were published for: plain.png, byte for byte\.$/,
    )
    const larger = { ...known, geometry: { 'test/clip': { ...GEOMETRY, imageSize: 224 } } }
    await expect(selfCheck(engine, clip, nodeDecoder, bytes, larger)).rejects.toThrow(/is of another shape/)
    expect([canCheck(clip, known), canCheck(clip, larger), canCheck(clip)]).toEqual([true, false, false])
  })
})
