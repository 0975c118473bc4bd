/** How long a run still takes: the steps, the validations among them, and what is measured at the very end. */

/** What a run still has before it, whatever its pace. */
export interface Plan {
  readonly steps: number
  readonly validateEvery: number
  /** Images of the test split, each answered bare and prompted. */
  readonly testImages: number
}

export interface Pace {
  /** From step to step, ms. */
  readonly stepMs: number
  /** A whole validation, ms, and the images it answered; null before the first. */
  readonly validation: { readonly ms: number; readonly images: number } | null
}

/** Seconds from after `step` steps to the result; without the measuring where its pace is not known. */
export function secondsLeft({ steps, testImages, validateEvery }: Plan, step: number, pace: Pace): number {
  const stepping = Math.max(0, steps - step) * pace.stepMs
  if (!pace.validation) return stepping / 1000
  const { images, ms } = pace.validation
  const validations = validationsUntil(steps, steps, validateEvery) - validationsUntil(step, steps, validateEvery)
  const test = images > 0 ? (ms / images) * 2 * testImages : 0
  return (stepping + validations * ms + test) / 1000
}

/** Validations that follow the first `step` steps: one every few steps, and one at the end. */
const validationsUntil = (step: number, steps: number, every: number): number =>
  Math.floor(step / every) + (step >= steps && steps % every !== 0 ? 1 : 0)
