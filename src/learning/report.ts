/**
 * Loss and gradient norm of the last steps, still on the device, and their reading in one go.
 * On WebGPU each reading waits for all work given so far, so it is done every few steps only; elsewhere at every step.
 */
import { tf } from '../runtime/tfjs'

export interface StepReport {
  /** Steps made, this one included: 1 for the first. */
  readonly step: number
  /** Mean cross-entropy over the batch, before this step's update. */
  readonly loss: number
  readonly learningRate: number
  /** L2 norm of the gradient, before any normalisation. */
  readonly gradientNorm: number
  /** Images of the batch. */
  readonly images: number
  /** Share of the batch that was answered rightly, before this step's update; null where it was not read. */
  readonly accuracy: number | null
}

type Known = Omit<StepReport, 'loss' | 'gradientNorm'>

export class PendingReports {
  #known: Known[] = []
  #pairs: tf.Tensor[] = []

  get length(): number {
    return this.#known.length
  }

  /** Copies the two scalars. */
  add(known: Known, loss: tf.Tensor, gradientNorm: tf.Tensor): void {
    this.#known.push(known)
    this.#pairs.push(tf.stack([loss, gradientNorm]))
  }

  /** All reports since the last reading, in order. */
  async read(): Promise<StepReport[]> {
    if (this.#known.length === 0) return []
    const [known, pairs] = [this.#known, this.#pairs]
    this.#known = []
    this.#pairs = []
    const all = tf.stack(pairs)
    tf.dispose(pairs)
    try {
      const values = await all.data()
      return known.map((entry, i) => ({ ...entry, loss: values[2 * i]!, gradientNorm: values[2 * i + 1]! }))
    } finally {
      all.dispose()
    }
  }

  clear(): void {
    tf.dispose(this.#pairs)
    this.#known = []
    this.#pairs = []
  }
}
