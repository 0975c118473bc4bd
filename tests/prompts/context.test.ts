/** Where a learned context stands in a sentence, and its gradient. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import { loadClip, type Clip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { composeContext, createContextBase, disposeContextBase, pullBackContext } from '../../src/prompts/context'
import { layContext } from '../../src/prompts/context-layout'
import { createNodeEngine } from '../../src/runtime/node'
import type { Engine } from '../../src/runtime/engine'
import { tf } from '../../src/runtime/tfjs'

let engine: Engine
let stamp: Clip
beforeAll(async () => {
  engine = await createNodeEngine()
  stamp = await loadClip(modelFolder('public/models/stamp'))
})
afterAll(() => engine.dispose())

/** Sentences with X for places; the name's tokens as a word. */
function drawn(position: 'end' | 'middle' | 'front', names: readonly string[], places: number) {
  const layout = layContext(stamp.tokenizer, names, places, position)
  return names.map((_, c) => {
    const at = Array.from(layout.at.subarray(c * places, (c + 1) * places))
    return Array.from({ length: layout.tokens }, (_, t) => {
      if (layout.attentionMask[c * layout.tokens + t] === 0n) return '_'
      return at.includes(t) ? 'X' : Number(layout.ids[c * layout.tokens + t])
    })
  })
}

describe('the places of a context', () => {
  const ids = (text: string) => stamp.tokenizer.encode(text).slice(1, -1)
  const [S, E] = [1560, 1561]

  it('stand before, around and behind the name', () => {
    const names = ['red_circle', 'seven']
    const [circle, seven, dot] = [ids('red circle'), ids('seven'), ids('.')]
    const pad = (row: (number | string)[]) => [...row, ...new Array<string>(circle.length - seven.length).fill('_')]
    expect(drawn('end', names, 3)).toEqual([
      [S, 'X', 'X', 'X', ...circle, ...dot, E],
      pad([S, 'X', 'X', 'X', ...seven, ...dot, E]),
    ])
    expect(drawn('middle', names, 3)).toEqual([
      [S, 'X', ...circle, 'X', 'X', ...dot, E],
      pad([S, 'X', ...seven, 'X', 'X', ...dot, E]),
    ])
    expect(drawn('front', names, 3)).toEqual([
      [S, ...circle, 'X', 'X', 'X', ...dot, E],
      pad([S, ...seven, 'X', 'X', 'X', ...dot, E]),
    ])
  })

  it('do not push a class out of what the model reads', () => {
    expect(() => layContext(stamp.tokenizer, ['seven'], 40, 'end')).toThrow(UserError)
    expect(layContext(stamp.tokenizer, ['seven'], 16, 'end').tokens).toBe(18 + ids('seven.').length)
  })
})

describe('a context', () => {
  const names = ['red circle', 'seven']
  it.each([2, 3])('of rank %i takes the places and no other, and gets their gradient', async (rank) => {
    const [W, M] = [4, 3]
    const layout = layContext(stamp.tokenizer, names, M, 'middle')
    const L = layout.tokens
    const rows = Float32Array.from({ length: 2 * L * W }, (_, i) => i + 1)
    const base = createContextBase(layout, rows)
    const values = Float32Array.from({ length: (rank === 3 ? 2 : 1) * M * W }, (_, i) => -i - 1)
    const context = (rank === 3 ? tf.tensor3d(values, [2, M, W]) : tf.tensor2d(values, [M, W])) as tf.Tensor2D
    const composed = composeContext(base, context)
    const dE = Float32Array.from({ length: 2 * L * W }, (_, i) => Math.sin(i))
    const given = tf.tensor3d(dE, [2, L, W])
    const gradient = pullBackContext(base, context, given)
    const [found, dContext] = [await composed.data(), await gradient.data()]

    const expected = rows.slice()
    const dExpected = new Float32Array(values.length)
    for (let c = 0; c < 2; c++) {
      for (let m = 0; m < M; m++) {
        for (let w = 0; w < W; w++) {
          const to = (c * L + layout.at[c * M + m]!) * W + w
          const from = ((rank === 3 ? c * M : 0) + m) * W + w
          expected[to] = values[from]!
          dExpected[from]! += dE[to]!
        }
      }
    }
    expect(Array.from(found)).toEqual(Array.from(expected))
    dExpected.forEach((value, i) => expect(dContext[i]).toBeCloseTo(value, 5))
    tf.dispose([context, composed, given, gradient])
    disposeContextBase(base)
  })
})
