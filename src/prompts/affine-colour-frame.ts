/**
 * A prompt that moves the picture, colours it and frames it (ACAVP 2025, models/prompters.py): the strongest known of pixels alone.
 *
 *   x' = normalise( (A x) · r σ(colour) + program · outside )      x in [0, 1], black around it
 *   A: pixel u of the result shows the picture at M⁻¹ (u - c - t) + c, bilinear, M = R(angle) Sh diag(s)
 *   s = largest σ(scale), angle, shear and t = most · tanh(·); outside: where nothing of the picture shows, and a border over it
 *   where one is asked for, without a gradient
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
import { sumOverBatch } from './sum-over-batch'

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
    const { colour, largest, scale } = this.settings
    const first: Readonly<Record<string, number>> = { scale: logit(scale / largest), colour: logit(1 / colour) }
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
    const { strength } = context
    return tf.tidy(() => {
      const { imageSize: S } = this
      const places = this.#places(tensors)
      const rows = pixels.shape[0]
      // By hand, sums over the batch as products: autograd would sum planes of every picture one by one.
      const dLight = tf.div(dPrompted, this.#channels(this.normalisation.std)) as tf.Tensor4D
      const corners = this.#corners(pixels, places)
      const [fx, fy] = places.between
      const moved = tf.reshape(bilinear(corners, fx, fy), [rows, 3, S, S])
      const dColoured = sumOverBatch(tf.mul(dLight, moved))
      const [colour] = tf.grads((value) => tf.mul(this.#factor(value!, strength), dColoured))([tensors.colour!])
      const dMoved = tf.reshape(tf.mul(dLight, this.#factor(tensors.colour!, strength)), [rows * 3, S * S])
      const [topLeft, topRight, bottomLeft, bottomRight] = corners
      const along = mix(tf.sub(topRight, topLeft), tf.sub(bottomRight, bottomLeft), fy)
      const across = mix(tf.sub(bottomLeft, topLeft), tf.sub(bottomRight, topRight), fx)
      const overRows = (d: tf.Tensor) => tf.reshape(tf.matMul(tf.ones([1, rows * 3]), tf.mul(dMoved, d)), [S * S])
      const [dx, dy] = [overRows(along), overRows(across)]
      const ofPlace = AFFINE_GROUPS.affine.map((name) => tensors[name]!)
      const affine = tf.grads((...at) => {
        const named = Object.fromEntries(AFFINE_GROUPS.affine.map((name, i) => [name, at[i]!]))
        const [x, y] = this.#looks(named)
        return tf.add(tf.mul(x, dx), tf.mul(y, dy))
      })(ofPlace)
      const program = tf.mul(tf.mul(sumOverBatch(dLight), places.outside), strength)
      const found: Record<string, tf.Tensor> = { colour: colour!, program }
      AFFINE_GROUPS.affine.forEach((name, i) => (found[name] = affine[i]!))
      return Object.fromEntries(Object.keys(this.shapes).map((name) => [name, found[name]!]))
    })
  }

  levels(): never {
    throw new Error('a prompt that moves and colours the picture is no picture itself')
  }

  /** At no strength the picture is neither coloured nor framed, but it lies where it lies. */
  #compose(tensors: PromptTensors, pixels: tf.Tensor4D, { strength }: PromptContext, places: Places): tf.Tensor4D {
    const { imageSize: S } = this
    const [mean, std] = [this.#channels(this.normalisation.mean), this.#channels(this.normalisation.std)]
    const moved = tf.reshape(bilinear(this.#corners(pixels, places), ...places.between), [pixels.shape[0], 3, S, S])
    const frame = tf.mul(tf.mul(tensors.program!, places.outside), strength)
    const coloured = tf.mul(moved, this.#factor(tensors.colour!, strength))
    return tf.div(tf.sub(tf.add(coloured, frame), mean), std) as tf.Tensor4D
  }

  /** What a pixel is multiplied with: r σ(colour), and 1 at no strength. */
  #factor(colour: tf.Tensor, strength: number): tf.Tensor {
    return tf.add(1, tf.mul(tf.sub(tf.mul(tf.sigmoid(colour), this.settings.colour), 1), strength))
  }

  /** The four pixels that each pixel of the result lies between, in [0, 1], 0 outside of the picture: [B*3,S*S] each. */
  #corners(pixels: tf.Tensor4D, { taps }: Places): Corners {
    const { imageSize: S } = this
    const [mean, std] = [this.#channels(this.normalisation.mean), this.#channels(this.normalisation.std)]
    const light = tf.reshape(tf.add(tf.mul(pixels, std), mean), [pixels.shape[0] * 3, S * S])
    return taps.map(({ at, inside }) => tf.mul(tf.gather(light, at, 1), inside)) as unknown as Corners
  }

  /** Where in the picture each pixel of the result looks, column and row, [S*S] each. */
  #looks(tensors: PromptTensors): [tf.Tensor, tf.Tensor] {
    const { imageSize: S, settings } = this
    const centre = settings.about === 'middle' ? (S - 1) / 2 : 0
    const pairOf = (values: tf.Tensor) => tf.unstack(values) as [tf.Tensor, tf.Tensor]
    const [sx, sy] = pairOf(tf.mul(tf.sigmoid(tensors.scale!), settings.largest))
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
        return { at: tf.cast(at, 'int32') as tf.Tensor1D, inside }
      }),
    )
    // Of a pixel that only touches the picture the weight is zero: it is outside.
    const reach = (at: tf.Tensor) => tf.logicalAnd(tf.greater(at, -1), tf.less(at, S))
    const bare = tf.logicalNot(tf.logicalAnd(reach(x), reach(y)))
    const outside = tf.cast(tf.logicalOr(bare, this.#border()), 'float32')
    return { between: [tf.sub(x, x0), tf.sub(y, y0)], taps, outside: tf.reshape(outside, [1, 1, S, S]) }
  }

  /** The outermost pixels, which the frame lies on whatever shows there; none where the border has no width. */
  #border(): tf.Tensor {
    const { imageSize: S, settings } = this
    const width = Math.round(settings.borderFraction * S)
    const outer = (at: number) => at < width || at >= S - width
    return tf.tensor1d(
      Array.from({ length: S * S }, (_, i) => outer(i % S) || outer(Math.floor(i / S))),
      'bool',
    )
  }

  #channels(values: readonly number[]): tf.Tensor4D {
    return tf.tensor4d(
      [0, 1, 2].map((c) => values[c]!),
      [1, 3, 1, 1],
    )
  }
}

interface Places {
  /** How far between its neighbours each pixel looks, to the right and down, [S*S]. */
  readonly between: readonly [tf.Tensor, tf.Tensor]
  /** Upper left, upper right, lower left, lower right. */
  readonly taps: readonly {
    /** In a plane of the picture, int32 [S*S]. */
    readonly at: tf.Tensor1D
    /** 1 where there is such a pixel. */
    readonly inside: tf.Tensor
  }[]
  /** [1,1,S,S], 1 where nothing of the picture shows. */
  readonly outside: tf.Tensor
}

type Corners = readonly [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]

/** a + t (b - a) */
const mix = (a: tf.Tensor, b: tf.Tensor, t: tf.Tensor) => tf.add(a, tf.mul(tf.sub(b, a), t))

const bilinear = ([topLeft, topRight, bottomLeft, bottomRight]: Corners, fx: tf.Tensor, fy: tf.Tensor) =>
  mix(mix(topLeft, topRight, fx), mix(bottomLeft, bottomRight, fx), fy)

const within = (at: tf.Tensor, S: number) => tf.logicalAnd(tf.greaterEqual(at, 0), tf.lessEqual(at, S - 1))
