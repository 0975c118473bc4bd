/** Reading of what a fitted method saved: names and shapes are held against what the method is. */
import { UserError } from '../errors'
import { said } from '../sentence'
import type { NamedTensors } from './method'

/**
 * Values of a saved tensor; a copy.
 * @param dims as expected; -1 for any length
 * @throws UserError where it is missing or of another shape
 */
export function requireTensor(saved: NamedTensors, name: string, dims: readonly number[]): Float32Array {
  const found = saved[name]
  const fits =
    found !== undefined &&
    found.dims.length === dims.length &&
    dims.every((dim, i) => dim === -1 || dim === found.dims[i]) &&
    found.data.length === found.dims.reduce((product, dim) => product * dim, 1)
  if (fits) return found.data.slice()
  throw new UserError(
    said`What was saved does not fit this model and these classes: ${name} is ${found ? `[${found.dims.join()}]` : 'missing'}.`,
    'Open the model and the images that it was learned with, or learn again.',
  )
}
