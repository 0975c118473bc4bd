/**
 * Types of what fused operators compute (com.microsoft, and `Attention` of opset 23): optimised exports are full of them.
 * Their decomposition into standard operators is in fused.ts.
 */
import type { InferContext, ValueType } from './infer'
import { attribute } from './model'
import type { Node, Shape } from './model'
import { matMulShape } from './shape'
import { UserError } from '../errors'
import { describe } from './model'

type Infer = (c: InferContext) => ValueType[]

/** Batch and length of a query that is [B,S,D], or packed with keys and values as [B,S,H,3,d]. */
function attentionShape(query: Shape, valueWidth: number): Shape {
  return [query[0]!, query[1]!, valueWidth]
}

/** y, and of SkipLayerNormalization also mean, inverse standard deviation and the sum. */
const skipNorm: Infer = (c) => {
  const { dims, dtype } = c.type(0)
  const statistics: ValueType = { dims: [...dims.slice(0, -1), 1], dtype: 'float32' }
  return [{ dims, dtype }, statistics, statistics, { dims, dtype }]
}

export const FUSED_TYPES: Readonly<Record<string, Infer>> = {
  'com.microsoft.Attention': (c) => {
    const { dims, dtype } = c.type(0)
    const sizes = attribute(c.node, 'qkv_hidden_sizes', 'ints', null)
    return [{ dims: attentionShape(dims, sizes?.[2] ?? c.type(1).dims[1]! / 3), dtype }]
  },
  'com.microsoft.MultiHeadAttention': (c) => {
    const { dims, dtype } = c.type(0)
    const heads = attribute(c.node, 'num_heads', 'int', 1)
    if (dims.length === 5) return [{ dims: attentionShape(dims, heads * dims[4]!), dtype }]
    const value = c.type(c.has(2) ? 2 : 1).dims
    return [{ dims: attentionShape(dims, value.length === 3 ? value[2]! : heads * value.at(-1)!), dtype }]
  },
  /** ai.onnx, opset 23: [B,H,S,d] each, or [B,S,H*d]. */
  Attention: (c) => {
    const [q, v] = [c.type(0), c.type(2).dims]
    if (q.dims.length === 4) return [{ dims: [...q.dims.slice(0, 3), v[3]!], dtype: q.dtype }]
    const heads = [attribute(c.node, 'q_num_heads', 'int', 1), attribute(c.node, 'kv_num_heads', 'int', 1)] as const
    return [{ dims: [q.dims[0]!, q.dims[1]!, (v[2]! / heads[1]) * heads[0]], dtype: q.dtype }]
  },
  'com.microsoft.SkipLayerNormalization': skipNorm,
  'com.microsoft.SkipSimplifiedLayerNormalization': skipNorm,
  'com.microsoft.SimplifiedLayerNormalization': skipNorm,
  SimplifiedLayerNormalization: skipNorm,
  'com.microsoft.BiasGelu': (c) => [c.type(0)],
  'com.microsoft.FusedMatMul': (c) => {
    refuseAttributes(c.node, ['transBatchA', 'transBatchB'])
    const side = (i: number, flag: string) => {
      const { dims } = c.type(i)
      return attribute(c.node, flag, 'int', 0) === 1 ? [...dims.slice(0, -2), dims.at(-1)!, dims.at(-2)!] : dims
    }
    return [{ dims: matMulShape(side(0, 'transA'), side(1, 'transB')), dtype: c.type(0).dtype }]
  },
}

/** @throws UserError where one of these attributes is set */
export function refuseAttributes(node: Node, names: readonly string[]): void {
  const set = names.find((name) => attribute(node, name, 'int', 0) !== 0)
  if (set !== undefined) throw unsupportedForm(node, `its attribute \`${set}\``)
}

export function unsupportedForm(node: Node, what: string): UserError {
  return new UserError(
    `The fused operator ${describe(node)} is used with ${what}, which Passepartout cannot take apart.`,
    'Export the model without the optimisations of ONNX Runtime or optimum.',
  )
}
