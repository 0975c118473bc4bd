/**
 * Towers that other programs exported and converted, against what PyTorch computed of them in float64: the embedding and
 * the gradient of sum(embedding * seed). The fixtures are written by tools/reference/dialects.py; no Python is needed here.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { seedHead } from '../../src/gradient/heads'
import { buildTrainingGraph, trainingModel } from '../../src/gradient/training'
import { decodeModel } from '../../src/onnx/read'
import type { Array64 } from '../support/float64-executor'
import { array64, execute } from '../support/float64-executor'
import { dot, norm, relativeDistance } from '../support/gradient-check'
import { refusal } from '../support/refusal'
import { runBytesOnOrt } from '../support/ort'

interface Packed {
  readonly dims: number[]
  /** base64 of little-endian float32 */
  readonly float32: string
}
type Values = Readonly<Record<'pixel_values' | 'image_embeds' | 'gradient', Packed>>
type Fixture = { readonly seed: Packed } & Readonly<Record<'hf' | 'hf_interpolated' | 'openclip', Values>>

const folder = new URL('../fixtures/dialects/', import.meta.url)
const fixture = JSON.parse(readFileSync(new URL('values.json', folder), 'utf8')) as Fixture
const model = (name: string) => decodeModel(new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder))))

function unpack({ dims, float32 }: Packed): Array64 {
  const bytes = Uint8Array.from(Buffer.from(float32, 'base64'))
  return array64(dims, new Float32Array(bytes.buffer))
}

const optionsFor = (values: Values) => ({
  inputs: { pixel_values: values.pixel_values.dims },
  output: 'image_embeds',
  head: seedHead(),
  wrt: ['pixel_values'],
})

/** File, whose weights, and how near its gradient is to PyTorch's: rounding to half or 8 bits is part of the model. */
const FILES: [string, keyof Omit<Fixture, 'seed'>, number][] = [
  ['hf_eager_11', 'hf', 1e-5],
  ['hf_sdpa_14', 'hf', 1e-5],
  ['hf_interpolated_18', 'hf_interpolated', 1e-5],
  ['hf_dynamo_18', 'hf', 1e-5],
  ['hf_fused_11', 'hf', 1e-5],
  ['openclip_17', 'openclip', 1e-5],
  ['openclip_dynamo_20', 'openclip', 1e-5],
  ['hf_half_14', 'hf', 1e-2],
  ['hf_converted_half_11', 'hf', 1e-2],
  ['hf_int8_14', 'hf', 5e-2],
  ['openclip_uint8_17', 'openclip', 5e-2],
]

describe.each(FILES)('%s', (name, of, tolerance) => {
  it('has the embedding and gradient of PyTorch, in float64 and on ONNX Runtime', async () => {
    const values = fixture[of]
    const tower = model(name)
    const seed = unpack(fixture.seed)
    const feeds = { pixel_values: unpack(values.pixel_values), seed, do_backward: array64([], [1], 'bool') }
    const [embedding, gradient] = [unpack(values.image_embeds), unpack(values.gradient)]
    const expected = dot(embedding.data, seed.data)
    const built = buildTrainingGraph(tower, optionsFor(values))
    for (const found of [
      execute(trainingModel(tower, optionsFor(values)).model, feeds, 'as declared'),
      await runBytesOnOrt(built.model, built.externalData, feeds),
    ]) {
      expect(Math.abs(found['loss']!.data[0]! - expected)).toBeLessThan(
        tolerance * norm(embedding.data) * norm(seed.data),
      )
      expect(found['d_pixel_values']!.dtype).toBe('float32')
      expect(relativeDistance(found['d_pixel_values']!.data, gradient.data)).toBeLessThan(tolerance)
    }
  })
})

it('hf_q4_14 is refused with the operator, the reason and what to take instead', () => {
  const error = refusal(() => trainingModel(model('hf_q4_14'), optionsFor(fixture.hf)))
  expect(error.message).toMatch(
    /^The operator `com.microsoft.MatMulNBits` \(node `.*`\) keeps its weights in blocks of 4 bits/,
  )
  expect(error.remedy).toContain('float16')
})
