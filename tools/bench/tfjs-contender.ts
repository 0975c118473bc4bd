/** The yardstick: tfjs executes the same encoder, loss and gradient under its own tape, on the current backend. */
import { DELTA } from '../../src/methods/entry'
import type { OnnxModel } from '../../src/onnx/model'
import { specialise } from '../../src/onnx/specialise'
import { tf } from '../../src/runtime/tfjs'
import { tfjsEncoder } from '../../tests/support/tfjs-executor'
import { seededFeeds, type CaseOptions } from '../../tests/support/training-case'
import type { Comparable } from './engine-contender'

const OUTPUT = 'image_embeds'

export async function tfjsContender(model: OnnxModel, options: CaseOptions): Promise<Comparable> {
  const { batch, imageSize } = options
  const encoder = tfjsEncoder(specialise(model, { pixel_values: [batch, 3, imageSize, imageSize] }, [OUTPUT]), OUTPUT)
  const feeds = seededFeeds({ ...options, entry: 'delta' })
  const { pixel_values, class_embeddings, targets, weights } = feeds
  const delta = feeds[DELTA]!

  /** crossEntropyHead's loss: sum_b weights_b CE(softmax(normalised(x) T), targets). */
  const loss = (x: tf.Tensor): tf.Scalar => {
    const unit = tf.div(x, tf.norm(x, 'euclidean', 1, true))
    const logits = tf.matMul(unit as tf.Tensor2D, class_embeddings as tf.Tensor2D)
    const rows = tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1))
    return tf.sum(tf.mul(rows, weights))
  }
  /** Of what is added to every picture. */
  const lossOf = (delta: tf.Tensor) => loss(encoder.forward({ pixel_values: tf.add(pixel_values, delta) }))
  const stepOf = tf.valueAndGrad(lossOf)
  const read = (tensor: tf.Tensor) => tensor.data().finally(() => tensor.dispose())
  return {
    async forward() {
      await read(tf.tidy(() => lossOf(delta)))
    },
    async step() {
      const { value, grad } = stepOf(delta)
      await Promise.all([read(value), read(grad)])
    },
    async values() {
      const { value, grad } = stepOf(delta)
      const [[mean], gradient] = await Promise.all([read(value), read(grad)])
      return { loss: mean!, gradient: Float32Array.from(gradient) }
    },
    async close() {
      tf.dispose(feeds)
      encoder.dispose()
    },
  }
}
