/** Where text towers look their tokens up, in the exports that are met, and what is said where they do not. */
import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { findTokenEmbedding, lookUpTokens } from '../../src/models/token-embedding'
import { loadClip } from '../../src/models/clip'
import { GraphBuilder } from '../../src/onnx/builder'
import { int } from '../../src/onnx/model'
import { decodeModel } from '../../src/onnx/read'
import { createNodeEngine } from '../../src/runtime/node'
import { UserError } from '../../src/errors'
import { clipText, TOKEN_EMBEDDINGS } from '../support/clip-generator'
import { inHalfPrecision } from '../support/half-model'
import { DIM, filesOf, tinyClip, tokenValue, VOCABULARY } from './tiny-clip'

const read = (path: string) => decodeModel(new Uint8Array(readFileSync(path)))
const SIZES = { vocabulary: 20, context: 8, width: 16, layers: 1, heads: 2, projection: 6 }

describe('the token embeddings of a text tower', () => {
  it('are found in exports of PyTorch and of transformers, in half precision too', () => {
    expect(findTokenEmbedding(read('public/models/stamp/onnx/text_model.onnx'))).toEqual({
      value: '/token_embedding/Gather_output_0',
      width: 128,
    })
    const generated = clipText(SIZES)
    expect(findTokenEmbedding(generated)).toEqual({ value: TOKEN_EMBEDDINGS, width: 16 })
    expect(findTokenEmbedding(inHalfPrecision(generated)).width).toBe(16)
    expect(findTokenEmbedding(read('tests/fixtures/heart/text_model.onnx')).width).toBeGreaterThan(1)
  })

  it('are refused where tokens are looked up twice, or nowhere', () => {
    const tower = (tables: number) => {
      const b = new GraphBuilder()
      const ids = b.input('input_ids', 'int64', [2, 3])
      const table = b.constant('float32', [5, 4], Array.from({ length: 20 }, Math.cos))
      const found = Array.from({ length: tables }, () => b.op('Gather', [table, ids], { axis: int(0) }))
      const all = found.reduce(
        (sum, one) => b.add(sum, one),
        b.cast(b.op('Unsqueeze', [ids, b.indices([2])]), 'float32'),
      )
      return b.toModel([all])
    }
    expect(findTokenEmbedding(tower(1)).width).toBe(4)
    for (const tables of [0, 2]) {
      expect(() => findTokenEmbedding(tower(tables))).toThrow(UserError)
      expect(() => findTokenEmbedding(tower(tables))).toThrow(`${tables} of its nodes look tokens up`)
    }
  })

  it('are rows of the table, in the order asked for', async () => {
    const engine = await createNodeEngine()
    const clip = await loadClip(filesOf({ ...tinyClip(2, 7) }))
    const ids = Array.from({ length: 5000 }, (_, i) => (7 * i) % VOCABULARY)
    const found = await lookUpTokens(engine, clip, ids)
    const expected = ids.flatMap((id) => Array.from({ length: DIM }, (_, d) => Math.fround(tokenValue(id, d))))
    expect(Array.from(found)).toEqual(expected)
    expect(engine.ledger().sessions).toBe(0)
  })
})
