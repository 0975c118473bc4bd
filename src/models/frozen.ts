/**
 * The proof that a frozen model stayed frozen: sha256 of the weights that learning runs on, before it and after it.
 *
 * What is hashed is what ONNX Runtime was given: the model's own bytes, which the training graph refers to as external
 * data. Equal hashes prove that nothing in this program wrote into those bytes while it learned. That nothing inside
 * ONNX Runtime wrote into its copy follows from the graph: weights are initializers, and no ONNX operator assigns to one.
 */
import type { ExternalData } from '../runtime/engine'
import { sha256 } from './sha256'

/** sha256, hex, of the weight files of a session in their order; of one file, what `sha256sum` prints for it. */
export function hashFrozen(weights: readonly ExternalData[]): Promise<string> {
  return sha256(...weights.map(({ data }) => data))
}
