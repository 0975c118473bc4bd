/** Weight decay as torch.optim.SGD has it: part of the gradient, g + d p, before momentum. */
import type { ParameterSet } from '../methods/method'
import { tf } from '../runtime/tfjs'
import { mapParameters } from './parameters'

/** The caller disposes what comes back, and what it gave. */
export function withWeightDecay(gradient: ParameterSet, parameters: ParameterSet, decay: number): ParameterSet {
  return tf.tidy(() => mapParameters(gradient, (g, name) => tf.add(g, tf.mul(parameters[name]!, decay))))
}
