/** AdamW from an empty state, for methods that tune for one picture and forget it (methods/text/tpt.ts). */
import type { FreshOptimiser } from '../methods/text/tpt'
import { adamw, disposeOptimiser } from './optimiser'

/** The values of PyTorch's AdamW, but for rate and decay. */
export function freshAdamw({
  learningRate,
  weightDecay,
}: {
  learningRate: number
  weightDecay: number
}): FreshOptimiser {
  const optimiser = adamw({ kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay })
  let state: ReturnType<typeof optimiser.init> | null = null
  return {
    step(gradient, parameters) {
      const before = state ?? optimiser.init(parameters)
      const updated = optimiser.update(gradient, before, parameters, learningRate)
      disposeOptimiser(before)
      state = updated.state
      return updated.parameters
    },
    dispose() {
      if (state) disposeOptimiser(state)
    },
  }
}
