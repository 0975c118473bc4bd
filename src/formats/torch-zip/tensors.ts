/** Tensors of a checkpoint by name, as this program keeps them. */
import type { NamedTensor } from '../../methods/method'
import { toFloat32 } from '../elements'
import { TorchTensor, type PickleValue } from './values'

/** The tensors of a dict, whatever else is in it. */
export function tensorsOf(value: PickleValue | undefined): ReadonlyMap<string, TorchTensor> {
  if (!(value instanceof Map)) return new Map()
  return new Map(
    [...value].filter((entry): entry is [string, TorchTensor] => {
      const [key, tensor] = entry
      return typeof key === 'string' && tensor instanceof TorchTensor
    }),
  )
}

export function hostTensor(tensor: TorchTensor): NamedTensor {
  const read = tensor.read()
  return { dims: read.dims, data: toFloat32(read) }
}

export const finite = (value: PickleValue | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null
