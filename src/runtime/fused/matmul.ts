/** ONNX's MatMul and Gemm as products of the fused engine's form. */
import type { Id } from './ir'
import type { LoweringContext } from './lower'
import { Unsupported } from './unsupported'
import { describe, elementCount } from '../../onnx/model'
import { broadcastShape } from '../../onnx/shape'

/** Matrices [..., M, K] x [..., K, N]; a shared right factor is multiplied once, all rows together. */
export function matmul(c: LoweringContext, a: Id, b: Id): Id {
  const { program: p } = c
  const [left, right] = [p.dims(a), p.dims(b)]
  if (left.length < 2 || right.length < 2) throw new Unsupported(`${describe(c.node)} with a vector`)
  const [M, K, N] = [left.at(-2)!, left.at(-1)!, right.at(-1)!]
  const product = (x: Id, y: Id, G: number, rows: number, shared: number) =>
    p.add({ kind: 'matmul', a: p.reshape(x, [G, rows, K]), b: p.reshape(y, [shared, K, N]) }, [G, rows, N])
  if (elementCount(right.slice(0, -2)) === 1) {
    const rows = elementCount(left) / K
    return p.reshape(product(a, b, 1, rows, 1), [...left.slice(0, -1), N])
  }
  const batch = broadcastShape(left.slice(0, -2), right.slice(0, -2))
  const G = elementCount(batch)
  if (elementCount(left.slice(0, -2)) !== G || elementCount(right.slice(0, -2)) !== G) {
    throw new Unsupported(`${describe(c.node)} with broadcast batches`)
  }
  return p.reshape(product(a, b, G, M, G), [...batch, M, N])
}
