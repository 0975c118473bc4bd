/** 1,000 classes on the sizes of CLIP B/32: their texts are run in parts that stay within the memory budget. */
import { expect, it } from 'vitest'
import { crossEntropyOfText } from '../../../src/methods/text/text-loss'
import { TextTower } from '../../../src/methods/text/tower'
import type { Clip } from '../../../src/models/clip'
import { createNodeEngine } from '../../../src/runtime/node'
import { tf } from '../../../src/runtime/tfjs'
import { clipText } from '../../support/clip-generator'
import { heldGraph } from '../../support/held-graph'

const SIZES = { vocabulary: 100, context: 77, width: 512, layers: 12, heads: 8, projection: 512 }
const [CLASSES, TOKENS, BATCH] = [1000, 22, 32]

it('1,000 classes are encoded and differentiated in parts', async () => {
  const engine = await createNodeEngine()
  const text = await heldGraph(clipText(SIZES))
  const clip = { text, projectionDim: SIZES.projection } as Clip
  const before = engine.ledger()
  const tower = await TextTower.open(engine, clip, { tokens: TOKENS, texts: CLASSES })
  expect(tower.rows).toBeGreaterThan(4)
  expect(tower.rows).toBeLessThan(CLASSES / 4)
  // A part more than one run holds: the rest of the 1,000 would be more of the same.
  const texts = tower.rows + 1
  const ids = new BigInt64Array(texts * TOKENS).fill(1n)
  for (let i = 1; i <= texts; i++) ids[i * TOKENS - 1] = 99n
  const rows = { ids, attentionMask: new BigInt64Array(texts * TOKENS).fill(1n) }
  const embeddings = tf.randomNormal<tf.Rank.R3>([texts, TOKENS, SIZES.width], 0, 0.5, 'float32', 1)
  const images = tf.randomNormal<tf.Rank.R2>([BATCH, SIZES.projection], 0, 1, 'float32', 2)
  const targets = tf.tidy(() => tf.cast(tf.oneHot(tf.range(0, BATCH, 1, 'int32'), texts), 'float32') as tf.Tensor2D)
  const weights = tf.fill<tf.Rank.R1>([BATCH], 1 / BATCH)
  const features = await tower.encode(rows, embeddings)
  expect(features.shape).toEqual([texts, SIZES.projection])
  const { loss, dText } = crossEntropyOfText(features, images, 100, targets, weights)
  const gradient = await tower.pullBack(rows, embeddings, dText)
  expect(gradient.shape).toEqual(embeddings.shape)
  const values = await gradient.data<'float32'>()
  expect(values.every(Number.isFinite)).toBe(true)
  // The last text has a run nearly for itself, and a gradient of its own.
  expect(Math.hypot(...values.slice(-TOKENS * SIZES.width))).toBeGreaterThan(0)
  tf.dispose([embeddings, images, targets, weights, features, loss, dText, gradient])
  await tower.dispose()
  expect(engine.ledger()).toEqual(before)
  await engine.dispose()
}, 300_000)
