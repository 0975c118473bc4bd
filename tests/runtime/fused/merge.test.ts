/** Products that are merged: the same values in float64, fewer products, no weight twice. */
import { describe, expect, it } from 'vitest'
import { crossEntropyHead } from '../../../src/gradient/heads'
import { trainingModel } from '../../../src/gradient/training'
import { operands, type Program } from '../../../src/runtime/fused/ir'
import { lower, type Lowered } from '../../../src/runtime/fused/lower'
import { mergeProducts } from '../../../src/runtime/fused/merge'
import { clipVision, type VisionOptions } from '../../support/clip-generator'
import { fromTensor } from '../../support/float64/array'
import { evaluate } from '../../support/fused-evaluator'
import { relativeDistance } from '../../support/gradient-check'
import { normals } from '../../support/random'

const TOWER: VisionOptions = { image: 16, patch: 8, width: 8, layers: 2, heads: 2, projection: 8 }
/** Parts of any size: devices want larger ones than a small tower has. */
const ANY = 1
const B = 2

function lowered(): Lowered {
  const tower = TOWER
  const { model } = trainingModel(clipVision(tower), {
    inputs: { pixel_values: [B, 3, tower.image, tower.image] },
    output: 'image_embeds',
    wrt: ['pixel_values'],
    head: crossEntropyHead({ classes: 3 }),
  })
  return lower(model)
}

const INPUTS = {
  pixel_values: Float64Array.from(normals(1, B * 3 * 16 * 16)),
  class_embeddings: Float64Array.from(normals(2, 8 * 3)),
  targets: Float64Array.of(1, 0, 0, 0, 0.5, 0.5),
  weights: Float64Array.of(0.5, 0.25),
}

function values({ program, forward, backward }: Lowered): Float64Array[] {
  const weights = new Map(
    program.values.flatMap((v) => (v.kind === 'weight' ? [[v.name, fromTensor(v.tensor).data] as const] : [])),
  )
  const all = evaluate(program, INPUTS, weights)
  return [...forward, ...backward].map(([, id]) => all(id))
}

/** What the outputs need. */
function needed({ program, forward, backward }: Lowered): Program['values'] {
  const seen = new Set<number>()
  const walk = (id: number) => {
    if (seen.has(id)) return
    seen.add(id)
    operands(program.values[id]!).forEach(walk)
  }
  ;[...forward.values(), ...backward.values()].forEach(walk)
  return [...seen].map((id) => program.values[id]!)
}

const products = (form: Lowered) => needed(form).filter(({ kind }) => kind === 'matmul').length

describe('merged products', () => {
  const before = lowered()
  const after = mergeProducts(before, ANY)

  it('compute the same', () => {
    const expected = values(before)
    values(after).forEach((found, i) => expect(relativeDistance(found, expected[i]!)).toBeLessThan(1e-12))
  })

  it('are one for queries, keys and values, forwards and backwards', () => {
    // Of the last layer only the class token asks: there, keys and values are one.
    expect(products(after)).toBe(products(before) - 2 * 2 - 2 * 1)
  })

  it('share their weights', () => {
    const stacks = needed(after).flatMap((value) => (value.kind === 'stack' ? [value.inputs] : []))
    const weights = stacks.flat().filter((id) => after.program.values[id]!.kind === 'weight')
    expect(weights.length).toBeGreaterThan(0)
    expect(new Set(weights).size).toBe(weights.length)
  })

  it('are left alone where parts could not be bound', () => {
    expect(products(mergeProducts(before, 3))).toBe(products(before))
  })
})
