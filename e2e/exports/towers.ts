/** Toy towers in the precisions and dialects that hubs serve, with their training graphs and feeds: for page and test alike. */
import { seedHead } from '../../src/gradient/heads'
import { trainingModel } from '../../src/gradient/training'
import type { OnnxModel } from '../../src/onnx/model'
import { DYNAMO, TORCHSCRIPT, imageSide, visionDialect } from '../../tests/support/export-dialects'
import { inHalfPrecision } from '../../tests/support/half-model'
import { quantised } from '../../tests/support/quantised-model'
import { normals } from '../../tests/support/random'

const plain = visionDialect(TORCHSCRIPT)

export const TOWERS: Readonly<Record<string, OnnxModel>> = {
  'opset 11': visionDialect({ ...TORCHSCRIPT, opset: 11, attention: 'bmm' }),
  'packed projections': visionDialect({ ...TORCHSCRIPT, attention: 'mha' }),
  'dynamo, opset 20, Gelu': visionDialect({ ...DYNAMO, opset: 20, activation: 'gelu', gelu: 'operator' }),
  'int8 per channel': quantised(plain, { type: 'int8', perChannel: true }),
  'uint8 per tensor': quantised(plain, { type: 'uint8', perChannel: false }),
  'float16, opset 14': inHalfPrecision(plain, { ends: 'float16' }),
  'float16, dynamo': inHalfPrecision(visionDialect(DYNAMO), { unordered: true }),
}

const S = imageSide(TORCHSCRIPT)
const BATCH = 2
const EMBEDDING = 4

export const DIMS = { pixel_values: [BATCH, 3, S, S], seed: [BATCH, EMBEDDING] } as const
export const VALUES = {
  pixel_values: normals(5, BATCH * 3 * S * S).map(Math.fround),
  seed: normals(6, BATCH * EMBEDDING).map(Math.fround),
}

export function training(name: string): OnnxModel {
  const inputs = { pixel_values: DIMS.pixel_values }
  return trainingModel(TOWERS[name]!, { inputs, output: 'image_embeds', head: seedHead(), wrt: ['pixel_values'] }).model
}
