/**
 * How near half precision comes: the pixel gradient of a synthetic tower whose every node is rounded to float16, against the
 * same tower in float64, over scales of the backward. Prints the table of docs/decisions/half-precision.md:
 *
 *     node scripts/run-ts.mjs tools/numbers/half-precision.ts
 */
import { readFileSync } from 'node:fs'
import { crossEntropyHead } from '../../src/gradient/heads'
import { trainingModel } from '../../src/gradient/training'
import type { OnnxModel } from '../../src/onnx/model'
import { decodeModel } from '../../src/onnx/read'
import type { TowerOptions } from '../../tests/support/clip-generator'
import { clipVision } from '../../tests/support/clip-generator'
import type { Array64, Precision } from '../../tests/support/float64-executor'
import { array64, execute } from '../../tests/support/float64-executor'
import { dot, norm, relativeDistance } from '../../tests/support/gradient-check'
import { inHalfPrecision } from '../../tests/support/half-model'
import { normals } from '../../tests/support/random'

const [B, C, E, S] = [2, 5, 16, 32]
const SCALES = [-20, -16, -12, -8, -4, 0, 6, 10, 14, 16]

/** The embedded model, one picture of noise. */
const STAMP = { file: 'public/models/stamp/onnx/vision_model.onnx', side: 64, width: 128 }

const feeds = {
  pixel_values: array64([B, 3, S, S], normals(1, B * 3 * S * S).map(Math.fround)),
  // Columns of norm 100, as a trained CLIP's logit scale makes them.
  class_embeddings: array64([E, C], normals(2, E * C, 100 / Math.sqrt(E)).map(Math.fround)),
  targets: array64([B, C], [1, 0, 0, 0, 0, 0, 1, 0, 0, 0]),
  weights: array64([B], [0.5, 0.5]),
  do_backward: array64([], [1], 'bool'),
}

function gradient(model: OnnxModel, precision: Precision, lossScale?: number): Array64 {
  const training = trainingModel(model, {
    inputs: { pixel_values: [B, 3, S, S] },
    output: 'image_embeds',
    wrt: ['pixel_values'],
    head: crossEntropyHead({ classes: C }),
    ...(lossScale === undefined ? {} : { lossScale }),
  })
  return execute(training.model, feeds, precision)['d_pixel_values']!
}

const cosine = (a: Array64, b: Array64) => dot(a.data, b.data) / (norm(a.data) * norm(b.data))
const activations = ['quick_gelu', 'gelu', 'gelu_tanh'] as const satisfies TowerOptions['activation'][]
const towers = activations.map((activation) => {
  const model = clipVision({ image: S, patch: 8, width: 48, layers: 4, heads: 4, projection: E, activation })
  return { half: inHalfPrecision(model), expected: gradient(model, 'float64') }
})
const row = (title: string, cells: string[]) => console.log(`| ${title} | ${cells.join(' | ')} |`)

row('loss_scale', [...activations])
row('---', activations.map(() => '---')) // prettier-ignore
row(
  'weights rounded, nothing else',
  towers.map((t) => relativeDistance(gradient(t.half, 'float64').data, t.expected.data).toExponential(1)),
)
for (const exponent of SCALES) {
  const cells = towers.map((t) => {
    const found = gradient(t.half, 'as declared', 2 ** exponent)
    if (!found.data.every(Number.isFinite)) return 'not finite'
    return `${relativeDistance(found.data, t.expected.data).toExponential(1)} (${cosine(found, t.expected).toFixed(6)})`
  })
  row(`2^${exponent}`, cells)
}

const stamp = decodeModel(new Uint8Array(readFileSync(STAMP.file)))
const stampHalf = inHalfPrecision(stamp)
const onStamp = (model: OnnxModel, precision: Precision) => {
  const { side, width } = STAMP
  const training = trainingModel(model, {
    inputs: { pixel_values: [1, 3, side, side] },
    output: 'image_embeds',
    wrt: ['pixel_values'],
    head: crossEntropyHead({ classes: C }),
  })
  const given = {
    pixel_values: array64([1, 3, side, side], normals(1, 3 * side * side).map(Math.fround)),
    class_embeddings: array64([width, C], normals(2, width * C, 100 / Math.sqrt(width)).map(Math.fround)),
    targets: array64([1, C], [1, 0, 0, 0, 0]),
    weights: array64([1], [1]),
    do_backward: feeds.do_backward,
  }
  return execute(training.model, given, precision)['d_pixel_values']!
}
const [inFloat, weightsRounded, allRounded] = [
  onStamp(stamp, 'float64'),
  onStamp(stampHalf, 'float64'),
  onStamp(stampHalf, 'as declared'),
]
const against = (g: Array64) =>
  `${relativeDistance(g.data, inFloat.data).toExponential(1)} (${cosine(g, inFloat).toFixed(4)})`
console.log(`Stamp: weights rounded ${against(weightsRounded)}, every node rounded ${against(allRounded)}`)
