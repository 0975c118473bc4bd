/**
 * Every dialect of export, pair by pair: each two values of two options meet in at least one tower, whose gradient is
 * checked against differences of the exported graph in float64, and on ONNX Runtime in float32.
 */
import { describe, expect, it } from 'vitest'
import { decodeModel } from '../../src/onnx/read'
import { encodeModel } from '../../src/onnx/write'
import { seedHead } from '../../src/gradient/heads'
import { buildTrainingGraph } from '../../src/gradient/training'
import type { Dialect } from '../support/export-dialects'
import { DIALECT_OPTIONS, TORCHSCRIPT, imageSide, visionDialect } from '../support/export-dialects'
import { array64 } from '../support/float64-executor'
import type { GradientCase } from '../support/gradient-check'
import { checkInFloat64, checkOnOrt, shapesOf } from '../support/gradient-check'
import { optimisedOperators } from '../support/ort'
import { normals } from '../support/random'

const NAMES = Object.keys(DIALECT_OPTIONS) as (keyof Dialect)[]

/** What no exporter writes. */
function exists(d: Dialect): boolean {
  if (d.norm === 'operator' && d.opset < 17) return false
  if (d.gelu === 'operator' && (d.opset < 20 || d.activation === 'quick_gelu')) return false
  if (d.exporter === 'dynamo' && d.opset < 18) return false
  if (d.attention === 'sdpa' && d.opset < 14) return false
  return !(d.attention === 'mha' && (d.opset < 13 || d.qkv !== 'apart'))
}

/** All dialects that exist, in a fixed order. */
function allDialects(): Dialect[] {
  const start: Partial<Record<keyof Dialect, unknown>>[] = [{}]
  const every = NAMES.reduce(
    (found, name) => found.flatMap((d) => DIALECT_OPTIONS[name].map((v) => ({ ...d, [name]: v }))),
    start,
  )
  return (every as unknown as Dialect[]).filter(exists)
}

const pairsOf = (d: Dialect): string[] =>
  NAMES.flatMap((a, i) => NAMES.slice(i + 1).map((b) => `${a}=${d[a]} ${b}=${d[b]}`))

/** Dialects that together hold every pair that any dialect holds: the next is always one that adds most. */
function pairwise(): Dialect[] {
  const candidates = allDialects().map((dialect) => ({ dialect, pairs: pairsOf(dialect) }))
  const open = new Set(candidates.flatMap((c) => c.pairs))
  const chosen: Dialect[] = []
  while (open.size > 0) {
    let best = candidates[0]!
    let most = 0
    for (const candidate of candidates) {
      const added = candidate.pairs.reduce((n, pair) => n + (open.has(pair) ? 1 : 0), 0)
      if (added > most) [best, most] = [candidate, added]
    }
    chosen.push(best.dialect)
    for (const pair of best.pairs) open.delete(pair)
  }
  return chosen
}

const title = (d: Dialect) => NAMES.map((name) => d[name]).join(', ')

function caseOf(d: Dialect): GradientCase {
  // As the program meets it: through the file.
  const model = decodeModel(encodeModel(visionDialect(d), { weights: 'inline' }))
  const S = imageSide(d)
  const pixels = array64([2, 3, S, S], normals(5, 6 * S * S).map(Math.fround))
  return { model, output: 'image_embeds', feeds: { pixel_values: pixels }, wrt: ['pixel_values'] }
}

describe.each(pairwise().map((d) => [title(d), d] as const))('%s', (_, dialect) => {
  it('has the gradient of its forward in float64, and the same on ONNX Runtime', async () => {
    expect(checkInFloat64(caseOf(dialect), 7)).toBeLessThan(1e-6)
    const errors = await checkOnOrt(caseOf(dialect), 7)
    expect(errors.forward).toBeLessThan(1e-5)
    expect(errors.backward).toBeLessThan(1e-5)
  })
})

it('interpolated position embeddings are computed once, when the session is made', async () => {
  const { model, feeds } = caseOf({ ...TORCHSCRIPT, positions: 'interpolated' })
  const options = { inputs: shapesOf(feeds), output: 'image_embeds', head: seedHead(), wrt: ['pixel_values'] }
  const { model: bytes, externalData } = buildTrainingGraph(model, options)
  expect(decodeModel(bytes, externalData).graph.nodes.some((n) => n.op === 'Resize')).toBe(true)
  expect(await optimisedOperators(bytes, externalData)).not.toContain('Resize')
})
