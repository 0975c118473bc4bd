/**
 * A prompt of pixels learned from answers alone: the model is asked, never differentiated (SPSA, Spall 1992; with BlackVIP's
 * perturbations and gradient correction, Oh et al. 2023, trainers/vpour.py).
 *
 *   ĝ = mean over the repeats of ( L(θ + c_k Δ) - L(θ - c_k Δ) ) / (2 c_k) · Δ⁻¹       Δ_i = ±U(0.5, 1), Δ⁻¹ by element
 *   v <- b v + ĝ,   θ <- θ - a_k (ĝ + b v)                                             (the optimiser's: SGD, Nesterov)
 *
 * E Δ_j/Δ_i is 1 where i = j and else 0, so that E ĝ is the gradient but for terms in c². One step is 2 x repeats runs of the
 * model, however many values are learned; its estimate is noisy by their number.
 */
import { Random } from '../data/random'
import { tf } from '../runtime/tfjs'
import { elementsOf, type PromptTensors } from '../prompts/design'
import type { Classifier } from './classifier'
import type { Batch, LearnableMethod, LossAndGradient, ParameterSet } from './method'
import { spsaSpread, type SpsaSettings } from './spsa-settings'
import type { VisualPrompt } from './visual-prompt'

export interface BlackBoxOptions {
  readonly settings: SpsaSettings
  /** Of the perturbations: the same step of the same seed has the same ones, for all parts of its batch. */
  readonly seed: number
  /** The prompt's own. */
  readonly classifier: Classifier
  /** Steps made so far. */
  readonly stepsMade: () => number
}

export class BlackBoxPrompt implements LearnableMethod {
  readonly id = 'black-box'

  /** @param prompt what is learned; it is disposed with this */
  constructor(
    readonly prompt: VisualPrompt,
    private readonly options: BlackBoxOptions,
  ) {}

  get parameterCount(): number {
    return this.prompt.parameterCount
  }

  get parameters(): ParameterSet {
    return this.prompt.parameters
  }

  setParameters(next: ParameterSet): void {
    this.prompt.setParameters(next)
  }

  /** An estimate. Its loss is the mean over the perturbed prompts, as in the authors' code; answers are not counted. */
  async lossAndGradient(batch: Batch): Promise<LossAndGradient> {
    const { classifier, seed, settings, stepsMade } = this.options
    const { classes } = classifier.frozen
    const step = stepsMade()
    const spread = spsaSpread(settings, step)
    const random = new Random(seed + step * 2 ** 32)
    const { prompt } = this
    const estimates: [number, PromptTensors][] = []
    let losses = 0
    try {
      for (let repeat = 0; repeat < settings.repeats; repeat++) {
        const perturbation = drawPerturbation(prompt.design.shapes, random)
        estimates.push([0, perturbation])
        const lossAt = async (side: number) => {
          const moved = tf.tidy(() => moveBy(prompt.parameters, perturbation, side * spread))
          try {
            return weightedCrossEntropy(await this.#logits(moved, batch), batch, classes)
          } finally {
            tf.dispose({ ...moved })
          }
        }
        const [right, left] = [await lossAt(1), await lossAt(-1)]
        estimates.at(-1)![0] = (right - left) / (2 * spread * settings.repeats)
        losses += (right + left) / (2 * settings.repeats)
      }
      return { loss: tf.scalar(losses), gradient: tf.tidy(() => meanOf(estimates)), correct: null }
    } finally {
      for (const [, perturbation] of estimates) tf.dispose({ ...perturbation })
    }
  }

  /** Logits of another prompt than the one that is being learned. A random patch lies in the middle: its moves would be noise. */
  async #logits(tensors: PromptTensors, batch: Batch): Promise<Float32Array> {
    const { classifier } = this.options
    const { design } = this.prompt
    const context = { strength: 1, place: null }
    const pixels = classifier.entry === 'delta' ? null : classifier.pixels(batch)
    const entering = pixels ? design.compose(tensors, pixels, context) : design.added(tensors, context)
    pixels?.dispose()
    try {
      return await classifier.logits(entering, batch)
    } finally {
      entering.dispose()
    }
  }

  predict(batch: Batch, strength = 1): Promise<Float32Array> {
    return this.prompt.predict(batch, strength)
  }

  dispose(): void {
    this.prompt.dispose()
  }
}

/** ±U(0.5, 1), each number by itself: the size first, then the sign. */
function drawPerturbation(shapes: Readonly<Record<string, readonly number[]>>, random: Random): PromptTensors {
  const draw = () => {
    const size = (random.uniform() + 1) / 2
    return random.uniform() < 0.5 ? size : -size
  }
  return Object.fromEntries(
    Object.entries(shapes).map(([name, dims]) => [
      name,
      tf.tensor(Float32Array.from({ length: elementsOf(dims) }, draw), [...dims]),
    ]),
  )
}

const moveBy = (parameters: ParameterSet, perturbation: PromptTensors, by: number): PromptTensors =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, tensor]) => [name, tf.add(tensor, tf.mul(perturbation[name]!, by))]),
  )

function meanOf(estimates: readonly (readonly [number, PromptTensors])[]): ParameterSet {
  const names = Object.keys(estimates[0]![1])
  return Object.fromEntries(
    names.map((name) => [name, tf.addN(estimates.map(([slope, delta]) => tf.div(slope, delta[name]!)))]),
  )
}

/** Sum over the rows of weight times cross-entropy, nats, in float64. @param logits [count,C] */
export function weightedCrossEntropy(logits: Float32Array, { labels, weights, count }: Batch, classes: number): number {
  let loss = 0
  for (let row = 0; row < count; row++) {
    const own = logits.subarray(row * classes, (row + 1) * classes)
    const peak = Math.max(...own)
    const sum = own.reduce((all, value) => all + Math.exp(value - peak), 0)
    loss += weights[row]! * (peak + Math.log(sum) - own[labels[row]!]!)
  }
  return loss
}
