/**
 * Pictures and prompts in whole steps of 1/255, so that what the encoder is given is what an 8-bit file would hold.
 *
 *   level of a pixel   round(255 p)                                p in [0, 1]
 *   level of a prompt  round(255 d) within its limits              -128 to 127 where it is added, 0 to 255 on black
 *   prompted           normalised value of clip(pixel + prompt, 0, 255), from the table that pictures are read by
 *
 * Backwards: rounding and the limits of the prompt let the gradient through as it is (straight-through, Bengio et al. 2013);
 * where the sum is cut to 0 or 255 there is none.
 */
import { tf } from '../runtime/tfjs'
import type { Normalisation } from './design'

export type Limits = readonly [least: number, most: number]

/** What is added to a picture fits one byte with 128 as zero; a frame's pixels are a byte each. */
export const ADDED: Limits = [-128, 127]
export const ON_BLACK: Limits = [0, 255]

/** Whole steps of a prompt in [0, 1] units, as float32. */
export const promptLevels = (prompt: tf.Tensor4D, [least, most]: Limits): tf.Tensor4D =>
  tf.clipByValue(tf.round(tf.mul(prompt, 255)), least, most)

/** float32 [768]: normalised value of each level, channel by channel; the very numbers that batches are made of. */
function valuesOfLevels({ mean, std }: Normalisation): Float32Array {
  return Float32Array.from({ length: 3 * 256 }, (_, i) => {
    const c = Math.floor(i / 256)
    return ((i % 256) / 255 - mean[c]!) / std[c]!
  })
}

/**
 * Normalised pictures [B,3,S,S] of pictures and what is added to them, both in [0, 1] units.
 * @param picture [B,3,S,S] @param prompt [1,3,S,S] or [B,3,S,S]
 */
export function composeLevels(
  picture: tf.Tensor4D,
  prompt: tf.Tensor4D,
  limits: Limits,
  normalisation: Normalisation,
): tf.Tensor4D {
  const steps = tf.customGrad((...inputs) => {
    const [p, d, save] = inputs as unknown as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc]
    const sum = tf.add(tf.round(tf.mul(p, 255)), promptLevels(d, limits))
    const level = tf.clipByValue(sum, 0, 255)
    const at = tf.cast(tf.add(level, tf.tensor4d([0, 256, 512], [1, 3, 1, 1])), 'int32')
    const value = tf.gather(tf.tensor1d(valuesOfLevels(normalisation)), at)
    save([tf.cast(tf.equal(sum, level), 'float32')])
    const rows = d.shape[0]
    const gradFunc = (dValue: tf.Tensor, [inside]: tf.Tensor[]) => {
      const each = tf.div(tf.mul(dValue, inside!), tf.tensor4d([...normalisation.std], [1, 3, 1, 1]))
      return [each, rows === 1 ? tf.sum(each, 0, true) : each]
    }
    return { value, gradFunc }
  })
  const composed: tf.Tensor = steps(picture, prompt)
  return composed as tf.Tensor4D
}
