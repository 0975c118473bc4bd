/** The text tower from its token embeddings: features, and gradients by chunks, against other ways to the same numbers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { textCrossEntropyHead } from '../../../src/gradient/heads'
import { buildTrainingGraph } from '../../../src/gradient/training'
import { crossEntropyOfText } from '../../../src/methods/text/text-loss'
import { TextTower } from '../../../src/methods/text/tower'
import type { Clip } from '../../../src/models/clip'
import { loadClip } from '../../../src/models/clip'
import { modelFolder } from '../../../src/models/files-node'
import { readFrozen } from '../../../src/models/frozen-graph'
import { encodeTexts } from '../../../src/models/text'
import { findTokenEmbedding, lookUpTokens } from '../../../src/models/token-embedding'
import type { Engine } from '../../../src/runtime/engine'
import { createNodeEngine } from '../../../src/runtime/node'
import { tf } from '../../../src/runtime/tfjs'
import { Random } from '../../../src/data/random'
import { relativeDistance } from '../../support/gradient-check'

let engine: Engine
let stamp: Clip
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
})
afterAll(() => engine.dispose())

const TEXTS = ['a red circle.', 'seven.', 'five blue stars on sand.', 'a drop.', 'the letter b.']
const width = 128

/** Texts as the tower takes them, and the table's rows for them. */
async function texts() {
  const { ids, attentionMask, length } = stamp.tokenizer.encodeBatch(TEXTS)
  const embeddings = await lookUpTokens(engine, stamp, Array.from(ids, Number))
  return { rows: { ids, attentionMask }, length, embeddings }
}

/** Image features of length 1 in front of random labels. */
function images(count: number) {
  const random = new Random(5)
  const features = tf.tensor2d(random.normals(count * width), [count, width])
  const labels = Array.from({ length: count }, () => random.below(TEXTS.length))
  const targets = tf.tidy(() => tf.cast(tf.oneHot(labels, TEXTS.length), 'float32') as tf.Tensor2D)
  const weights = tf.fill([count], 1 / count) as tf.Tensor1D
  return { features, targets, weights }
}

async function gradientByChunks(budget: number) {
  const { rows, length, embeddings } = await texts()
  const tower = await TextTower.open(engine, stamp, { tokens: length, texts: TEXTS.length, budget })
  const { features, targets, weights } = images(7)
  const given = tf.tensor3d(embeddings, [TEXTS.length, length, width])
  const text = await tower.encode(rows, given)
  const { loss, dText } = crossEntropyOfText(text, features, 20, targets, weights)
  const gradient = await tower.pullBack(rows, given, dText)
  const found = {
    rowsOfRun: tower.rows,
    text: Array.from(await text.data()),
    loss: (await loss.data())[0]!,
    gradient: Array.from(await gradient.data()),
  }
  tf.dispose([features, targets, weights, given, text, loss, dText, gradient])
  await tower.dispose()
  return found
}

describe('the opened text tower', () => {
  it('gives the features of the tower as it is', async () => {
    const expected = await encodeTexts(engine, stamp, TEXTS)
    const { text, rowsOfRun } = await gradientByChunks(1e9)
    expect(rowsOfRun).toBe(TEXTS.length)
    expect(relativeDistance(text, Array.from(expected))).toBeLessThan(1e-5)
  })

  it('has the same gradient in one chunk, in several, and in one graph with its loss', async () => {
    const before = engine.ledger()
    const whole = await gradientByChunks(1e9)
    const parts = await gradientByChunks(1e6)
    expect(engine.ledger()).toEqual(before)
    expect(parts.rowsOfRun).toBeLessThan(TEXTS.length)
    expect(parts.loss).toBeCloseTo(whole.loss, 5)
    expect(relativeDistance(parts.gradient, whole.gradient)).toBeLessThan(1e-5)

    const { rows, length, embeddings } = await texts()
    const { value } = findTokenEmbedding(stamp.text.outline)
    const { model, externalData } = buildTrainingGraph(await readFrozen(stamp.text), {
      inputs: { input_ids: [TEXTS.length, length], [value]: [TEXTS.length, length, width] },
      output: 'text_embeds',
      head: textCrossEntropyHead({ rows: 7 }),
      wrt: [value],
      gated: false,
    })
    const session = await engine.createSession(model, externalData)
    const { features, targets, weights } = images(7)
    const scaled = tf.tidy(() => tf.mul(tf.div(features, tf.norm(features, 2, 1, true)), 20))
    const given = tf.tensor3d(embeddings, [TEXTS.length, length, width])
    const ids = { dtype: 'int64', dims: [TEXTS.length, length], data: rows.ids } as const
    const feeds = { input_ids: ids, [value]: given, image_features: scaled, targets, weights }
    const [loss, gradient] = await session.run(feeds, async (o) => [
      (await o.loss!.data())[0]!,
      Array.from(await o[`d_${value}`]!.data()),
    ])
    tf.dispose([features, targets, weights, scaled, given])
    await session.dispose()
    expect(whole.loss).toBeCloseTo(loss as number, 4)
    expect(relativeDistance(whole.gradient, gradient as number[])).toBeLessThan(1e-4)
  })

  it('has the slope of the loss as its gradient', async () => {
    const { rows, length, embeddings } = await texts()
    const tower = await TextTower.open(engine, stamp, { tokens: length, texts: TEXTS.length, budget: 1e6 })
    const { features, targets, weights } = images(7)
    const { gradient } = await gradientByChunks(1e6)
    const norm = Math.hypot(...gradient)
    const lossAt = async (step: number) => {
      const moved = embeddings.map((x, i) => x + (step * gradient[i]!) / norm)
      const given = tf.tensor3d(moved, [TEXTS.length, length, width])
      const text = await tower.encode(rows, given)
      const { loss, dText } = crossEntropyOfText(text, features, 20, targets, weights)
      const value = (await loss.data())[0]!
      tf.dispose([given, text, loss, dText])
      return value
    }
    const slope = ((await lossAt(0.01)) - (await lossAt(-0.01))) / 0.02
    expect(Math.abs(slope / norm - 1)).toBeLessThan(2e-3)
    tf.dispose([features, targets, weights])
    await tower.dispose()
  })
})
