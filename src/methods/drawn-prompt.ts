/**
 * Prompts that are drawn, not learned: a red circle or a block of colour on every picture, which another method then answers
 * (Shtedritski et al. 2023, "What does CLIP know about a red circle?"; Yao et al. 2021, CPT). Several drawings of one picture
 * have their logits averaged. Legend: B rows of a batch, S image side, C classes.
 */
import type { Normalisation } from '../prompts/design'
import { blurred, coverageOf, greyed, marked, type Coverage } from '../prompts/mark'
import type { DrawnSettings } from './drawn-settings'
import type { Batch, Method } from './method'

export class DrawnPrompt implements Method {
  readonly id = 'drawn'
  readonly parameterCount = 0
  readonly #coverage: Coverage

  /** @param answering answers the pictures as they are drawn on; it stays its opener's */
  constructor(
    private readonly answering: Method,
    private readonly settings: DrawnSettings,
    private readonly format: Normalisation & { readonly imageSize: number },
  ) {
    const { mark, box, lineFraction } = settings
    this.#coverage = coverageOf({ shape: mark, box, lineFraction }, format.imageSize)
  }

  /** @param strength what the opacity is multiplied with; what lies outside of the mark is grey or blurred all the same */
  async predict(batch: Batch, strength = 1): Promise<Float32Array> {
    const { outside } = this.settings
    let sum: Float32Array | null = null
    for (const kind of outside) {
      const logits = await this.answering.predict(this.#drawnOn(batch, kind, strength))
      sum = sum ? sum.map((value, i) => value + logits[i]!) : logits
    }
    return sum!.map((value) => value / outside.length)
  }

  /** @param picture float32 [3,S,S], RGB in [0, 1] */
  draw(picture: Float32Array, kind: DrawnSettings['outside'][number], strength = 1): Float32Array {
    const { blurFraction, colour, opacity } = this.settings
    const effect =
      kind === 'keep'
        ? null
        : kind === 'grey'
          ? greyed(picture)
          : blurred(picture, blurFraction * this.format.imageSize)
    const paint = colour.map((value) => value / 255)
    return marked(picture, this.#coverage, paint, opacity * strength, effect)
  }

  dispose(): void {}

  /** Without a source: what was computed of the pictures before does not hold. */
  #drawnOn({ pixels, labels, weights, count }: Batch, kind: DrawnSettings['outside'][number], strength: number): Batch {
    const { imageSize: S, mean, std } = this.format
    const plane = S * S
    const drawn = new Float32Array(pixels.length)
    for (let row = 0; row < count; row++) {
      const normalised = pixels.subarray(row * 3 * plane, (row + 1) * 3 * plane)
      const channel = (i: number) => Math.floor(i / plane)
      const picture = normalised.map((value, i) => value * std[channel(i)]! + mean[channel(i)]!)
      const marks = this.draw(picture, kind, strength)
      drawn.set(
        marks.map((value, i) => (value - mean[channel(i)]!) / std[channel(i)]!),
        row * 3 * plane,
      )
    }
    return { pixels: drawn, labels, weights, count }
  }
}
