/** The yardstick: tfjs executes the same encoder, loss and gradient under its own tape, on the current backend. */
import type { OnnxModel } from '../../src/onnx/model'
import { specialise } from '../../src/onnx/specialise'
import { tf } from '../../src/runtime/tfjs'
import { tfjsEncoder } from '../../tests/support/tfjs-executor'
import { seededFeeds, type CaseOptions } from '../../tests/support/training-case'
import type { OpenContender } from './engine-contender'

const OUTPUT = 'image_embeds'

export async function tfjsContender(model: OnnxModel, options: CaseOptions): Promise<OpenContender> {
  const { batch, imageSize } = options
  const encoder = tfjsEncoder(specialise(model, { pixel_values: [batch, 3, imageSize, imageSize] }, [OUTPUT]), OUTPUT)
  const { pixel_values, class_embeddings, targets, weights } = seededFeeds(options)

  /** crossEntropyHead's loss: sum_b weights_b CE(softmax(normalised(x) T), targets). */
  const loss = (x: tf.Tensor): tf.Scalar => {
    const unit = tf.div(x, tf.norm(x, 'euclidean', 1, true))
    const logits = tf.matMul(unit as tf.Tensor2D, class_embeddings as tf.Tensor2D)
    const rows = tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1))
    return tf.sum(tf.mul(rows, weights))
  }
  const read = (tensor: tf.Tensor) => tensor.data().finally(() => tensor.dispose())
  return {
    async forward() {
      await read(tf.tidy(() => loss(encoder.forward({ pixel_values }))))
    },
    async step() {
      const { value, gradient } = encoder.gradient({ pixel_values }, 'pixel_values', loss)
      await Promise.all([read(value), read(gradient)])
    },
    async close() {
      tf.dispose([pixel_values, class_embeddings, targets, weights])
      encoder.dispose()
    },
  }
}
