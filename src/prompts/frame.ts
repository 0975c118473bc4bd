/**
 * The picture shrunk onto black, and the prompt around it: `program` [1,3,S,S], of which only what lies outside of the picture
 * is used. Papers differ in units and sizes (design-settings.ts): EVP (Wu et al. 2024, main.py), AR and AttrVR
 * (ExpansiveVisualPrompt, PaddingVR), AutoVP (auto_vp/programs.py).
 *
 *   x' = shrink(x) on black + program * outside + innerAdded * (1 - outside)
 *
 * With a learned scale, as AutoVP's Trainable_Resize (kornia's scale: bilinear, about the centre, black around):
 *
 *   s = 1 + rate * scale, within 0.1 to 5;   u(i) = (i - c)/s + c - start,  c = (S - 1)/2
 *   x' = W shrink(x) Wᵀ + ...,   W(i,j) = max(0, 1 - |u(i) - j|)
 *   outside: beyond the middle min(floor(inner s), S) pixels, at floor((S - m)/2); no gradient goes through it
 *
 * They learn s at the rate of the pixels and cut its gradient to 0.001; here it has a rate of its own, and a true gradient.
 */
import { tf } from '../runtime/tfjs'
import type { DesignOf } from './design-settings'
import type { PromptLayout, PromptTensors, Surround } from './design'
import { frameSizesOf, type FrameSizes } from './design-sizes'
import { fromBothSides, shrinkMatrix } from './shrink'

/** AutoVP's limits of the scale. */
const SCALES = [0.1, 5] as const

export function frameLayout(settings: DesignOf<'frame'>, imageSize: number): PromptLayout {
  const sizes = frameSizesOf(settings, imageSize)
  const program = [1, 3, imageSize, imageSize]
  const { innerAdded = 0, scaleRate } = settings
  const learned = scaleRate !== null
  const scaleOf = ({ scale }: PromptTensors) =>
    tf.clipByValue(tf.add(1, tf.mul(scaleRate ?? 0, scale!)), ...SCALES) as tf.Scalar
  return {
    kind: 'frame',
    shapes: learned ? { program, scale: [] } : { program },
    parameterCount: learned ? 3 * imageSize ** 2 + 1 : 3 * (imageSize ** 2 - sizes.inner ** 2),
    layOut(tensors, _place, squash) {
      const outside = learned ? outsideOfScaled(scaleOf(tensors), sizes, imageSize) : outsideOf(sizes, imageSize)
      const around = tf.mul(squash(tensors.program!), outside)
      return (innerAdded === 0 ? around : tf.add(around, tf.mul(tf.sub(1, outside), innerAdded))) as tf.Tensor4D
    },
    surround: learned ? scaled(scaleOf, sizes, imageSize) : shrunk(sizes, imageSize),
    ofImage: (image) => ({
      program: { dims: program, data: image.slice() },
      ...(learned && { scale: { dims: [], data: new Float32Array(1) } }),
    }),
    initial(kind, deviation, normal) {
      const length = 3 * imageSize ** 2
      const drawn = Float32Array.from({ length }, kind === 'zero' ? () => 0 : () => deviation * normal())
      return {
        program: { dims: program, data: drawn },
        ...(learned && { scale: { dims: [], data: new Float32Array(1) } }),
      }
    },
  }
}

/** [1,1,S,S], 1 outside of the picture. */
function outsideOf({ inner, start }: FrameSizes, S: number): tf.Tensor4D {
  const after = S - inner - start
  const around: [number, number] = [start, after]
  return tf.pad(tf.zeros<tf.Rank.R4>([1, 1, inner, inner]), [[0, 0], [0, 0], around, around], 1)
}

/** The same for a picture of inner * scale pixels. A step function of the scale, which autograd is told to pass by. */
function outsideOfScaled(scale: tf.Scalar, { inner }: FrameSizes, S: number): tf.Tensor4D {
  const steps = tf.customGrad((value) => {
    const side = tf.minimum(tf.floor(tf.mul(inner, value as tf.Scalar)), S)
    const [first, end] = [tf.floor(tf.div(tf.sub(S, side), 2)), tf.floor(tf.div(tf.add(S, side), 2))]
    const at = tf.range(0, S)
    const inside = tf.cast(tf.logicalAnd(tf.greaterEqual(at, first), tf.less(at, end)), 'float32')
    const line = tf.reshape(inside, [S, 1]) as tf.Tensor2D
    const outside = tf.reshape(tf.sub(1, tf.matMul(line, line, false, true)), [1, 1, S, S])
    return { value: outside, gradFunc: () => tf.zeros([]) }
  })
  return steps(scale) as tf.Tensor4D
}

/**
 * M x Mᵀ, of pictures in [0, 1] on black, in normalised units: with m the sums of M's rows, it is black where m is 0.
 *   (M p Mᵀ - mean)/std = M x Mᵀ + black (1 - m mᵀ),   x = (p - mean)/std, black = -mean/std
 */
function onBlack(pixels: tf.Tensor4D, matrix: tf.Tensor2D, black: tf.Tensor4D): tf.Tensor4D {
  const S = matrix.shape[0]
  const sums = tf.sum(matrix, 1, true)
  const bare = tf.reshape(tf.sub(1, tf.matMul(sums, sums, false, true)), [1, 1, S, S])
  return tf.add(fromBothSides(pixels, matrix), tf.mul(black, bare)) as tf.Tensor4D
}

function shrunk({ inner, start }: FrameSizes, S: number): Surround {
  const matrix = shrinkMatrix(S, inner)
  return {
    learned: false,
    apply(pixels, _tensors, black) {
      const rows: [number, number] = [start, S - inner - start]
      const placed = tf.pad(tf.tensor2d(matrix, [inner, S]), [rows, [0, 0]])
      return onBlack(pixels, placed, black)
    },
  }
}

function scaled(scaleOf: (tensors: PromptTensors) => tf.Scalar, { inner, start }: FrameSizes, S: number): Surround {
  const matrix = shrinkMatrix(S, inner)
  const centre = (S - 1) / 2
  return {
    learned: true,
    apply(pixels, tensors, black) {
      const at = tf.sub(tf.range(0, S), centre)
      const source = tf.add(tf.div(at, scaleOf(tensors)), centre - start)
      const distance = tf.abs(tf.sub(tf.reshape(source, [S, 1]), tf.reshape(tf.range(0, inner), [1, inner])))
      const bilinear = tf.relu(tf.sub(1, distance)) as tf.Tensor2D
      return onBlack(pixels, tf.matMul(bilinear, tf.tensor2d(matrix, [inner, S])), black)
    },
  }
}
