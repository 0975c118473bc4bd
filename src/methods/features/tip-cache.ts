/**
 * The key-value cache of Tip-Adapter (Zhang et al. 2022, equations 2-6), and the search of its two numbers:
 *
 *   logits = f W + alpha exp(-beta (1 - f F^T)) L
 *
 * f is a picture's normalised feature, W the text classifier (unit embeddings times exp(logit_scale); the reference code writes
 * 100), F the normalised training features, L their one-hot labels.
 *
 * Legend: N training pictures, V pictures asked about, D width of a feature, C classes.
 */
import { tf } from '../../runtime/tfjs'
import type { FitOptions } from '../method'
import { yieldToMessages } from '../../yield'
import { valuesOf, type TipAdapterSettings } from './tip-adapter-settings'

export interface Strengths {
  readonly alpha: number
  readonly beta: number
}

/** What is asked of one picture or of many, on the device. The caller disposes both. */
export interface TipInputs {
  /** float32 [V,D], unit rows. */
  readonly features: tf.Tensor2D
  /** f W, float32 [V,C]. */
  readonly textLogits: tf.Tensor2D
}

/** Affinities that are computed at once. */
const MOST_AFFINITIES = 4e6

/**
 * Logits [V,C]; differentiable in the keys.
 * @param keys F, float32 [N,D]
 * @param values L, float32 [N,C]
 */
export function tipLogits(
  { features, textLogits }: TipInputs,
  keys: tf.Tensor2D,
  values: tf.Tensor2D,
  { alpha, beta }: Strengths,
): tf.Tensor2D {
  const affinity = tf.matMul(features, keys, false, true)
  const near = tf.exp(tf.mul(tf.sub(affinity, 1), beta))
  return tf.add(textLogits, tf.mul(tf.matMul(near, values), alpha))
}

export function oneHotRows(labels: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes)
  for (let i = 0; i < labels.length; i++) rows[i * classes + labels[i]!] = 1
  return rows
}

/**
 * The alpha and beta that answer most validation pictures, over the whole grid; of equals the first, beta going through its
 * values in the outer loop, as in the reference code.
 * @param affinity f F^T of pictures [from, to), float32 [to - from, N]
 * @param textLogits float32 [V,C]
 */
export async function searchStrengths(
  affinity: (from: number, to: number) => Promise<Float32Array>,
  textLogits: Float32Array,
  keyLabels: Uint16Array,
  labels: Uint16Array,
  { search, alpha, beta }: TipAdapterSettings,
  { onProgress, signal }: FitOptions = {},
): Promise<Strengths> {
  if (!search) return { alpha, beta }
  const [alphas, betas] = [valuesOf(search.alpha), valuesOf(search.beta)]
  const [N, V] = [keyLabels.length, labels.length]
  const C = textLogits.length / V
  const correct = new Uint32Array(alphas.length * betas.length)
  const near = new Float64Array(N)
  const ratio = new Float64Array(N)
  const cache = new Float64Array(C)
  const step = betas.length > 1 ? betas[1]! - betas[0]! : 0
  const atOnce = Math.max(1, Math.floor(MOST_AFFINITIES / (N * betas.length)))
  for (let from = 0; from < V; from += atOnce) {
    await yieldToMessages()
    signal?.throwIfAborted()
    const to = Math.min(V, from + atOnce)
    const part = await affinity(from, to)
    for (let v = from; v < to; v++) {
      const text = textLogits.subarray(v * C, (v + 1) * C)
      for (let n = 0; n < N; n++) {
        const distance = 1 - part[(v - from) * N + n]!
        near[n] = Math.exp(-betas[0]! * distance)
        // The grid is even, so that the next beta is one product away.
        ratio[n] = Math.exp(-step * distance)
      }
      betas.forEach((_, b) => {
        cache.fill(0)
        for (let n = 0; n < N; n++) {
          cache[keyLabels[n]!]! += near[n]!
          near[n]! *= ratio[n]!
        }
        alphas.forEach((strength, a) => {
          if (answer(text, cache, strength) === labels[v]) correct[b * alphas.length + a]!++
        })
      })
    }
    onProgress?.(to, V)
  }
  const best = correct.indexOf(correct.reduce((most, one) => Math.max(most, one), 0))
  return { alpha: alphas[best % alphas.length]!, beta: betas[Math.floor(best / alphas.length)]! }
}

function answer(text: Float32Array, cache: Float64Array, alpha: number): number {
  let [best, most] = [0, -Infinity]
  for (let c = 0; c < cache.length; c++) {
    const logit = text[c]! + alpha * cache[c]!
    if (logit > most) [best, most] = [c, logit]
  }
  return best
}

/** f F^T of some rows of features [V,D], by the device. */
export async function affinityOf(unit: Float32Array, keys: tf.Tensor2D): Promise<Float32Array> {
  const [, D] = keys.shape
  const product = tf.tidy(() => tf.matMul(tf.tensor2d(unit, [unit.length / D, D]), keys, false, true))
  try {
    return (await product.data<'float32'>()).slice()
  } finally {
    product.dispose()
  }
}
