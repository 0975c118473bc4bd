/** What is linear in features, and its logits, computed on the device that the engine's learned side runs on. */
import { tf } from '../../runtime/tfjs'

export interface LinearClassifier {
  /** float32 [D,C] */
  readonly weights: Float32Array
  /** float32 [C] */
  readonly bias: Float32Array
}

/** Logits float32 [N,C] of features [N,D]. */
export async function linearLogits({ weights, bias }: LinearClassifier, values: Float32Array): Promise<Float32Array> {
  const C = bias.length
  const D = weights.length / C
  const logits = tf.tidy(() =>
    tf.add(tf.matMul(tf.tensor2d(values, [values.length / D, D]), tf.tensor2d(weights, [D, C])), tf.tensor1d(bias)),
  )
  try {
    return (await logits.data<'float32'>()).slice()
  } finally {
    logits.dispose()
  }
}
