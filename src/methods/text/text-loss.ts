/**
 * Losses of text features against fixed image features, and their gradient with respect to the text features, by tfjs.
 *
 *   Z = scale · v u^T        v unit-norm image features [B,D], u = t / |t| of text features t [C,D]
 *   cross-entropy            sum_b w_b ( logsumexp_c Z_bc - Z_b,label(b) )
 *   marginal entropy         -sum_c p_c ln p_c,  p = mean over the kept views of softmax(Z_b)      (Shu et al. 2022, eq. 4)
 */
import { tf } from '../../runtime/tfjs'

export interface TextLoss {
  /** A scalar. */
  readonly loss: tf.Tensor
  /** Gradient of the text features, [C,D]. */
  readonly dText: tf.Tensor2D
}

/** Added to squared norms, as the loss heads do (gradient/heads.ts). */
const SMALLEST_SQUARED_NORM = 1e-24

export function unitRows(x: tf.Tensor2D): tf.Tensor2D {
  return tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x), 1, true), SMALLEST_SQUARED_NORM)))
}

/** Logits [B,C]. @param images [B,D], of any norm @param text [C,D], of any norm */
export function textLogits(images: tf.Tensor2D, text: tf.Tensor2D, scale: number): tf.Tensor2D {
  return tf.mul(tf.matMul(unitRows(images), unitRows(text), false, true), scale)
}

/** The same where each picture has texts of its own. @param text [B*C,D], picture by picture */
export function ownTextLogits(images: tf.Tensor2D, text: tf.Tensor2D, scale: number): tf.Tensor2D {
  const [B, D] = images.shape
  const texts = tf.reshape(unitRows(text), [B, text.shape[0] / B, D])
  return tf.mul(tf.sum(tf.mul(texts, tf.reshape(unitRows(images), [B, 1, D])), 2), scale)
}

/**
 * The caller disposes what comes back.
 * @param images [B,D] @param targets [B,C], one-hot or soft @param weights [B]
 */
export function crossEntropyOfText(
  text: tf.Tensor2D,
  images: tf.Tensor2D,
  scale: number,
  targets: tf.Tensor2D,
  weights: tf.Tensor1D,
): TextLoss {
  return lossAndGradient(text, (t) => {
    const rows = tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(textLogits(images, t, scale))), 1))
    return tf.sum(tf.mul(rows, weights))
  })
}

/** The caller disposes what comes back. @param images [kept,D]: the kept views alone */
export function marginalEntropyOfText(text: tf.Tensor2D, images: tf.Tensor2D, scale: number): TextLoss {
  return lossAndGradient(text, (t) => {
    const logP = tf.logSoftmax(textLogits(images, t, scale))
    const mean = tf.sub(tf.logSumExp(logP, 0), Math.log(images.shape[0]))
    return tf.neg(tf.sum(tf.mul(tf.exp(mean), mean)))
  })
}

function lossAndGradient(text: tf.Tensor2D, loss: (text: tf.Tensor2D) => tf.Tensor): TextLoss {
  return tf.tidy(() => {
    const { value, grads } = tf.valueAndGrads((t) => tf.reshape(loss(t as tf.Tensor2D), []))([text])
    return { loss: value, dText: grads[0] as tf.Tensor2D }
  })
}
