/**
 * Decomposed LayerNormalization in float16 becomes the operator, whose kernels keep their statistics in float32.
 *
 * Squares of half-precision values overflow from 256 on, and what follows is finite and wrong. ONNX Runtime fuses the
 * nodes where it can, but below opset 17 not on WebGPU (its issue 31626), and PyTorch's half-precision export casts to
 * float64 on the way, which no GPU computes. So they are fused here, before any runtime sees them:
 *
 *   d = Sub(x, ReduceMean(x)); Div(d', Sqrt(Add(ReduceMean(d'^2), eps))) gamma + beta      with d' = d or Cast(d)
 *
 * Float32 graphs are left to the runtime and to src/gradient/patterns.ts.
 */
import type { Node, Tensor } from './model'
import { attribute, float, int } from './model'
import { GraphIndex } from './graph-index'

/** The nodes with half-precision LayerNormalizations in place of their last node; what only they read stays behind unread. */
export function fuseHalfNorms(nodes: readonly Node[], initializers: ReadonlyMap<string, Tensor>): readonly Node[] {
  const index = new GraphIndex(nodes, initializers)
  const fused = new Map<Node, Node>()
  for (const node of nodes) {
    const found = node.op === 'Div' && node.domain === '' ? matchNorm(index, node) : null
    if (found) fused.set(found.last, found.norm)
  }
  return fused.size === 0 ? nodes : nodes.map((n) => fused.get(n) ?? n)
}

function matchNorm(index: GraphIndex, div: Node): { last: Node; norm: Node } | null {
  const [centred, std] = div.inputs as [string, string]
  const sum = madeBy(index, madeBy(index, std, 'Sqrt')?.inputs[0], 'Add')
  const sub = madeBy(index, uncast(index, centred), 'Sub')
  if (!sum || !sub) return null
  const x = sub.inputs[0]!
  const mean = madeBy(index, sub.inputs[1], 'ReduceMean')
  const variance = sum.inputs.map((i) => madeBy(index, i, 'ReduceMean')).find((n) => n !== null)
  const epsilon = sum.inputs.map((i) => index.scalar(i)).find((v) => v !== null)
  if (mean?.inputs[0] !== x || !variance || epsilon === undefined || epsilon === null) return null
  if (!isSquare(index, variance.inputs[0]!, centred) || !overLast(index, mean) || !overLast(index, variance))
    return null

  // gamma and beta come after the cast back, if there was one.
  const after = index.onlyReader(div.outputs[0]!)
  const normalised = after?.op === 'Cast' ? after : div
  const scaled = readBy(index, normalised, 'Mul')
  const shifted = scaled && readBy(index, scaled, 'Add')
  const gamma = scaled?.inputs.find((i) => i !== normalised.outputs[0])
  const beta = shifted?.inputs.find((i) => i !== scaled?.outputs[0])
  if (!shifted || gamma === undefined || beta === undefined) return null
  if (![gamma, beta].every((w) => isHalfVector(index.stored(w)))) return null
  return {
    last: shifted,
    norm: {
      op: 'LayerNormalization',
      domain: '',
      name: shifted.name,
      inputs: [x, gamma, beta],
      outputs: shifted.outputs,
      // An epsilon that half precision cannot hold would be zero.
      attributes: { axis: int(-1), epsilon: float(Math.max(epsilon, SMALLEST_HALF)) },
    },
  }
}

const SMALLEST_HALF = 2 ** -24

const isHalfVector = (t: Tensor | null) => t?.dtype === 'float16' && t.dims.length === 1

function madeBy(index: GraphIndex, value: string | undefined, op: string): Node | null {
  const node = value === undefined ? null : index.producer(value)
  return node?.op === op && node.domain === '' ? node : null
}

function readBy(index: GraphIndex, node: Node, op: string): Node | null {
  const reader = index.onlyReader(node.outputs[0]!)
  return reader?.op === op ? reader : null
}

const uncast = (index: GraphIndex, value: string) => madeBy(index, value, 'Cast')?.inputs[0] ?? value

function isSquare(index: GraphIndex, value: string, of: string): boolean {
  const power = madeBy(index, value, 'Pow')
  if (power) return power.inputs[0] === of && index.scalar(power.inputs[1]!) === 2
  const product = madeBy(index, value, 'Mul')
  return product !== null && product.inputs.every((i) => i === of)
}

/** The last axis, kept. A positive axis would need the rank, which is not known yet; exporters count from the end. */
function overLast(index: GraphIndex, reduce: Node): boolean {
  const axes = attribute(reduce, 'axes', 'ints', null) ?? [index.scalar(reduce.inputs[1] ?? '')]
  return axes.length === 1 && axes[0] === -1 && attribute(reduce, 'keepdims', 'int', 1) === 1
}
