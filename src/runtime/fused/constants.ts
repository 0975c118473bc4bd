/** Numbers that are known when a graph is lowered. */
import type { Tensor } from '../../onnx/model'
import { elementCount } from '../../onnx/model'
import { tensorValues } from '../../onnx/tensor'

export type { Constant } from '../../onnx/evaluate'

/** The one number of a tensor of one element, else null. */
export function scalarOf(tensor: Tensor): number | null {
  return elementCount(tensor.dims) === 1 ? tensorValues(tensor)[0]! : null
}

/** Start and step of an arithmetic progression (one number has step 1), else null. */
export function progression(values: readonly number[]): { start: number; step: number } | null {
  const [start, second] = values
  if (start === undefined) return null
  const step = second === undefined ? 1 : second - start
  return values.every((v, i) => v === start + i * step) ? { start, step } : null
}
