/**
 * Unadversarial patches (Salman et al. 2021, "Unadversarial Examples"; boosters/class_consistent_booster.py): one patch for each
 * class, pasted on its pictures so that they are known for what they are.
 *
 *   x' = m T(patch_c) + (1 - m) x,   T turned, scaled and moved at random
 *   patch <- clip(patch - rate sign(dL/dpatch), 0, 1)
 *
 * It answers what designed objects look like to a model, not what a picture shows: a patch is of a known class. To be compared
 * with methods that do not know it, each class's patch is tried (`objects: each`), and class c is scored by its own logit under
 * its own patch. Legend: B rows, C classes, S image side, p side of a patch.
 */
import { Random } from '../data/random'
import type { Normalisation } from '../prompts/design'
import { addPatchGradient, IN_THE_MIDDLE, paste, pasteInto, type Pasted } from '../prompts/pasted-patch'
import { tf } from '../runtime/tfjs'
import type { Classifier } from './classifier'
import type { Batch, LearnableMethod, LossAndGradient, ParameterSet } from './method'
import type { UnadversarialSettings } from './unadversarial-settings'

/** The gradient of the pictures, on its way to the patches. */
const PICTURES = 'pictures'

export class UnadversarialPatches implements LearnableMethod {
  readonly id = 'unadversarial'
  readonly parameterCount: number
  readonly side: number
  #patches: tf.Tensor
  /** Their values, until they change. */
  #values: Promise<Float32Array> | null = null
  readonly #learning: Random

  /**
   * @param classifier open to pixels; it stays its opener's
   * @param seed draws the first patches, and where they lie
   */
  constructor(
    private readonly classifier: Classifier,
    private readonly format: Normalisation,
    private readonly settings: UnadversarialSettings,
    private readonly seed: number,
  ) {
    if (classifier.entry !== 'pixels') throw new Error('patches are pasted: open the classifier for pixels')
    const { classes, imageSize } = classifier.frozen
    this.side = Math.max(1, Math.round(settings.patchFraction * imageSize))
    const seeds = new Random(seed)
    const first = new Random(seeds.uint32())
    this.#learning = new Random(seeds.uint32())
    this.parameterCount = classes * 3 * this.side ** 2
    const data = Float32Array.from({ length: this.parameterCount }, () => 0.5 + settings.deviation * first.normal())
    this.#patches = tf.tensor(data, [classes, 3, this.side, this.side])
  }

  get parameters(): ParameterSet {
    return { patches: this.#patches }
  }

  /** Takes them over as they are within legal pixels. */
  setParameters({ patches }: ParameterSet): void {
    if (patches?.shape.join() !== this.#patches.shape.join()) {
      throw new Error(
        `patches is [${this.#patches.shape.join()}], not ${patches ? `[${patches.shape.join()}]` : 'absent'}`,
      )
    }
    const legal = tf.clipByValue(patches, 0, 1)
    tf.dispose([this.#patches, patches])
    this.#patches = legal
    this.#values = null
  }

  async lossAndGradient(batch: Batch, count = false): Promise<LossAndGradient> {
    const { classifier, side } = this
    const { imageSize: S } = classifier.frozen
    const places = Array.from({ length: batch.count }, () => this.#draw(this.#learning))
    const pictures = this.#tensor(await this.#pasted(batch, places, (row) => batch.labels[row]!))
    try {
      const found = await classifier.lossAndGradient(pictures, batch, (d) => ({ [PICTURES]: tf.mul(d, 1) }), count)
      const dPictures = await found.gradient[PICTURES]!.data<'float32'>()
      tf.dispose(found.gradient[PICTURES]!)
      const gradient = new Float64Array(this.parameterCount)
      const [size, part] = [3 * S * S, 3 * side * side]
      places.forEach((place, row) => {
        // Of pixels in [0, 1], which the graph takes normalised.
        const d = dPictures.slice(row * size, (row + 1) * size)
        d.forEach((value, i) => (d[i] = value / this.format.std[Math.floor(i / S ** 2)]!))
        const label = batch.labels[row]!
        addPatchGradient(gradient.subarray(label * part, (label + 1) * part), d, place)
      })
      const patches = tf.tensor(Float32Array.from(gradient), this.#patches.shape)
      return { ...found, gradient: { patches } }
    } finally {
      pictures.dispose()
    }
  }

  /** Where a patch lies depends on seed and picture alone; on a picture of no set it lies in the middle. */
  async predict(batch: Batch, strength = 1): Promise<Float32Array> {
    const { source, count, labels } = batch
    const { classes: C } = this.classifier.frozen
    const places = Array.from({ length: count }, (_, row) =>
      this.#draw(source ? new Random(this.seed + 2 ** 32 * (1 + source.indices[row]!)) : null),
    )
    const under = async (classOf: (row: number) => number) => {
      const pictures = this.#tensor(await this.#pasted(batch, places, classOf, strength))
      try {
        return await this.classifier.logits(pictures, batch)
      } finally {
        pictures.dispose()
      }
    }
    if (this.settings.objects === 'known') return under((row) => labels[row]!)
    const scores = new Float32Array(count * C)
    for (let c = 0; c < C; c++) {
      const logits = await under(() => c)
      for (let row = 0; row < count; row++) scores[row * C + c] = logits[row * C + c]!
    }
    return scores
  }

  dispose(): void {
    this.#patches.dispose()
  }

  #draw(random: Random | null): Pasted {
    const { degrees, movedShare, scale, translate } = this.settings
    const { imageSize: S } = this.classifier.frozen
    if (!random || random.uniform() >= movedShare) return paste(IN_THE_MIDDLE, this.side, S)
    const within = (most: number) => most * (2 * random.uniform() - 1)
    const pose = {
      angle: (within(degrees) * Math.PI) / 180,
      scale: 1 + within(scale),
      dx: within(translate * S),
      dy: within(translate * S),
    }
    return paste(pose, this.side, S)
  }

  /** Normalised pictures [B,3,S,S] under the patch of a class each. */
  async #pasted(
    { pixels }: Batch,
    places: readonly Pasted[],
    classOf: (row: number) => number,
    strength = 1,
  ): Promise<Float32Array> {
    const values = await (this.#values ??= this.#patches.data<'float32'>())
    const { imageSize: S } = this.classifier.frozen
    const { mean, std } = this.format
    const [size, part] = [3 * S * S, 3 * this.side ** 2]
    const all = pixels.slice()
    places.forEach((place, row) => {
      const own = values.slice(classOf(row) * part, (classOf(row) + 1) * part)
      own.forEach((value, i) => {
        const c = Math.floor(i / this.side ** 2)
        own[i] = (value - mean[c]!) / std[c]!
      })
      pasteInto(all.subarray(row * size, (row + 1) * size), own, place, strength)
    })
    return all
  }

  #tensor(pixels: Float32Array): tf.Tensor4D {
    const { imageSize: S } = this.classifier.frozen
    return tf.tensor4d(pixels, [this.classifier.batchSize, 3, S, S])
  }
}
