/**
 * Label mapping: which of a classifier's K outputs stand for the C classes of a new task (Elsayed et al. 2018; the
 * vision-only setting of Bahng et al. 2022, `main_vision.py`: `indices = range(C)`, `output[:, indices]`).
 *
 * A mapping is a matrix M [K,C], and the task's logits are the classifier's times M. Hard-coded mappings select: one 1
 * in each column. Others (by frequency, by several outputs a class, learned) are other matrices.
 */
import { UserError } from '../errors'

export interface LabelMapping {
  /** first: class i is output i, arbitrary as it is. chosen: the outputs that a person named. */
  readonly kind: 'first' | 'chosen'
  /** Output of each class, [C]. */
  readonly outputs: readonly number[]
  /** M, float32 [K,C]. */
  readonly matrix: Float32Array
}

/** @throws UserError where the classifier has fewer outputs than the task has classes */
export function firstOutputs(outputs: number, classes: number): LabelMapping {
  if (classes > outputs) {
    throw new UserError(
      `The task has ${classes} classes, the classifier only ${outputs} outputs to stand for them.`,
      `Take a task of at most ${outputs} classes, or a classifier with more outputs.`,
    )
  }
  const first = Array.from({ length: classes }, (_, i) => i)
  return { kind: 'first', outputs: first, matrix: selection(outputs, first) }
}

/**
 * @param chosen number of an output for each class, in the order of the classes
 * @throws UserError where that is not one output of its own for every class
 */
export function chosenOutputs(outputs: number, classes: number, chosen: readonly number[]): LabelMapping {
  const stranger = chosen.find((k) => !Number.isInteger(k) || k < 0 || k >= outputs)
  const twice = chosen.find((k, i) => chosen.indexOf(k) !== i)
  const wrong =
    chosen.length !== classes
      ? `${chosen.length} outputs are named for ${classes} classes`
      : stranger !== undefined
        ? `there is no output ${stranger}`
        : twice !== undefined
          ? `output ${twice} is named twice`
          : null
  if (wrong !== null) {
    throw new UserError(
      `These outputs cannot stand for the classes: ${wrong}.`,
      `Name ${classes} different outputs between 0 and ${outputs - 1}, one a class, in the order of the classes.`,
    )
  }
  return { kind: 'chosen', outputs: [...chosen], matrix: selection(outputs, chosen) }
}

/** [K,C] with a 1 at (chosen[c], c). */
function selection(outputs: number, chosen: readonly number[]): Float32Array {
  const matrix = new Float32Array(outputs * chosen.length)
  chosen.forEach((k, c) => (matrix[k * chosen.length + c] = 1))
  return matrix
}
