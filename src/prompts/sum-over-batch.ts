/** The gradient of what is added to every picture of a batch is the sum of theirs. */
import { tf } from '../runtime/tfjs'

/**
 * [B,3,S,S] to [1,3,S,S]. As a product with a vector of ones: several times faster than `sum` over the first axis on
 * tfjs's WASM backend (64 images of 64 pixels: 0.3 instead of 2.3 ms), where that axis has to be transposed away.
 */
export function sumOverBatch(images: tf.Tensor4D): tf.Tensor4D {
  const [batch, C, H, W] = images.shape
  if (batch === 1) return images
  const sum = tf.matMul(tf.ones([1, batch]), tf.reshape(images, [batch, C * H * W]))
  return tf.reshape(sum, [1, C, H, W])
}
