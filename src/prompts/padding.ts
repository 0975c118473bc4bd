/**
 * The padding prompt of Bahng et al. 2022 (models/prompters.py, PadPrompter): a learned border of pixels, laid over the
 * outermost p pixels of every image. Added after normalisation, nothing is clamped, the image is not shrunk.
 *
 *   frame = cat_H( up, cat_W( left, 0, right ), down )          compose(x) = x + frame
 *   d frame = sum over the batch of dX;  d up = its first p rows, and so on (d compose / d frame is the identity)
 *
 * Composed by tfjs and pulled back by tfjs autograd, so that other prompts need only their own `frame`.
 */
import { tf } from '../runtime/tfjs'
import { PADDING_NAMES, paddingShapes, type PaddingGeometry, type PaddingName } from './padding-shapes'

export { PADDING_NAMES, paddingParameterCount, paddingShapes } from './padding-shapes'
export type { PaddingGeometry, PaddingName } from './padding-shapes'

/** The four tensors: up, down [1,3,p,S]; left, right [1,3,S-2p,p]; float32, normalised pixel units. */
export type PaddingPrompt = Readonly<Record<PaddingName, tf.Tensor4D>>

/** A new prompt, each scalar from `draw` in the order of the reference code: N(0,1) there, or () => 0. */
export function createPadding(geometry: PaddingGeometry, draw: () => number): PaddingPrompt {
  const shapes = paddingShapes(geometry)
  const tensor = (name: PaddingName) => {
    const shape = shapes[name]
    const values = Float32Array.from({ length: shape[0] * shape[1] * shape[2] * shape[3] }, draw)
    return tf.tensor4d(values, shape)
  }
  return {
    pad_up: tensor('pad_up'),
    pad_down: tensor('pad_down'),
    pad_left: tensor('pad_left'),
    pad_right: tensor('pad_right'),
  }
}

/** The border as an image [1,3,S,S], zero inside. Differentiable. */
export function frame({ pad_up, pad_down, pad_left, pad_right }: PaddingPrompt): tf.Tensor4D {
  const [, channels, innerHeight, p] = pad_left.shape
  const inside = tf.zeros<tf.Rank.R4>([1, channels, innerHeight, pad_up.shape[3] - 2 * p])
  const middle = tf.concat([pad_left, inside, pad_right], 3)
  return tf.concat([pad_up, middle, pad_down], 2)
}

/** The border as an image [1,3,S,S], times `strength` (1 = as learned): what is added to every picture. */
export function scaledFrame(prompt: PaddingPrompt, strength = 1): tf.Tensor4D {
  return tf.tidy(() => (strength === 1 ? frame(prompt) : tf.mul(frame(prompt), strength)))
}

/** Pixels [B,3,S,S] with the border added, times `strength`. Differentiable in both arguments. */
export function compose(prompt: PaddingPrompt, pixels: tf.Tensor4D, strength = 1): tf.Tensor4D {
  return tf.tidy(() => tf.add(pixels, scaledFrame(prompt, strength)) as tf.Tensor4D)
}

/**
 * Gradient of the prompt, given the gradient of the composed pixels [B,3,S,S]: tf.grads(compose)(prompt, dPixels); or given
 * its sum over the batch, the gradient [1,3,S,S] of the frame.
 * The batch is summed before autograd walks the frame, which is the same sum in another order and spares it the batch.
 */
export function pullBack(prompt: PaddingPrompt, dPixels: tf.Tensor4D): PaddingPrompt {
  return tf.tidy(() => {
    const parameters = PADDING_NAMES.map((name) => prompt[name])
    const ofParameters = (...p: tf.Tensor[]) => frame(toPrompt(p))
    return toPrompt(tf.grads(ofParameters)(parameters, sumOverBatch(dPixels)))
  })
}

/**
 * [B,3,S,S] to [1,3,S,S]. As a product with a vector of ones: several times faster than `sum` over the first axis on
 * tfjs's WASM backend (64 images of 64 pixels: 0.3 instead of 2.3 ms), where that axis has to be transposed away.
 */
function sumOverBatch(images: tf.Tensor4D): tf.Tensor4D {
  const [batch, C, H, W] = images.shape
  if (batch === 1) return images
  const sum = tf.matMul(tf.ones([1, batch]), tf.reshape(images, [batch, C * H * W]))
  return tf.reshape(sum, [1, C, H, W])
}

function toPrompt([pad_up, pad_down, pad_left, pad_right]: tf.Tensor[]): PaddingPrompt {
  return { pad_up, pad_down, pad_left, pad_right } as PaddingPrompt
}
