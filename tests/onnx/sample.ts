/** A small model with a bit of everything that files hold: for tests of the reader and writer. */
import { float, ints } from '../../src/onnx/model'
import type { DType, OnnxModel } from '../../src/onnx/model'
import { makeTensor } from '../../src/onnx/tensor'
import { PlainModel } from '../support/plain-model'
import { normals } from '../support/random'

export const DTYPE_VALUES: Readonly<Record<DType, readonly number[]>> = {
  float32: [0.5, -1.25, 3, 0],
  float64: [0.1, -1e300, 3, 0],
  float16: [0.5, -65504, 2 ** -24, 0],
  int64: [-(2 ** 53) + 1, 2 ** 53 - 1, 0, 7],
  int32: [-(2 ** 31), 2 ** 31 - 1, 0, 7],
  int8: [-128, 127, 0, 7],
  uint8: [0, 255, 1, 7],
  bool: [0, 1, 1, 0],
}

/** Linear layer, branch, and one initializer of every element type; the matrix is large enough to lie outside. */
export function sampleModel(): OnnxModel {
  const m = new PlainModel(17)
  m.input('x', ['batch', 16])
  m.weight('W', [16, 20], normals(1, 320))
  for (const [dtype, values] of Object.entries(DTYPE_VALUES)) m.weight(`of_${dtype}`, [2, 2], values, dtype as DType)
  const h = m.node('MatMul', ['x', 'W'])
  const shaped = m.node('Reshape', [h, m.ints([0, 4, -1])])
  const scaled = m.node('LayerNormalization', [shaped, m.weight('gamma', [5], normals(2, 5))], {
    epsilon: float(2 ** -10),
  })
  const condition = m.constant(makeTensor('bool', [], [1]))
  const branch = (op: string, name: string) => ({
    type: 'graph' as const,
    value: {
      name,
      nodes: [{ op, domain: '', name, inputs: [scaled], outputs: [`${name}_out`], attributes: {} }],
      initializers: new Map(),
      inputs: [],
      outputs: [{ name: `${name}_out`, dtype: 'float32' as const, dims: ['a', 4, 5] }],
    },
  })
  const chosen = m.node('If', [condition], { then_branch: branch('Exp', 'then'), else_branch: branch('Neg', 'else') })
  const kinds = {
    strings: { type: 'strings', value: ['a', 'é'] },
    floats: { type: 'floats', value: [0.5, 2] },
  } as const
  m.node('Transpose', [chosen], { perm: ints([0, 2, 1]), note: 'grüße', ...kinds }, { outputs: ['y'] })
  return m.model(['y'])
}
