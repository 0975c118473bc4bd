/**
 * A prompt that moves the picture, colours it and frames it (ACAVP 2025, models/prompters.py): the strongest known of pixels alone.
 *
 *   x' = normalise( (A x) · r σ(colour) + program · outside )      x in [0, 1], black around it
 *   A: pixel u of the result shows the picture at M⁻¹ (u - c - t) + c, bilinear, M = R(angle) Sh diag(s)
 *   s = σ(scale), angle, shear and t = most · tanh(·); outside: where nothing of the picture shows, without a gradient
 *
 * Legend: S image side, B rows of a run.
 */
import { tf } from '../runtime/tfjs'
import {
  elementsOf,
  type Normalisation,
  type PromptContext,
  type PromptDesign,
  type PromptTensors,
  type Start,
} from './design'
import type { AffineSettings } from './affine-settings'

const logit = (p: number) => Math.log(p / (1 - p))

/** Parameters that move the picture, those that colour it, and those of the frame: they are stepped apart. */
export const AFFINE_GROUPS = {
  affine: ['translate', 'angle', 'scale', 'shear'],
  colour: ['colour'],
  frame: ['program'],
} as const

export class AffineColourFrame implements PromptDesign {
  readonly kind = 'frame'
  readonly isSum = false
  readonly shapes: Readonly<Record<string, readonly number[]>>
  readonly parameterCount: number

  constructor(
    private readonly settings: AffineSettings,
    readonly imageSize: number,
    private readonly normalisation: Normalisation,
  ) {
    const picture = [1, 3, imageSize, imageSize]
    this.shapes = { translate: [2], angle: [1], scale: [2], shear: [2], colour: picture, program: picture }
    this.parameterCount = Object.values(this.shapes).reduce((sum, dims) => sum + elementsOf(dims), 0)
  }

  /** Always the same: the picture scaled and no more. */
  init(_start: Start): PromptTensors {
    const { colour, scale } = this.settings
    const first: Readonly<Record<string, number>> = { scale: logit(scale), colour: logit(1 / colour) }
    return Object.fromEntries(
      Object.entries(this.shapes).map(([name, dims]) => [name, tf.fill([...dims], first[name] ?? 0)]),
    )
  }

  draw(): null {
    return null
  }

  /** The frame alone, in normalised units; the picture is no sum. */
  added(tensors: PromptTensors, { strength }: PromptContext): tf.Tensor4D {
    return tf.tidy(() => {
      const { outside } = this.#places(tensors)
      const frame = tf.mul(tf.mul(tensors.program!, outside), strength)
      return tf.div(frame, this.#channels(this.normalisation.std)) as tf.Tensor4D
    })
  }

  compose(tensors: PromptTensors, pixels: tf.Tensor4D, context: PromptContext): tf.Tensor4D {
    return tf.tidy(() => this.#compose(tensors, pixels, context, this.#places(tensors)))
  }

  pullBack(
    tensors: PromptTensors,
    dPrompted: tf.Tensor4D,
    pixels: tf.Tensor4D | null,
    context: PromptContext,
  ): PromptTensors {
    if (!pixels) throw new Error('the gradient of a prompt that moves the pictures needs them')
    const names = Object.keys(this.shapes)
    const named = (values: readonly tf.Tensor[]) => Object.fromEntries(names.map((name, i) => [name, values[i]!]))
    return tf.tidy(() => {
      const places = this.#places(tensors)
      const values = names.map((name) => tensors[name]!)
      return named(tf.grads((...at) => this.#compose(named(at), pixels, context, places))(values, dPrompted))
    })
  }

  levels(): never {
    throw new Error('a prompt that moves and colours the picture is no picture itself')
  }

  /** At no strength the picture is neither coloured nor framed, but it lies where it lies. */
  #compose(tensors: PromptTensors, pixels: tf.Tensor4D, { strength }: PromptContext, places: Places): tf.Tensor4D {
    const { imageSize: S } = this
    const [mean, std] = [this.#channels(this.normalisation.mean), this.#channels(this.normalisation.std)]
    const rows = pixels.shape[0]
    const light = tf.reshape(tf.add(tf.mul(pixels, std), mean), [rows * 3, S * S])
    const [x, y] = this.#looks(tensors)
    const [fx, fy] = [tf.sub(x, places.x0), tf.sub(y, places.y0)]
    const taps = places.taps.map(({ at, inside, right, below }) => {
      const weight = tf.mul(right ? fx : tf.sub(1, fx), below ? fy : tf.sub(1, fy))
      return tf.mul(tf.gather(light, at, 1), tf.mul(weight, inside))
    })
    const moved = tf.reshape(tf.addN(taps), [rows, 3, S, S])
    const factor = tf.mul(tf.sigmoid(tensors.colour!), this.settings.colour)
    const coloured = tf.mul(moved, tf.add(1, tf.mul(tf.sub(factor, 1), strength)))
    const frame = tf.mul(tf.mul(tensors.program!, places.outside), strength)
    return tf.div(tf.sub(tf.add(coloured, frame), mean), std) as tf.Tensor4D
  }

  /** Where in the picture each pixel of the result looks, column and row, [S*S] each. */
  #looks(tensors: PromptTensors): [tf.Tensor, tf.Tensor] {
    const { imageSize: S, settings } = this
    const centre = settings.about === 'middle' ? (S - 1) / 2 : 0
    const pairOf = (values: tf.Tensor) => tf.unstack(values) as [tf.Tensor, tf.Tensor]
    const [sx, sy] = pairOf(tf.sigmoid(tensors.scale!))
    const [hx, hy] = pairOf(tf.mul(tf.tanh(tensors.shear!), settings.shear))
    const [tx, ty] = pairOf(tf.mul(tf.tanh(tensors.translate!), settings.translate * S))
    const angle = tf.reshape(tf.mul(tf.tanh(tensors.angle!), settings.angle), [])
    const [cos, sin] = [tf.cos(angle), tf.sin(angle)]
    const at = Array.from({ length: S * S }, (_, i) => i)
    const across = tf.sub(tf.tensor1d(at.map((i) => (i % S) - centre)), tx)
    const down = tf.sub(tf.tensor1d(at.map((i) => Math.floor(i / S) - centre)), ty)
    const u = tf.add(tf.mul(cos, across), tf.mul(sin, down))
    const v = tf.sub(tf.mul(cos, down), tf.mul(sin, across))
    const determinant = tf.sub(1, tf.mul(hx, hy))
    const x = tf.div(tf.sub(u, tf.mul(hx, v)), tf.mul(determinant, sx))
    const y = tf.div(tf.sub(v, tf.mul(hy, u)), tf.mul(determinant, sy))
    return [tf.add(x, centre), tf.add(y, centre)]
  }

  /** Which four pixels of the picture those are, and what none of them reaches: step functions, without a gradient. */
  #places(tensors: PromptTensors): Places {
    const { imageSize: S } = this
    const [x, y] = this.#looks(tensors)
    const [x0, y0] = [tf.floor(x), tf.floor(y)]
    const taps = [0, 1].flatMap((below) =>
      [0, 1].map((right) => {
        const [column, row] = [tf.add(x0, right), tf.add(y0, below)]
        const inside = tf.cast(tf.logicalAnd(within(column, S), within(row, S)), 'float32')
        const at = tf.add(tf.mul(tf.clipByValue(row, 0, S - 1), S), tf.clipByValue(column, 0, S - 1))
        return { at: tf.cast(at, 'int32') as tf.Tensor1D, inside, right, below }
      }),
    )
    // Of a pixel that only touches the picture the weight is zero: it is outside.
    const reach = (at: tf.Tensor) => tf.logicalAnd(tf.greater(at, -1), tf.less(at, S))
    const outside = tf.cast(tf.logicalNot(tf.logicalAnd(reach(x), reach(y))), 'float32')
    return { x0, y0, taps, outside: tf.reshape(outside, [1, 1, S, S]) }
  }

  #channels(values: readonly number[]): tf.Tensor4D {
    return tf.tensor4d(
      [0, 1, 2].map((c) => values[c]!),
      [1, 3, 1, 1],
    )
  }
}

interface Places {
  /** [S*S] */
  readonly x0: tf.Tensor
  readonly y0: tf.Tensor
  readonly taps: readonly {
    /** In a plane of the picture, int32 [S*S]. */
    readonly at: tf.Tensor1D
    /** 1 where there is such a pixel. */
    readonly inside: tf.Tensor
    readonly right: number
    readonly below: number
  }[]
  /** [1,1,S,S], 1 where nothing of the picture shows. */
  readonly outside: tf.Tensor
}

const within = (at: tf.Tensor, S: number) => tf.logicalAnd(tf.greaterEqual(at, 0), tf.lessEqual(at, S - 1))
