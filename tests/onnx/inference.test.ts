/** Text towers in half precision, made ready for the runtime: float32 ends, sound normalisations, the same embedding. */
import { describe, expect, it } from 'vitest'
import { inferenceModel } from '../../src/onnx/inference'
import { decodeModel } from '../../src/onnx/read'
import { encodeModel } from '../../src/onnx/write'
import { clipText } from '../support/clip-generator'
import { array64, execute } from '../support/float64-executor'
import { relativeDistance } from '../support/gradient-check'
import { inHalfPrecision } from '../support/half-model'
import { runBytesOnOrt } from '../support/ort'

const options = { vocabulary: 20, context: 8, width: 16, layers: 2, heads: 2, projection: 6 }
const ids = array64([3, 6], [1, 5, 7, 19, 0, 0, 1, 4, 19, 0, 0, 0, 1, 9, 3, 2, 19, 0], 'int64')

describe('a text tower', () => {
  it.each([11, 14, 17])('in half precision is run with float32 ends, opset %i', async (opset) => {
    const tower = clipText({ ...options, opset })
    const bytes = encodeModel(inHalfPrecision(tower, { ends: 'float16' }), { weights: 'inline' })
    const half = decodeModel(bytes)
    expect(half.graph.outputs[0]!.dtype).toBe('float16')
    const { model, externalData } = inferenceModel(half)!
    const operators = decodeModel(model, externalData).graph.nodes.map((n) => n.op)
    expect(operators.filter((op) => op === 'Pow' || op === 'Sqrt')).toEqual([])
    expect(operators.filter((op) => op === 'LayerNormalization')).toHaveLength(2 * options.layers + 1)
    const found = (await runBytesOnOrt(model, externalData, { input_ids: ids }))['text_embeds']!
    expect(found.dtype).toBe('float32')
    const expected = execute(tower, { input_ids: ids })['text_embeds']!
    expect(relativeDistance(found.data, expected.data)).toBeLessThan(1e-2)
  })

  it('keeps its weights in the file they came in', () => {
    const wide = clipText({ ...options, width: 64 })
    const bytes = encodeModel(inHalfPrecision(wide, { ends: 'float16' }), { weights: 'inline' })
    const { model, externalData } = inferenceModel(decodeModel(bytes))!
    expect(externalData.map((f) => f.data)).toEqual([bytes])
    expect(model.byteLength).toBeLessThan(bytes.byteLength / 3)
  })

  it('in float32 is run as it is', () => {
    expect(inferenceModel(clipText(options))).toBeNull()
  })
})
