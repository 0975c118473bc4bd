/**
 * The loss scale of a half-precision encoder, found while learning (dynamic loss scaling, Micikevicius et al. 2018, section
 * 3.2): halved when a gradient overflows, whose step is then computed anew, and doubled again after many good steps, up to
 * where it began.
 */
import { UserError } from '../errors'
import { DEFAULT_LOSS_SCALE } from '../gradient/half'

/** Below this the gradients themselves would vanish (docs/decisions/half-precision.md). */
const SMALLEST = 2 ** -14

/** Gradients in a row without an overflow, after which a larger scale is tried. */
const GROW_AFTER = 200

/** Between two gradients. */
export interface LossScaleState {
  readonly value: number
  /** Gradients without an overflow since it was last changed. */
  readonly good: number
}

export class LossScale {
  #value = DEFAULT_LOSS_SCALE
  #good = 0

  /** A power of two, so that scaling alone never rounds. */
  get value(): number {
    return this.#value
  }

  get state(): LossScaleState {
    return { value: this.#value, good: this.#good }
  }

  /** Goes on from there; null: from the beginning. */
  load(state: LossScaleState | null): void {
    this.#value = state?.value ?? DEFAULT_LOSS_SCALE
    this.#good = state?.good ?? 0
  }

  /** A gradient was finite. */
  good(): void {
    if (this.#value === DEFAULT_LOSS_SCALE || ++this.#good < GROW_AFTER) return
    this.#good = 0
    this.#value *= 2
  }

  /** A gradient was not. @throws UserError where no smaller scale is left */
  overflowed(): void {
    this.#good = 0
    this.#value /= 2
    if (this.#value >= SMALLEST) return
    throw new UserError(
      'The gradient of this half-precision model overflows, however small it is scaled.',
      'Take the float32 variant of the model.',
    )
  }
}
