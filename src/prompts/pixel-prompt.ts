/**
 * A design with its settings on pictures of one side: units, clamps, composition and pull-back, whatever the layout.
 *
 *   added      D = strength * layout(values)                        after normalisation
 *              D = strength * layout(values) / std                  before it, values in [0, 1] (or their sigmoid)
 *   compose    x' = clamp(surround(x) + D)                          x, x' normalised
 *   pull back  nothing clamped, no learned surround: gradient of D, of the sum of dX' over the rows. Else of compose itself.
 */
import { UserError } from '../errors'
import { said } from '../sentence'
import { tf } from '../runtime/tfjs'
import {
  elementsOf,
  type HostTensors,
  type Normalisation,
  type Place,
  type PromptContext,
  type PromptDesign,
  type PromptLayout,
  type PromptTensors,
  type Squash,
  type Start,
} from './design'
import type { DesignSettings } from './design-settings'
import { checkSizes } from './design-sizes'
import { ADDED, composeLevels, ON_BLACK, promptLevels } from './eight-bit'
import { frameLayout } from './frame'
import { fullLayout } from './full'
import { lowRankLayout } from './low-rank'
import { paddingLayout } from './padding'
import { fixedPatchLayout, randomPatchLayout } from './patch'
import { sumOverBatch } from './sum-over-batch'

/**
 * @param normalisation the model's; null is enough for what is added after normalisation to whole pictures, and not clamped
 * @throws UserError where a picture of this side is too small for the design
 */
export function openDesign(
  settings: DesignSettings,
  imageSize: number,
  normalisation: Normalisation | null,
): PromptDesign {
  checkSizes(settings, imageSize)
  return new PixelPrompt(settings, layoutOf(settings, imageSize), imageSize, normalisation)
}

function layoutOf(settings: DesignSettings, imageSize: number): PromptLayout {
  switch (settings.kind) {
    case 'padding':
      return paddingLayout(settings, imageSize)
    case 'fixed-patch':
      return fixedPatchLayout(settings, imageSize)
    case 'random-patch':
      return randomPatchLayout(settings, imageSize)
    case 'full':
      return fullLayout(imageSize)
    case 'frame':
      return frameLayout(settings, imageSize)
    case 'low-rank':
      return lowRankLayout(settings, imageSize)
  }
}

/** A tensor of its own, which may be disposed apart from the parameter. */
const AS_IS: Squash = (values) => tf.clone(values)
const SIGMOID: Squash = (values) => tf.sigmoid(values)

class PixelPrompt implements PromptDesign {
  readonly kind
  readonly shapes
  readonly parameterCount
  readonly isSum
  readonly #squash: Squash

  constructor(
    private readonly settings: DesignSettings,
    private readonly layout: PromptLayout,
    readonly imageSize: number,
    private readonly normalisation: Normalisation | null,
  ) {
    const { space, clamp } = settings
    this.kind = layout.kind
    this.shapes = layout.shapes
    this.parameterCount = layout.parameterCount
    const perRow = settings.kind === 'random-patch' && settings.offsets === 'per-image'
    this.isSum = clamp === 'none' && !layout.surround && !perRow
    this.#squash = space === 'sigmoid' ? SIGMOID : AS_IS
    if (space !== 'after' || clamp !== 'none' || layout.surround) this.#model()
  }

  init(start: Start): PromptTensors {
    const values = this.#initial(start)
    return Object.fromEntries(
      Object.entries(this.shapes).map(([name, shape]) => {
        const given = values[name]
        if (given?.dims.join() !== shape.join()) {
          throw new UserError(
            said`The prompt to start from does not fit: ${name} is [${given ? given.dims.join(',') : ''}] where [${shape.join(',')}] is learned.`,
            'Choose a prompt of the same design, size and model.',
          )
        }
        return [name, tf.tensor(given.data, [...shape])]
      }),
    )
  }

  draw(rows: number, below: (bound: number) => number): Place | null {
    return this.layout.draw?.(rows, below) ?? null
  }

  added(tensors: PromptTensors, { strength, place }: PromptContext): tf.Tensor4D {
    return tf.tidy(() => {
      const laidOut = this.layout.layOut(tensors, place, this.#squash)
      const prompt = (strength === 1 ? laidOut : tf.mul(laidOut, strength)) as tf.Tensor4D
      return this.settings.space === 'after' ? prompt : (tf.div(prompt, this.#units().std) as tf.Tensor4D)
    })
  }

  compose(tensors: PromptTensors, pixels: tf.Tensor4D, context: PromptContext): tf.Tensor4D {
    return tf.tidy(() => {
      const { settings, layout } = this
      const placed = layout.surround?.apply(pixels, tensors, this.#units().black) ?? pixels
      const added = this.added(tensors, context)
      if (settings.clamp === 'none') return tf.add(placed, added) as tf.Tensor4D
      const { mean, std, black, white } = this.#units()
      if (settings.clamp === 'legal') {
        return tf.minimum(tf.maximum(tf.add(placed, added), black), white) as tf.Tensor4D
      }
      const picture = tf.add(tf.mul(placed, std), mean) as tf.Tensor4D
      return composeLevels(picture, tf.mul(added, std) as tf.Tensor4D, this.#limits(), this.#model())
    })
  }

  pullBack(
    tensors: PromptTensors,
    dPrompted: tf.Tensor4D,
    pixels: tf.Tensor4D | null,
    context: PromptContext,
  ): PromptTensors {
    const names = Object.keys(this.shapes)
    const named = (values: readonly tf.Tensor[]) => Object.fromEntries(names.map((name, i) => [name, values[i]!]))
    const throughPictures = this.settings.clamp !== 'none' || this.layout.surround?.learned === true
    if (throughPictures && !pixels) throw new Error(`the gradient of a ${this.kind} like this needs the pictures`)
    const shared = (context.place?.offsets.length ?? 1) === 1
    return tf.tidy(() => {
      const values = names.map((name) => tensors[name]!)
      if (throughPictures) {
        return named(tf.grads((...at) => this.compose(named(at), pixels!, context))(values, dPrompted))
      }
      // The same sum in another order, which spares autograd the batch.
      const dAdded = shared ? sumOverBatch(dPrompted) : dPrompted
      return named(tf.grads((...at) => this.added(named(at), context))(values, dAdded))
    })
  }

  levels(tensors: PromptTensors, place: Place | null): tf.Tensor4D {
    return tf.tidy(() => {
      const prompt = tf.mul(this.added(tensors, { strength: 1, place }), this.#units().std) as tf.Tensor4D
      return tf.cast(promptLevels(prompt, this.#limits()), 'int32')
    })
  }

  #limits() {
    return this.layout.surround ? ON_BLACK : ADDED
  }

  /** Of the model, for each channel: [1,3,1,1]; black and white are the normalised values of 0 and 1. */
  #units() {
    const { mean, std } = this.#model()
    const channels = (value: (c: number) => number) => tf.tensor4d([0, 1, 2].map(value), [1, 3, 1, 1])
    return {
      mean: channels((c) => mean[c]!),
      std: channels((c) => std[c]!),
      black: channels((c) => -mean[c]! / std[c]!),
      white: channels((c) => (1 - mean[c]!) / std[c]!),
    }
  }

  #model(): Normalisation {
    if (this.normalisation) return this.normalisation
    throw new Error(`a ${this.kind} like this needs the model's mean and std`)
  }

  #initial({ normal, tensors, image, scale = 0 }: Start): HostTensors {
    const { init } = this.settings
    if (init.kind === 'file') {
      if (!tensors) throw new Error('a prompt that starts from a file is given its tensors')
      return tensors
    }
    if (init.kind === 'image') {
      const found = this.#ofPicture(image)
      return found.scale ? { ...found, scale: { dims: [], data: Float32Array.of(scale) } } : found
    }
    const deviation = init.kind === 'normal' ? init.deviation : 0
    if (this.layout.initial) return this.layout.initial(init.kind, deviation, normal)
    const draw = init.kind === 'zero' ? () => 0 : deviation === 1 ? normal : () => deviation * normal()
    return Object.fromEntries(
      Object.entries(this.shapes).map(([name, dims]) => [
        name,
        { dims, data: Float32Array.from({ length: elementsOf(dims) }, draw) },
      ]),
    )
  }

  /** The values that add the light of a picture: black adds nothing, except to a sigmoid, which cannot reach 0 and 1. */
  #ofPicture(image: Float32Array | undefined): HostTensors {
    const plane = this.imageSize ** 2
    if (image?.length !== 3 * plane) throw new Error(`a prompt that starts from a picture is given 3 x ${plane} pixels`)
    const { space } = this.settings
    const std = space === 'after' ? this.normalisation?.std : null
    if (std === undefined) throw new Error("a prompt that starts from a picture needs the model's mean and std")
    const half = 1 / 510
    const values = image.map((light, i) => {
      if (space === 'sigmoid') {
        const open = Math.min(1 - half, Math.max(half, light))
        return Math.log(open / (1 - open))
      }
      return std ? light / std[Math.floor(i / plane)]! : light
    })
    const found = this.layout.ofImage(values)
    if (found) return found
    throw new UserError(
      'A low-rank prompt cannot start from a picture.',
      'Start it from zero, from noise or from a file, or choose a full prompt.',
    )
  }
}
