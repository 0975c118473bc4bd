/**
 * Shrinking pictures on the device, as a product with a matrix from each side. The matrix is Pillow's bicubic with antialias
 * (Keys' cubic, a = -0.5, widened by the scale) without its rounding to 8 bits.
 */
import { tf } from '../runtime/tfjs'

function cubic(distance: number): number {
  const x = Math.abs(distance)
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0
}

/** float32 [to, from], to <= from; each row adds up to 1. */
export function shrinkMatrix(from: number, to: number): Float32Array {
  const scale = from / to
  const matrix = new Float32Array(to * from)
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale
    const low = Math.max(0, Math.trunc(centre - 2 * scale + 0.5))
    const high = Math.min(from, Math.trunc(centre + 2 * scale + 0.5))
    const line = Array.from({ length: high - low }, (_, k) => cubic((low + k - centre + 0.5) / scale))
    const sum = line.reduce((all, weight) => all + weight, 0)
    line.forEach((weight, k) => (matrix[i * from + low + k] = weight / sum))
  }
  return matrix
}

/** M x Mᵀ for each channel of each picture. @param pixels [B,3,S,S] @param matrix [T,S] @returns [B,3,T,T] */
export function fromBothSides(pixels: tf.Tensor4D, matrix: tf.Tensor2D): tf.Tensor4D {
  const [batch, channels, side] = pixels.shape
  const [to] = matrix.shape
  const planes = batch * channels
  // Each product is over the last axis, so that it is one plain matrix product; the transposes bring the other axis there.
  const across = (planesOf: tf.Tensor, rows: number) =>
    tf.reshape(tf.matMul(tf.reshape(planesOf, [planes * rows, side]), matrix, false, true), [planes, rows, to])
  const columns = tf.transpose(across(pixels, side), [0, 2, 1])
  return tf.reshape(tf.transpose(across(columns, to), [0, 2, 1]), [batch, channels, to, to])
}
