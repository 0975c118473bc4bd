/**
 * Optimisers beyond those that a recipe names: one for each group of parameters, with a rate of its own (pixels and words are of
 * different units), and steps by the sign of the gradient.
 */
import type { ParameterSet } from '../methods/method'
import { tf } from '../runtime/tfjs'
import { mapParameters, normOf } from './parameters'
import type { Optimiser, OptimiserState } from './optimiser'

export interface OptimiserGroup {
  readonly names: readonly string[]
  readonly optimiser: Optimiser
  /** Rate of the group, as a multiple of the schedule's. */
  readonly factor: number
}

/** Every parameter is in one group. States lie beside each other, so that they are saved as one. */
export function grouped(groups: readonly OptimiserGroup[]): Optimiser {
  const partOf = (set: ParameterSet, { names }: OptimiserGroup): ParameterSet =>
    Object.fromEntries(names.map((name) => [name, set[name]!]))
  const together = (step: number, states: readonly OptimiserState[]): OptimiserState => ({
    step,
    slots: Object.fromEntries(
      states.flatMap(({ slots }, g) => Object.entries(slots).map(([name, set]) => [`${g}/${name}`, set] as const)),
    ),
  })
  const stateOf = ({ step, slots }: OptimiserState, g: number): OptimiserState => ({
    step,
    slots: Object.fromEntries(
      Object.entries(slots)
        .filter(([name]) => name.startsWith(`${g}/`))
        .map(([name, set]) => [name.slice(`${g}/`.length), set]),
    ),
  })
  return {
    init: (parameters) =>
      together(
        0,
        groups.map((group) => group.optimiser.init(partOf(parameters, group))),
      ),
    update(gradient, state, parameters, rate) {
      const updated = groups.map((group, g) =>
        group.optimiser.update(
          partOf(gradient, group),
          stateOf(state, g),
          partOf(parameters, group),
          rate * group.factor,
        ),
      )
      const all = Object.assign({}, ...updated.map((one) => one.parameters)) as ParameterSet
      // In the order of the parameters, whichever group they are in.
      const ordered = Object.fromEntries(Object.keys(parameters).map((name) => [name, all[name]!]))
      return {
        parameters: ordered,
        state: together(
          state.step + 1,
          updated.map((one) => one.state),
        ),
      }
    },
  }
}

/** p <- p - rate sign(g), without a state. */
export const signSgd = (): Optimiser => ({
  init: () => ({ step: 0, slots: {} }),
  update: (gradient, { step }, parameters, rate) => ({
    parameters: tf.tidy(() =>
      mapParameters(parameters, (p, name) => tf.sub(p, tf.mul(tf.sign(gradient[name]!), rate))),
    ),
    state: { step: step + 1, slots: {} },
  }),
})

/** The optimiser with the gradient first brought to length 1, over all of its parameters, and then cut to ±limit, value by value. */
export const onNormalised = ({ init, update }: Optimiser, limit = Infinity): Optimiser => ({
  init,
  update(gradient, state, parameters, rate) {
    const cut = tf.tidy(() => {
      // Twelve digits below any gradient seen: an exactly zero gradient stays zero instead of becoming NaN.
      const norm = tf.add(normOf(gradient), 1e-12)
      return mapParameters(gradient, (g) => {
        const unit = tf.div(g, norm)
        return limit === Infinity ? unit : tf.clipByValue(unit, -limit, limit)
      })
    })
    try {
      return update(cut, state, parameters, rate)
    } finally {
      tf.dispose(cut)
    }
  },
})
