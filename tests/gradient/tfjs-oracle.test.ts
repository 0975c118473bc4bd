/** Whole encoders in float32: the gradient graph on ONNX Runtime against tfjs differentiating the same graph itself. */
import '@tensorflow/tfjs-backend-cpu'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Head } from '../../src/gradient/heads'
import { crossEntropyHead, textCrossEntropyHead } from '../../src/gradient/heads'
import { trainingModel } from '../../src/gradient/training'
import type { OnnxModel } from '../../src/onnx/model'
import { specialise } from '../../src/onnx/specialise'
import { tf } from '../../src/runtime/tfjs'
import { TOKEN_EMBEDDINGS, clipText, clipVision, smallResNet } from '../support/clip-generator'
import type { Array64, Values } from '../support/float64-executor'
import { array64 } from '../support/float64-executor'
import { relativeDistance, shapesOf } from '../support/gradient-check'
import { normals, uniforms } from '../support/random'
import { runOnOrt } from '../support/ort'
import { tfjsEncoder } from '../support/tfjs-executor'

const values = (seed: number, dims: number[], scale = 1) => {
  const n = dims.reduce((p, d) => p * d, 1)
  return array64(dims, normals(seed, n, scale).map(Math.fround))
}
const toTf = (x: Array64) => tf.tensor(Array.from(x.data), [...x.dims], x.dtype === 'float32' ? 'float32' : 'int32')
const normalised = (x: tf.Tensor) => tf.div(x, tf.sqrt(tf.sum(tf.square(x), 1, true)))

/** sum_b w_b CE_b in tfjs operators. */
function crossEntropy(logits: tf.Tensor, targets: Array64, weights: Array64): tf.Scalar {
  const perRow = tf.neg(tf.sum(tf.mul(toTf(targets), tf.logSoftmax(logits)), 1))
  return tf.sum(tf.mul(perRow, toTf(weights)))
}

const [B, C, D] = [2, 4, 6]
const targets = array64([B, C], uniforms(1, B * C, 0, 1).map(Math.fround))
const weights = array64([B], [0.75, 0.5])
const ids = array64([C, 6], [1, 5, 7, 19, 0, 0, 1, 4, 19, 0, 0, 0, 1, 9, 3, 2, 19, 0, 1, 2, 2, 19, 0, 0], 'int64')
const embeddings = values(2, [D, C], 2)

interface OracleCase {
  readonly name: string
  readonly model: () => OnnxModel
  readonly output: string
  readonly inputs: Values
  readonly wrt: string
  readonly head: Head
  /** What the head takes besides targets and weights. */
  readonly extra: Values
  readonly loss: (output: tf.Tensor) => tf.Scalar
}

const CASES: OracleCase[] = [
  {
    name: 'vision tower',
    model: () => clipVision({ image: 32, patch: 8, width: 32, layers: 3, heads: 4, projection: D }),
    output: 'image_embeds',
    inputs: { pixel_values: values(3, [B, 3, 32, 32]) },
    wrt: 'pixel_values',
    head: crossEntropyHead({ classes: C }),
    extra: { class_embeddings: embeddings },
    loss: (y: tf.Tensor) => crossEntropy(tf.matMul(normalised(y), toTf(embeddings)), targets, weights),
  },
  {
    name: 'vision tower behind a convolution stem',
    model: () =>
      clipVision({
        image: 32,
        patch: 2,
        stem: [4, 8],
        width: 16,
        layers: 1,
        heads: 2,
        projection: D,
        opset: 17,
        activation: 'gelu',
      }),
    output: 'image_embeds',
    inputs: { pixel_values: values(4, [B, 3, 32, 32]) },
    wrt: 'pixel_values',
    head: crossEntropyHead({ classes: C }),
    extra: { class_embeddings: embeddings },
    loss: (y: tf.Tensor) => crossEntropy(tf.matMul(normalised(y), toTf(embeddings)), targets, weights),
  },
  {
    name: 'text tower from token embeddings',
    model: () => clipText({ vocabulary: 20, context: 8, width: 32, layers: 2, heads: 4, projection: D }),
    output: 'text_embeds',
    inputs: { input_ids: ids, [TOKEN_EMBEDDINGS]: values(5, [C, 6, 32], 0.5) },
    wrt: TOKEN_EMBEDDINGS,
    head: textCrossEntropyHead({ rows: B }),
    extra: { image_features: values(6, [B, D], 2) },
    loss: (y: tf.Tensor) =>
      crossEntropy(tf.matMul(toTf(values(6, [B, D], 2)), normalised(y), false, true), targets, weights),
  },
  {
    name: 'residual network',
    model: () => smallResNet({ image: 32, width: 8, classes: D }),
    output: 'logits',
    inputs: { pixel_values: values(7, [B, 3, 32, 32]) },
    wrt: 'pixel_values',
    head: crossEntropyHead({ classes: C, normalise: false }),
    extra: { class_embeddings: embeddings },
    loss: (y: tf.Tensor) => crossEntropy(tf.matMul(y, toTf(embeddings)), targets, weights),
  },
]

describe.each(CASES)('$name', (c) => {
  beforeAll(async () => {
    await tf.setBackend('cpu')
  })

  it('has the same loss and gradient as under the tape of tfjs', async () => {
    const model = c.model()
    const options = { inputs: shapesOf(c.inputs), output: c.output, head: c.head, wrt: [c.wrt] }
    const feeds = { ...c.inputs, ...c.extra, targets, weights, do_backward: array64([], [1], 'bool') }
    const ours = await runOnOrt(trainingModel(model, options).model, feeds)

    const before = tf.memory().numTensors
    const encoder = tfjsEncoder(specialise(model, options.inputs, [c.output]), c.output)
    const tensors = Object.fromEntries(Object.entries(c.inputs).map(([name, x]) => [name, toTf(x)]))
    const theirs = tf.tidy(() => {
      const { value, gradient } = encoder.gradient(tensors, c.wrt, c.loss)
      return { loss: value.dataSync(), gradient: gradient.dataSync() }
    })
    encoder.dispose()
    tf.dispose(tensors)

    expect(relativeDistance(ours['loss']!.data, theirs.loss)).toBeLessThan(1e-5)
    expect(relativeDistance(ours[`d_${c.wrt}`]!.data, theirs.gradient)).toBeLessThan(1e-5)
    expect(tf.memory().numTensors).toBe(before)
  })
})
