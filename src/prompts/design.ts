/**
 * What a design of a pixel prompt is. A design (padding, patch, frame, ...) knows its tensors and how they lie on a picture
 * (`PromptLayout`, a file each); units, clamps, composition and pull-back are the same for all of them (pixel-prompt.ts).
 *
 * Legend: S image side, B rows of a run. All images are channels first, RGB.
 */
import type * as tf from '@tensorflow/tfjs-core'
import type { DesignKind } from './design-settings'

export type PromptTensors = Readonly<Record<string, tf.Tensor>>

/** A tensor in host memory, float32. */
export interface HostTensor {
  readonly dims: readonly number[]
  readonly data: Float32Array
}
export type HostTensors = Readonly<Record<string, HostTensor>>

/** Of the model: normalised = (pixel in [0, 1] - mean) / std, for each channel. */
export interface Normalisation {
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** Where a random patch lies in one run of the graph: first row and column, once for all its pictures or for each. */
export interface Place {
  readonly offsets: readonly (readonly [number, number])[]
}

/** What the first values of the learned tensors are made of. */
export interface Start {
  /** Standard normals, one by one. */
  readonly normal: () => number
  /** Of `init: file`: by name. */
  readonly tensors?: HostTensors
  /** Of `init: image`: float32 [3,S,S] in [0, 1], such as a rendered class name. */
  readonly image?: Float32Array
  /** Beside `image`: of a frame whose scale is learned, the parameter of its scale. Zero where there is none. */
  readonly scale?: number
}

/** Applied to learned values where they become pixels: sigmoid, or nothing. */
export type Squash = (values: tf.Tensor) => tf.Tensor

export interface PromptLayout {
  readonly kind: DesignKind
  /** Shapes in the order in which they are drawn and stepped. */
  readonly shapes: Readonly<Record<string, readonly number[]>>
  /** Number of scalars that a loss can depend on. */
  readonly parameterCount: number
  /** The learned pixels laid out, zero elsewhere: [1,3,S,S], or [B,3,S,S] where each row has its own place. Differentiable. */
  layOut(tensors: PromptTensors, place: Place | null, squash: Squash): tf.Tensor4D
  /** A place for a run of so many rows; absent where there is nothing to draw. @param below uniform over 0 ..< bound */
  draw?(rows: number, below: (bound: number) => number): Place
  /** How the pictures lie under the prompt; absent where they stay as they are. */
  readonly surround?: Surround
  /** The tensors that lie as this image [3,S,S]; null where none do. */
  ofImage(image: Float32Array): HostTensors | null
  /** Other than N(0, deviation²) for all: what `zero` and `normal` mean here. */
  initial?(kind: 'zero' | 'normal', deviation: number, normal: () => number): HostTensors
}

/** A picture that is shrunk onto black before the prompt is added. */
export interface Surround {
  /** Whether anything of it is learned: then its gradient goes through the pictures. */
  readonly learned: boolean
  /** @param pixels normalised [B,3,S,S] @param black normalised value of black for each channel, [1,3,1,1] */
  apply(pixels: tf.Tensor4D, tensors: PromptTensors, black: tf.Tensor4D): tf.Tensor4D
}

/** How a run of the graph is prompted. */
export interface PromptContext {
  /** What the learned pixels are multiplied with: 1 = as learned. A frame's picture stays shrunk whatever it is. */
  readonly strength: number
  /** As `draw` gave it; null for designs that draw none. */
  readonly place: Place | null
}

/** One design with its settings on pictures of one side: what a method and a checkpoint know of it. */
export interface PromptDesign {
  readonly kind: DesignKind
  readonly imageSize: number
  readonly shapes: PromptLayout['shapes']
  readonly parameterCount: number
  /** Whether prompting is adding one image, the same to all pictures of a run, in normalised units, with nothing clamped. */
  readonly isSum: boolean
  /** First values. Throws Error where `start` lacks what the settings ask for, UserError where it does not fit. */
  init(start: Start): PromptTensors
  draw(rows: number, below: (bound: number) => number): Place | null
  /** What is added, normalised units: [1,3,S,S], or [B,3,S,S] where each row has its own place. Before any clamp. */
  added(tensors: PromptTensors, context: PromptContext): tf.Tensor4D
  /** Normalised pictures [B,3,S,S], prompted. Differentiable in `tensors`. */
  compose(tensors: PromptTensors, pixels: tf.Tensor4D, context: PromptContext): tf.Tensor4D
  /**
   * Gradient of the tensors, by autograd.
   * @param dPrompted gradient of what `compose` gave; of a sum also its sum over the rows, [1,3,S,S]
   * @param pixels what was prompted; only a sum does without
   */
  pullBack(
    tensors: PromptTensors,
    dPrompted: tf.Tensor4D,
    pixels: tf.Tensor4D | null,
    context: PromptContext,
  ): PromptTensors
  /**
   * Of eight-bit prompts: their whole steps of 1/255 laid out, int32 [1,3,S,S]. 0 to 255 in a frame, which lies on black;
   * else -128 to 127, which is added. This is what a PNG holds.
   */
  levels(tensors: PromptTensors, place: Place | null): tf.Tensor4D
}

export const elementsOf = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1)
