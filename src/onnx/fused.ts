/**
 * Fused operators taken apart into standard ones, so that the same rules differentiate plain and optimised exports. What
 * the backward needs of the inside (attention's probabilities, the sum before a normalisation) is then there to be read,
 * and ONNX Runtime fuses again what it can.
 *
 *   Attention            softmax(s Q K^T + bias) V by heads, Q K V = x W + b in one product       (also opset 23's)
 *   MultiHeadAttention   the same of given Q, K, V: apart, packed, or already by heads
 *   SkipLayerNormalization(x, skip, gamma, beta, bias)    LayerNormalization(x + skip + bias), the sum a second output
 *   SimplifiedLayerNormalization(x, gamma)                gamma x / sqrt(mean x^2 + eps)
 *   BiasGelu(x, b)       Gelu(x + b)          FusedMatMul   alpha A' B'          FusedConv, FusedGemm   with an activation
 */
import type { Node } from './model'
import { attribute, float, int } from './model'
import type { Value } from './builder'
import { GraphBuilder } from './builder'
import { refuseAttributes, unsupportedForm } from './fused-types'
import type { StaticGraph } from './static-graph'

type Decompose = (b: GraphBuilder, node: Node) => void

const keyOf = (node: Node) => (node.domain === '' ? node.op : `${node.domain}.${node.op}`)

/** The graph without fused operators; the graph itself where it has none. @throws UserError for a form that is not known */
export function decomposeFused(graph: StaticGraph): StaticGraph {
  if (!graph.nodes.some((n) => keyOf(n) in DECOMPOSITIONS)) return graph
  const made = new Set(graph.nodes.flatMap((n) => n.outputs))
  const kept = new Map([...graph.types].filter(([name]) => !made.has(name)))
  const b = new GraphBuilder(graph.opset, 'apart', { types: kept, constants: graph.constants })
  for (const node of graph.nodes) {
    const decompose = DECOMPOSITIONS[keyOf(node)]
    if (decompose) decompose(b, node)
    else b.append(node)
  }
  const names = [...kept.keys(), ...b.nodes.flatMap((n) => n.outputs.filter((o) => o !== '')), ...b.initializers.keys()]
  const added = [...b.initializers.keys()].map((name) => [name, b.constantOf(name)!] as const)
  return {
    ...graph,
    nodes: b.nodes,
    constants: new Map([...graph.constants, ...added]),
    types: new Map(names.map((name) => [name, { dims: b.dims(name), dtype: b.dtype(name) }])),
  }
}

const input = (node: Node, i: number): Value => node.inputs[i] ?? ''

/** @throws UserError where one of these inputs is given */
function refuseInputs(node: Node, inputs: Readonly<Record<number, string>>): void {
  for (const [i, what] of Object.entries(inputs)) if (input(node, Number(i)) !== '') throw unsupportedForm(node, what)
}

function refuseOutputs(node: Node, outputs: readonly number[]): void {
  if (outputs.some((i) => (node.outputs[i] ?? '') !== '')) throw unsupportedForm(node, 'more than one output')
}

interface Heads {
  /** [B,H,S,d], [B,H,L,d], [B,H,L,d] */
  readonly q: Value
  readonly k: Value
  readonly v: Value
  readonly scale: number
  /** Added to the scores, broadcast to [B,H,S,L]. */
  readonly bias: Value
  readonly causal: boolean
}

/** softmax(scale q k^T + bias) v, [B,H,S,d]. */
function attend(b: GraphBuilder, { q, k, v, scale, bias, causal }: Heads, name?: string): Value {
  let scores = b.op('MatMul', [b.mul(q, b.scalar(scale, q)), b.matrixTranspose(k)])
  if (bias !== '') scores = b.add(scores, bias)
  if (causal) scores = b.add(scores, causalMask(b, scores))
  return b.op('MatMul', [b.op('Softmax', [scores], { axis: int(-1) }), v], {}, name)
}

/** [S,L]: 0 up to the diagonal, beyond it the lowest finite number. */
function causalMask(b: GraphBuilder, scores: Value): Value {
  const [S, L] = b.dims(scores).slice(-2) as [number, number]
  const lowest = b.dtype(scores) === 'float16' ? -65504 : -3.4e38
  const values = Array.from({ length: S * L }, (_, i) => ((i % L) - Math.floor(i / L) > L - S ? lowest : 0))
  return b.constant(b.dtype(scores), [S, L], values)
}

/** [B,S,H*d] -> [B,H,S,d]; [B,H,S,d] stays. */
function byHeads(b: GraphBuilder, x: Value, heads: number): Value {
  const dims = b.dims(x)
  if (dims.length === 4) return x
  const [B, S, D] = dims as [number, number, number]
  return b.transpose(b.reshape(x, [B, S, heads, D / heads]), [0, 2, 1, 3])
}

/** [B,H,S,d] -> [B,S,H*d] */
function joinHeads(b: GraphBuilder, x: Value, name: string): Value {
  const [B, H, S, d] = b.dims(x) as [number, number, number, number]
  return b.op('Reshape', [b.transpose(x, [0, 2, 1, 3]), b.indices([B, S, H * d])], {}, name)
}

const scaleOf = (b: GraphBuilder, node: Node, q: Value): number =>
  attribute(node, 'scale', 'float', 0) || 1 / Math.sqrt(b.dims(q).at(-1)!)

const packedAttention: Decompose = (b, node) => {
  refuseInputs(node, { 3: 'a padding mask', 4: 'a cache of keys and values', 6: 'a cache of keys and values' })
  refuseOutputs(node, [1])
  refuseAttributes(node, ['do_rotary', 'past_present_share_buffer'])
  const [x, W, bias] = [input(node, 0), input(node, 1), input(node, 2)]
  const product = b.op('MatMul', [x, W])
  const qkv = bias === '' ? product : b.add(product, bias)
  const third = b.dims(W)[1]! / 3
  const sizes = attribute(node, 'qkv_hidden_sizes', 'ints', [third, third, third])
  const heads = attribute(node, 'num_heads', 'int', 1)
  const parts = b.multi('Split', [qkv, b.indices(sizes)], 3, { axis: int(2) })
  const [q, k, v] = parts.map((part) => byHeads(b, part, heads)) as [Value, Value, Value]
  const causal = attribute(node, 'unidirectional', 'int', 0) === 1
  joinHeads(b, attend(b, { q, k, v, scale: scaleOf(b, node, q), bias: input(node, 5), causal }), node.outputs[0]!)
}

const multiHeadAttention: Decompose = (b, node) => {
  refuseInputs(node, { 4: 'a padding mask', 6: 'a cache of keys and values', 7: 'a cache of keys and values' })
  refuseOutputs(node, [1, 2, 3])
  const heads = attribute(node, 'num_heads', 'int', 1)
  const [q, k, v] = biased(b, unpacked(b, node), input(node, 3)).map((x) => byHeads(b, x, heads)) as [
    Value,
    Value,
    Value,
  ]
  const causal = attribute(node, 'unidirectional', 'int', 0) === 1
  joinHeads(b, attend(b, { q, k, v, scale: scaleOf(b, node, q), bias: input(node, 5), causal }), node.outputs[0]!)
}

/** Queries, keys and values, where two or three of them come as one tensor [B,S,H,2|3,d]. */
function unpacked(b: GraphBuilder, node: Node): Value[] {
  const [query, key, value] = [input(node, 0), input(node, 1), input(node, 2)]
  const apart = (x: Value) => {
    const [B, S, H, n, d] = b.dims(x) as [number, number, number, number, number]
    const parts = b.multi('Split', [x, b.indices(new Array<number>(n).fill(1))], n, { axis: int(3) })
    return parts.map((part) => b.reshape(part, [B, S, H * d]))
  }
  if (b.dims(query).length === 5) return apart(query)
  return value === '' ? [query, ...apart(key)] : [query, key, value]
}

/** The bias [Dq+Dk+Dv], cut and added. */
function biased(b: GraphBuilder, qkv: readonly Value[], bias: Value): readonly Value[] {
  if (bias === '') return qkv
  let start = 0
  return qkv.map((x) => {
    const rank = b.dims(x).length
    const width = rank === 4 ? b.dims(x)[1]! * b.dims(x)[3]! : b.dims(x)[2]!
    const own = b.slice(bias, 0, start, (start += width))
    return b.add(x, rank === 4 ? b.reshape(own, [b.dims(x)[1]!, 1, b.dims(x)[3]!]) : own)
  })
}

const standardAttention: Decompose = (b, node) => {
  refuseInputs(node, { 4: 'a cache of keys and values', 5: 'a cache of keys and values' })
  refuseOutputs(node, [1, 2, 3])
  if (attribute(node, 'softcap', 'float', 0) !== 0) throw unsupportedForm(node, 'its attribute `softcap`')
  const [query, key, value] = [input(node, 0), input(node, 1), input(node, 2)]
  const isByHeads = b.dims(query).length === 4
  const qHeads = isByHeads ? b.dims(query)[1]! : attribute(node, 'q_num_heads', 'int', 1)
  const kvHeads = isByHeads ? b.dims(key)[1]! : attribute(node, 'kv_num_heads', 'int', 1)
  if (qHeads !== kvHeads) throw unsupportedForm(node, 'fewer heads of keys than of queries')
  const mask = input(node, 3)
  if (mask !== '' && b.dtype(mask) === 'bool') throw unsupportedForm(node, 'a mask of truth values')
  const [q, k, v] = [query, key, value].map((x) => byHeads(b, x, qHeads)) as [Value, Value, Value]
  const causal = attribute(node, 'is_causal', 'int', 0) === 1
  const options: Heads = { q, k, v, scale: scaleOf(b, node, q), bias: mask, causal }
  const [output] = node.outputs as [Value]
  if (isByHeads) attend(b, options, output)
  else joinHeads(b, attend(b, options), output)
}

/** x + skip + bias and its normalisation; `simplified` leaves out mean and beta. */
function skipNorm(simplified: boolean): Decompose {
  return (b, node) => {
    refuseOutputs(node, [1, 2])
    const bias = input(node, simplified ? 3 : 4)
    const sumName = node.outputs[3] || undefined
    const both = b.op('Add', [input(node, 0), input(node, 1)], {}, bias === '' ? sumName : undefined)
    const sum = bias === '' ? both : b.op('Add', [both, bias], {}, sumName)
    const epsilon = attribute(node, 'epsilon', 'float', 1e-5)
    const [gamma, beta] = [input(node, 2), simplified ? '' : input(node, 3)]
    if (simplified) rootMeanSquareNorm(b, sum, gamma, epsilon, node.outputs[0]!)
    else {
      const inputs = beta === '' ? [sum, gamma] : [sum, gamma, beta]
      b.op('LayerNormalization', inputs, { axis: int(-1), epsilon: float(epsilon) }, node.outputs[0]!)
    }
  }
}

function rootMeanSquareNorm(b: GraphBuilder, x: Value, gamma: Value, epsilon: number, name: string): void {
  const last = b.dims(x).length - 1
  const meanSquare = b.reduceMean(b.mul(x, x), [last])
  const root = b.op('Sqrt', [b.add(meanSquare, b.scalar(epsilon, x))])
  b.op('Mul', [b.div(x, root), gamma], {}, name)
}

const simplifiedNorm: Decompose = (b, node) => {
  refuseOutputs(node, [1])
  const axis = attribute(node, 'axis', 'int', -1)
  if (axis !== -1 && axis !== b.dims(input(node, 0)).length - 1) throw unsupportedForm(node, 'several axes')
  rootMeanSquareNorm(b, input(node, 0), input(node, 1), attribute(node, 'epsilon', 'float', 1e-5), node.outputs[0]!)
}

const fusedMatMul: Decompose = (b, node) => {
  const side = (i: number, flag: string) =>
    attribute(node, flag, 'int', 0) === 1 ? b.matrixTranspose(input(node, i)) : input(node, i)
  const [A, B] = [side(0, 'transA'), side(1, 'transB')]
  const alpha = attribute(node, 'alpha', 'float', 1)
  const [output] = node.outputs as [Value]
  if (alpha === 1) b.op('MatMul', [A, B], {}, output)
  else b.op('Mul', [b.op('MatMul', [A, B]), b.scalar(alpha, A)], {}, output)
}

const DECOMPOSITIONS: Readonly<Record<string, Decompose>> = {
  Attention: standardAttention,
  'com.microsoft.Attention': packedAttention,
  'com.microsoft.MultiHeadAttention': multiHeadAttention,
  'com.microsoft.SkipLayerNormalization': skipNorm(false),
  'com.microsoft.SkipSimplifiedLayerNormalization': skipNorm(true),
  'com.microsoft.SimplifiedLayerNormalization': simplifiedNorm,
  SimplifiedLayerNormalization: simplifiedNorm,
  'com.microsoft.FusedMatMul': fusedMatMul,
  'com.microsoft.BiasGelu': (b, node) => {
    const sum = b.add(input(node, 0), input(node, 1))
    b.op('Gelu', [sum], {}, node.outputs[0]!, 'com.microsoft')
  },
}

/** Names of the operators that are taken apart, for the page that lists them. */
export const FUSED_OPERATORS: readonly string[] = Object.keys(DECOMPOSITIONS)
