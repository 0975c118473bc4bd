/**
 * Learning rate by step: linear warm-up, then half a cosine to zero.
 * As in the reference code of visual prompting (Bahng et al. 2022, utils.py `cosine_lr`, itself from open_clip).
 */

export interface Schedule {
  /** Peak rate. */
  readonly learningRate: number
  readonly warmupSteps: number
  /** All steps, warm-up included. */
  readonly steps: number
}

/**
 * Rate of the step with this index, counted from 0.
 * step < w: rate (step+1)/w; then rate (1 + cos(π (step-w)/(steps-w))) / 2.
 */
export function learningRateAt({ learningRate, warmupSteps, steps }: Schedule, step: number): number {
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps
  return 0.5 * (1 + Math.cos((Math.PI * (step - warmupSteps)) / (steps - warmupSteps))) * learningRate
}
