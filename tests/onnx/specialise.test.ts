/** Specialisation at fixed shapes: what it removes, and the sentences it refuses with. */
import { describe, expect, it } from 'vitest'
import { seedHead } from '../../src/gradient/heads'
import { trainingModel } from '../../src/gradient/training'
import { decodeModel } from '../../src/onnx/read'
import { specialise } from '../../src/onnx/specialise'
import { encodeModel } from '../../src/onnx/write'
import { clipText, clipVision } from '../support/clip-generator'
import { array64, executeAll } from '../support/float64-executor'
import { PlainModel } from '../support/plain-model'
import { normals } from '../support/random'
import { refusal } from '../support/refusal'

const SHAPE_ARITHMETIC = new Set(['Shape', 'Range', 'ConstantOfShape', 'Equal', 'Where', 'Less', 'Constant', 'Squeeze'])

describe('specialising', () => {
  const vision = { image: 16, patch: 8, width: 8, layers: 2, heads: 2, projection: 4 }

  it('leaves no shape arithmetic in a vision tower, and what it leaves computes the same', () => {
    const model = decodeModel(encodeModel(clipVision(vision), { weights: 'inline' }))
    const graph = specialise(model, { pixel_values: [2, 3, 16, 16] }, ['image_embeds'])
    expect(graph.nodes.filter((n) => SHAPE_ARITHMETIC.has(n.op)).map((n) => n.op)).toEqual([])
    // Per layer: 2 norms of 9, 4 projections of 2, scale, 3 x (Reshape, Transpose), 3 Reshape, Transpose, 2 MatMul,
    // Softmax, Reshape, Transpose, Reshape, 2 residuals, 2 dense of 2, 3 of QuickGELU.
    const perLayer = 18 + 8 + 1 + 6 + 3 + 1 + 2 + 1 + 3 + 2 + 4 + 3
    // Conv, Reshape, Transpose, Expand, Concat, Gather, Add, norm; pooling Gather, norm, projection.
    const around = 7 + 9 + 1 + 9 + 1
    expect(graph.nodes.length).toBe(2 * perLayer + around)
    expect(model.graph.nodes.length).toBeGreaterThan(2 * graph.nodes.length)

    const feeds = { pixel_values: array64([2, 3, 16, 16], normals(3, 2 * 3 * 256).map(Math.fround)) }
    const small = {
      ...model,
      opset: graph.opset,
      graph: {
        ...model.graph,
        nodes: graph.nodes,
        initializers: trainingInitializers(graph.initializers, graph.constants),
      },
    }
    expect(executeAll(small, feeds).get('image_embeds')).toEqual(executeAll(model, feeds).get('image_embeds'))
  })

  it('folds a causal mask and positions, and keeps what token ids decide', () => {
    const text = clipText({ vocabulary: 20, context: 8, width: 8, layers: 1, heads: 2, projection: 4 })
    const graph = specialise(text, { input_ids: [3, 6] }, ['text_embeds'])
    const integers = graph.nodes.filter((n) => graph.types.get(n.outputs[0]!)!.dtype === 'int64').map((n) => n.op)
    expect(integers.sort()).toEqual(['ArgMax', 'Concat', 'Reshape', 'Unsqueeze'])
    expect(graph.nodes.some((n) => n.op === 'Less' || n.op === 'Range')).toBe(false)
  })

  it('cuts the graph at a value that is named as an input', () => {
    const text = clipText({ vocabulary: 20, context: 8, width: 8, layers: 1, heads: 2, projection: 4 })
    const inputs = { input_ids: [3, 6], '/text_model/embeddings/token_embedding/Gather_output_0': [3, 6, 8] }
    const graph = specialise(text, inputs, ['text_embeds'])
    expect(graph.inputs.map((i) => [i.name, i.dtype])).toEqual([
      ['input_ids', 'int64'],
      ['/text_model/embeddings/token_embedding/Gather_output_0', 'float32'],
    ])
    expect(graph.nodes.some((n) => n.inputs.includes('text_model.embeddings.token_embedding.weight'))).toBe(false)
  })

  it('gives a weight that is named as an input its own element type', () => {
    const m = new PlainModel()
    m.input('x', [2, 2])
    m.weight('first', [1], [1], 'float16')
    m.weight('W', [2, 2], [1, 2, 3, 4])
    m.node('MatMul', ['x', 'W'], {}, { outputs: ['y'] })
    const graph = specialise(m.model(['y']), { x: [2, 2], W: [2, 2] }, ['y'])
    expect(graph.inputs.map((i) => i.dtype)).toEqual(['float32', 'float32'])
  })
})

function trainingInitializers(
  stored: ReturnType<typeof specialise>['initializers'],
  constants: ReturnType<typeof specialise>['constants'],
) {
  const made = new PlainModel()
  for (const [name, c] of constants) made.weight(name, c.dims, c.values, c.dtype)
  return new Map([...made.model([]).graph.initializers, ...stored])
}

describe('what cannot be used is refused in one sentence', () => {
  const unary = (op: string, opset = 17, domain = '') => {
    const m = new PlainModel(opset)
    m.input('x', [2, 3])
    m.node(op, ['x'], {}, { outputs: ['/layers.3/out_output_0'], domain })
    return m.model(['/layers.3/out_output_0'])
  }
  const output = '/layers.3/out_output_0'

  it('an operator that nobody knows', () => {
    const error = refusal(() => specialise(unary('Foo'), { x: [2, 3] }, [output]))
    expect(error.message).toBe(
      'The model uses the operator `Foo` (node `/layers.3/out`), which Passepartout does not know.',
    )
    expect(refusal(() => specialise(unary('Bar', 17, 'my.domain'), { x: [2, 3] }, [output])).message).toContain(
      '`my.domain.Bar`',
    )
  })

  it('an operator without a gradient', () => {
    const options = { inputs: { x: [2, 3] }, output, head: seedHead(), wrt: ['x'] }
    const error = refusal(() => trainingModel(unary('Floor'), options))
    expect(error.message).toBe('Passepartout cannot differentiate `Floor` (node `/layers.3/out`).')
  })

  it('an input whose gradient a rule does not have', () => {
    const m = new PlainModel()
    m.input('x', [2, 3])
    const least = m.node('ReduceMin', ['x'], { keepdims: 0 })
    m.node('Clip', ['x', least], {}, { outputs: ['y'] })
    const options = { inputs: { x: [2, 3] }, output: 'y', head: seedHead(), wrt: ['x'] }
    expect(refusal(() => trainingModel(m.model(['y']), options)).message).toContain('`Clip` (node `y`): its input 1')
  })

  it('an operator set that is too old', () => {
    const error = refusal(() => specialise(unary('Relu', 10), { x: [2, 3] }, [output]))
    expect(error.message).toBe('This model uses ONNX operator set 10; Passepartout reads 11 and later.')
    expect(specialise(unary('Relu', 11), { x: [2, 3] }, [output]).opset).toBe(17)
  })

  it('an input or output that is not there, or not given', () => {
    expect(refusal(() => specialise(unary('Relu'), { pixels: [2, 3] }, [output])).message).toBe(
      'The model has no input `pixels`; it has `x`.',
    )
    expect(refusal(() => specialise(unary('Relu'), { x: [2, 3] }, ['z'])).message).toBe(
      `The model has no output \`z\`; it has \`${output}\`.`,
    )
    expect(refusal(() => specialise(unary('Relu'), {}, [output])).message).toContain('needs an input `x`')
  })
})
