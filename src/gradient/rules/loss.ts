/**
 * Loss heads as one step each (heads.ts writes their forward as plain nodes and groups them under these names).
 *
 *   pattern.CrossEntropy   L = sum_b w_b CE_b,  CE_b = -sum_c t_bc log softmax(Z)_bc
 *     dZ_bc = g w_b (softmax(Z)_bc sum_c' t_bc' - t_bc)                (the sum is 1 for targets that are distributions)
 */
import { int } from '../../onnx/model'
import type { Rules } from '../rule'

export const loss: Rules = {
  /** Inputs: logits [B,C], targets [B,C], weights [B]. Output: loss []. */
  'pattern.CrossEntropy': ({ b, g, x, dims }) => {
    const [logits, targets, weights] = [x(0), x(1), x(2)]
    const p = b.op('Softmax', [logits], { axis: int(-1) })
    const mass = b.reduceSum(targets, [1])
    const rowWeights = b.mul(b.reshape(weights, [dims(weights)[0]!, 1]), g)
    return [b.mul(b.sub(b.mul(p, mass), targets), rowWeights)]
  },
}
