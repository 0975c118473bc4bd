/** Sets of tensors by name: reading them to host memory and back, adding them, their norm. */
import type { NamedTensor, NamedTensors, ParameterSet } from '../methods/method'
import { tf } from '../runtime/tfjs'

/** The same names, each tensor replaced by `change` of it. */
export function mapParameters(
  set: ParameterSet,
  change: (tensor: tf.Tensor, name: string) => tf.Tensor,
): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(set).map(([name, tensor]) => [name, change(tensor, name)]))
}

/** Copies to host memory, of the values at the call: the set may be disposed before they are there. */
export async function readParameters(set: ParameterSet): Promise<NamedTensors> {
  const entries = Object.entries(set).map(async ([name, tensor]): Promise<[string, NamedTensor]> => {
    const held = tf.keep(tensor.clone())
    try {
      const data = await held.data<'float32'>()
      return [name, { dims: [...held.shape], data: data.slice() }]
    } finally {
      held.dispose()
    }
  })
  await Promise.allSettled(entries)
  return Object.fromEntries(await Promise.all(entries))
}

/** Copies to the device; the caller disposes them. */
export function writeParameters(named: NamedTensors): ParameterSet {
  return Object.fromEntries(
    Object.entries(named).map(([name, { dims, data }]) => [name, tf.tensor(data.slice(), [...dims])]),
  )
}

/** L2 norm over all tensors together, a scalar. */
export function normOf(set: ParameterSet): tf.Tensor {
  return tf.tidy(() => tf.sqrt(tf.addN(Object.values(set).map((tensor) => tf.sum(tf.square(tensor))))))
}
