/**
 * Optimisers as pure pairs of `init` and `update`: nothing given is changed, new tensors come back.
 *
 *   sgd    v <- momentum v + g + d p       p <- p - rate v                                   (torch.optim.SGD, no dampening)
 *          nesterov: p <- p - rate (g + d p + momentum v)
 *          with normaliseGradient g is first divided by its L2 norm over all parameters      (after EVP, Wu et al. 2024)
 *   adam   m <- b1 m + (1-b1) g            v <- b2 v + (1-b2) g²
 *          p <- p - rate m / (1-b1^t) / ( √v / √(1-b2^t) + eps )                             (torch.optim.Adam)
 *          with a weight decay d p is added to g first
 *   adamw  p <- (1 - rate d) p, then as adam                          (torch.optim.AdamW; Loshchilov and Hutter 2019, alg. 2)
 */
import type { NamedTensors, ParameterSet } from '../methods/method'
import { tf } from '../runtime/tfjs'
import { mapParameters, normOf, readParameters, writeParameters } from './parameters'
import type { OptimiserChoice as Choice } from './recipe'

export interface OptimiserState {
  /** Updates made. */
  readonly step: number
  /** Running averages, each shaped as the parameters. */
  readonly slots: Readonly<Record<string, ParameterSet>>
}

export interface Updated {
  readonly parameters: ParameterSet
  readonly state: OptimiserState
}

export interface Optimiser {
  init(parameters: ParameterSet): OptimiserState
  /** The caller disposes what comes back, and what it gave. */
  update(gradient: ParameterSet, state: OptimiserState, parameters: ParameterSet, rate: number): Updated
}

export function createOptimiser(choice: Choice): Optimiser {
  switch (choice.kind) {
    case 'sgd':
      return sgd(choice)
    case 'adam':
      return adam(choice)
    case 'adamw':
      return adamw(choice)
  }
}

const zeros = (parameters: ParameterSet) => mapParameters(parameters, (tensor) => tf.zerosLike(tensor))

export function sgd(choice: Extract<Choice, { kind: 'sgd' }>): Optimiser {
  const { momentum, nesterov = false, normaliseGradient, weightDecay = 0 } = choice
  return {
    init: (parameters) => ({ step: 0, slots: { velocity: zeros(parameters) } }),
    update: (gradient, { step, slots }, parameters, rate) =>
      tf.tidy(() => {
        // Twelve digits below any gradient seen: an exactly zero gradient stays zero instead of becoming NaN.
        const scaledOrNot = normaliseGradient ? scaled(gradient, tf.add(normOf(gradient), 1e-12)) : gradient
        const g = weightDecay
          ? mapParameters(scaledOrNot, (one, name) => tf.add(one, tf.mul(parameters[name]!, weightDecay)))
          : scaledOrNot
        const velocity = mapParameters(slots.velocity!, (v, name) => tf.add(tf.mul(v, momentum), g[name]!))
        const direction = nesterov
          ? mapParameters(velocity, (v, name) => tf.add(g[name]!, tf.mul(v, momentum)))
          : velocity
        return {
          parameters: mapParameters(parameters, (p, name) => tf.sub(p, tf.mul(direction[name]!, rate))),
          state: { step: step + 1, slots: { velocity } },
        }
      }),
  }
}

function scaled(gradient: ParameterSet, divisor: tf.Tensor): ParameterSet {
  return mapParameters(gradient, (g) => tf.div(g, divisor))
}

/** Adam with weight decay apart from the gradient. */
export function adamw(choice: Extract<Choice, { kind: 'adamw' }>): Optimiser {
  const { beta1, beta2, epsilon, weightDecay } = choice
  const { init, update } = adam({ kind: 'adam', beta1, beta2, epsilon })
  return {
    init,
    update(gradient, state, parameters, rate) {
      const decayed = mapParameters(parameters, (p) => tf.mul(p, 1 - rate * weightDecay))
      const updated = update(gradient, state, decayed, rate)
      tf.dispose(decayed)
      return updated
    },
  }
}

export function adam({ beta1, beta2, epsilon, weightDecay = 0 }: Extract<Choice, { kind: 'adam' }>): Optimiser {
  return {
    init: (parameters) => ({ step: 0, slots: { mean: zeros(parameters), square: zeros(parameters) } }),
    update: (given, { step, slots }, parameters, rate) =>
      tf.tidy(() => {
        const gradient = weightDecay
          ? mapParameters(given, (g, name) => tf.add(g, tf.mul(parameters[name]!, weightDecay)))
          : given
        const t = step + 1
        const mean = mapParameters(slots.mean!, (m, name) =>
          tf.add(tf.mul(m, beta1), tf.mul(gradient[name]!, 1 - beta1)),
        )
        const square = mapParameters(slots.square!, (v, name) =>
          tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient[name]!), 1 - beta2)),
        )
        const stepSize = rate / (1 - beta1 ** t)
        const rootCorrection = Math.sqrt(1 - beta2 ** t)
        return {
          parameters: mapParameters(parameters, (p, name) => {
            const divisor = tf.add(tf.div(tf.sqrt(square[name]!), rootCorrection), epsilon)
            return tf.sub(p, tf.mul(tf.div(mean[name]!, divisor), stepSize))
          }),
          state: { step: t, slots: { mean, square } },
        }
      }),
  }
}

/** Optimiser state in host memory. */
export interface SavedOptimiser {
  readonly step: number
  readonly slots: Readonly<Record<string, NamedTensors>>
}

/** The state at the call: the optimiser may go on while it is read. */
export async function saveOptimiser({ step, slots }: OptimiserState): Promise<SavedOptimiser> {
  const sets = Object.entries(slots).map(async ([name, set]) => [name, await readParameters(set)] as const)
  await Promise.allSettled(sets)
  return { step, slots: Object.fromEntries(await Promise.all(sets)) }
}

export function loadOptimiser({ step, slots }: SavedOptimiser): OptimiserState {
  return { step, slots: Object.fromEntries(Object.entries(slots).map(([name, set]) => [name, writeParameters(set)])) }
}

export function disposeOptimiser({ slots }: OptimiserState): void {
  for (const set of Object.values(slots)) tf.dispose({ ...set })
}
