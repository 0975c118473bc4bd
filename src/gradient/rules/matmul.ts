/**
 * Matrix products.
 *
 *   Y = A B (batched)             dA = sumTo(g B^T)         dB = sumTo(A^T g)
 *   Y = X W (W a matrix)          dX = g W^T as Gemm(transB) over all rows; dW = X^T g as Gemm(transA)
 *   Y = a A' B' + b C             dA' = a g B'^T            dB' = a A'^T g            dC = b sumTo(g)
 *
 * `Gemm(transB=1)` reads W where it lies. `Transpose(W)` would be folded by the runtime into a second copy of all
 * weights (measured). A gradient that X already has from other uses is passed as Gemm's C.
 */
import type { Value } from '../../onnx/builder'
import { isMatrixSwap } from '../../onnx/builder'
import { permutationOf } from '../../onnx/infer'
import { elementCount } from '../../onnx/model'
import type { RuleContext, Rules } from '../rule'

export const matmul: Rules = {
  MatMul: (c) => {
    const [A, B] = [c.x(0), c.x(1)]
    const [aDims, bDims] = [c.dims(A), c.dims(B)]
    if (aDims.length === 1 || bDims.length === 1) return vectorProduct(c)
    if (bDims.length === 2) return [c.wants(0) ? rowsTimesTransposed(c) : null, c.wants(1) ? outerSum(c) : null]
    const { b, g } = c
    return [
      c.wants(0) ? b.sumTo(b.op('MatMul', [g, turned(c, B)]), aDims) : null,
      c.wants(1) ? b.sumTo(b.op('MatMul', [turned(c, A), g]), bDims) : null,
    ]
  },

  Gemm: (c) => {
    const { b, g } = c
    const [A, B] = [c.x(0), c.x(1)]
    const transA = c.attr('transA', 'int', 0) === 1
    const transB = c.attr('transB', 'int', 0) === 1
    const alpha = c.attr('alpha', 'float', 1)
    const beta = c.attr('beta', 'float', 1)
    const dA = () =>
      transA ? b.gemm(B, g, { transA: transB, transB: true, alpha }) : b.gemm(g, B, { transB: !transB, alpha })
    const dB = () =>
      transB ? b.gemm(g, A, { transA: true, transB: transA, alpha }) : b.gemm(A, g, { transA: !transA, alpha })
    const dC = () => {
      const sum = b.sumTo(g, c.dims(c.x(2)))
      return beta === 1 ? sum : b.mul(sum, b.scalar(beta, sum))
    }
    return [c.wants(0) ? dA() : null, c.wants(1) ? dB() : null, c.has(2) && c.wants(2) ? dC() : null]
  },
}

/**
 * M^T of a stack of matrices. What the forward has turned is read as it was before: the runtime's own products read a turned
 * factor where it lies, and a turned copy for the backward alone is then not made at all.
 */
function turned(c: RuleContext, M: Value): Value {
  const made = c.producer(M)
  const perm = made?.op === 'Transpose' ? permutationOf(made, c.dims(M).length) : []
  return made && isMatrixSwap(perm) ? made.inputs[0]! : c.b.matrixTranspose(M)
}

/** dX = g W^T, with X and g flattened to matrices. */
function rowsTimesTransposed(c: RuleContext): Value {
  const { b, g } = c
  const [X, W] = [c.x(0), c.x(1)]
  const [K, N] = c.dims(W) as [number, number]
  const rows = elementCount(c.dims(g)) / N
  const others = c.takeAccumulated(0)
  const dX = b.gemm(b.reshape(g, [rows, N]), ownCopyOfDequantised(c, W), {
    transB: true,
    ...(others ? { c: b.reshape(others, [rows, K]) } : {}),
  })
  return b.reshape(dX, c.dims(X))
}

/** dW = X^T g, summed over all leading axes. */
function outerSum(c: RuleContext): Value {
  const { b, g } = c
  const [K, N] = c.dims(c.x(1)) as [number, number]
  const rows = elementCount(c.dims(g)) / N
  return b.gemm(b.reshape(c.x(0), [rows, K]), b.reshape(g, [rows, N]), { transA: true })
}

/** A 1-D operand is a matrix with an axis of one that MatMul drops; put it back, differentiate, drop it again. */
function vectorProduct(c: RuleContext): (Value | null)[] {
  const { b } = c
  const [aDims, bDims] = [c.dims(c.x(0)), c.dims(c.x(1))]
  const A = aDims.length === 1 ? b.reshape(c.x(0), [1, aDims[0]!]) : c.x(0)
  const B = bDims.length === 1 ? b.reshape(c.x(1), [bDims[0]!, 1]) : c.x(1)
  const full = [...c.dims(c.g)]
  if (aDims.length === 1) full.splice(bDims.length === 1 ? full.length : full.length - 1, 0, 1)
  if (bDims.length === 1) full.push(1)
  const g = b.reshape(c.g, full)
  const dA = () => b.reshape(b.sumTo(b.op('MatMul', [g, b.matrixTranspose(B)]), b.dims(A)), aDims)
  const dB = () => b.reshape(b.sumTo(b.op('MatMul', [b.matrixTranspose(A), g]), b.dims(B)), bDims)
  return [c.wants(0) ? dA() : null, c.wants(1) ? dB() : null]
}

/**
 * Weight-only quantised W: the backward dequantises again instead of keeping the forward's float copy of every weight
 * alive. Its scale is a copy under another name, or common-subexpression elimination would merge the two.
 */
function ownCopyOfDequantised(c: RuleContext, W: Value): Value {
  const producer = c.producer(W)
  if (producer?.op !== 'DequantizeLinear') return W
  const scale = c.initializer(producer.inputs[1]!)
  if (!scale) return W
  const name = `${W}__backward_scale`
  const copy =
    c.b.constantOf(name) || c.b.initializers.has(name) ? name : c.b.initializer(name, { ...scale, location: null })
  return c.b.op('DequantizeLinear', [producer.inputs[0]!, copy, ...producer.inputs.slice(2)], producer.attributes)
}
