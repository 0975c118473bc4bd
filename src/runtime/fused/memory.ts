/**
 * Memory of a session of the fused engine, from its very plan: every piece is made when the session is opened and stays as
 * long as it does.
 */
import type { OnnxModel } from '../../onnx/model'
import { elementCount } from '../../onnx/model'
import type { GraphMemory } from '../memory'
import type { Id } from './ir'
import { resultsOf, type Target } from './kernel'
import { planRun } from './plan'

/**
 * @param model a static graph; its weights are not looked at
 * @throws Unsupported where the graph needs what the fused engine does not know
 */
export function fusedMemory(model: OnnxModel, target: Target): GraphMemory {
  const plan = planRun(model, target)
  const bytes = (id: Id) => elementCount(plan.program.dims(id)) * Float32Array.BYTES_PER_ELEMENT
  const sum = (ids: Iterable<Id>) => [...ids].reduce((all, id) => all + bytes(id), 0)
  const made = new Set(plan.forward.flatMap(resultsOf))
  const kept = new Set(plan.backward.flatMap(({ reads }) => reads).filter((id) => made.has(id)))
  return {
    weights: sum(plan.weights.keys()),
    saved: sum(kept),
    activations: plan.sizes.reduce((all, size) => all + size, 0) + sum(plan.inputs.values()),
  }
}
