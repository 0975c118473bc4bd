/** What the readers of other people's prompts have in common: a tensor by its key, of a shape, made of numbers. */
import { UserError } from '../../errors'
import type { NamedTensor } from '../../methods/method'
import { said } from '../../sentence'
import { hostTensor, tensorsOf } from '../torch-zip/tensors'
import type { PickleValue } from '../torch-zip/values'

/**
 * @param name what the file is called, for people
 * @param keys of one tensor, by which it may be called
 * @param shape null where any length will do
 * @throws UserError where it is missing, of another shape, or holds NaN or infinity
 */
export function tensorIn(
  name: string,
  holder: PickleValue | undefined,
  keys: readonly string[],
  shape: readonly (number | null)[],
): NamedTensor {
  const tensors = tensorsOf(holder)
  const tensor = keys.map((key) => tensors.get(key)).find((found) => found !== undefined)
  if (!tensor) throw unlike(name, said`it lacks ${keys[0]!}`)
  const { dims } = tensor
  if (dims.length !== shape.length || shape.some((dim, i) => dim !== null && dim !== dims[i])) {
    throw unlike(name, said`its ${keys[0]!} is [${dims.join(',').slice(0, 60)}]`)
  }
  const read = hostTensor(tensor)
  requireNumbers(name, keys[0]!, read)
  return read
}

/** @throws UserError where a value is NaN or infinite */
export function requireNumbers(name: string, key: string, { data }: NamedTensor): void {
  if (data.every((value) => Number.isFinite(value))) return
  throw new UserError(
    said`The prompt in "${name}" is not made of numbers: its ${key} holds NaN or infinity.`,
    'Its learning went wrong; choose an earlier checkpoint.',
  )
}

/** An image [3,S,S] under one key. */
export function imageIn(name: string, holder: PickleValue | undefined, key: string): NamedTensor {
  const image = tensorIn(name, holder, [key], [3, null, null])
  if (image.dims[1] === image.dims[2] && image.dims[1]! > 0) return image
  throw unlike(name, said`its ${key} is [${image.dims.join(',')}], not square`)
}

export function unlike(name: string, why: ReturnType<typeof said>): UserError {
  return new UserError(
    said`"${name}" is not the prompt that it was opened as: ${why}.`,
    'Choose the code that it comes from, or another file.',
  )
}
