/**
 * Half-precision encoders: float32 at both ends, and a scaled backward between them.
 *
 * float16 holds nothing below 6e-8 and nothing above 65504, and the gradients of pixels are small. A gradient is linear in
 * its seed, so the seed is multiplied by S where it enters the encoder and the result divided by S where it leaves it
 * (loss scaling, Micikevicius et al. 2018, section 3.2). Here the seed, dE = d loss / d encoded [B,D], is known in float32
 * before half precision begins, so that
 *
 *   S = loss_scale / max |dE|
 *
 * and the largest entry that half precision gets is `loss_scale`, whatever the loss, the batch and its weights are: a batch
 * that is nearly learned does not underflow. A gradient that is not finite calls for a smaller loss_scale.
 */
import type { Node } from '../onnx/model'
import { DTYPES, int } from '../onnx/model'
import type { GraphBuilder, Value } from '../onnx/builder'
import type { StaticGraph } from '../onnx/static-graph'
import type { ReverseOptions } from './reverse'
import { reverse } from './reverse'

/** Graph input, float32 [], where the scale is asked for as one. */
export const LOSS_SCALE = 'loss_scale'

/**
 * The largest entry of the gradient that enters half precision, unless another is asked for. The plateau of accuracy is
 * wide (docs/decisions/half-precision.md); this lies in its middle.
 */
export const DEFAULT_LOSS_SCALE = 64

/** Below this the whole seed is zero in all but name; it keeps S finite. */
const SMALLEST_SEED = 1e-30

export function computesInHalf(graph: StaticGraph): boolean {
  return graph.nodes.some((n) => n.outputs.some((o) => graph.types.get(o)?.dtype === 'float16'))
}

/** The graph with float32 in place of float16 inputs and output, and casts inside. */
export function withFloat32Ends(graph: StaticGraph, output: Value): { graph: StaticGraph; output: Value } {
  const types = new Map(graph.types)
  const half = graph.inputs.filter((i) => i.dtype === 'float16')
  const inner = new Map(half.map((i) => [i.name, `${i.name}__half`]))
  for (const { name, dims } of half) {
    types.set(inner.get(name)!, { dims, dtype: 'float16' })
    types.set(name, { dims, dtype: 'float32' })
  }
  const before = half.map(({ name }) => cast(name, inner.get(name)!, 'float16'))
  const nodes = graph.nodes.map((n) => ({ ...n, inputs: n.inputs.map((i) => inner.get(i) ?? i) }))
  const { dims, dtype } = graph.types.get(output)!
  const isHalf = dtype === 'float16'
  const wide = isHalf ? `${output}__float32` : output
  if (isHalf) types.set(wide, { dims, dtype: 'float32' })
  const after = isHalf ? [cast(inner.get(output) ?? output, wide, 'float32')] : []
  return {
    graph: {
      ...graph,
      nodes: [...before, ...nodes, ...after],
      inputs: graph.inputs.map((i) => (i.dtype === 'float16' ? { ...i, dtype: 'float32' as const } : i)),
      types,
    },
    output: wide,
  }
}

function cast(from: Value, to: Value, dtype: 'float16' | 'float32'): Node {
  return { op: 'Cast', domain: '', name: to, inputs: [from], outputs: [to], attributes: { to: int(DTYPES[dtype]) } }
}

export interface ScaledReverseOptions extends Omit<ReverseOptions, 'seeds'> {
  /** The steps of the loss head; `steps` are those of the encoder. */
  readonly headSteps: readonly Node[]
  readonly loss: Value
  /** The encoder's output, float32. */
  readonly encoded: Value
  /** float32 []: the largest entry that enters half precision. */
  readonly lossScale: Value
  /** Inputs of the encoder, of `wrt`; the others belong to the head. */
  readonly ofEncoder: ReadonlySet<Value>
}

/** As `reverse` from the loss, with the part behind `encoded` scaled. */
export function scaledReverse(options: ScaledReverseOptions): Map<Value, Value> {
  const { builder: b, headSteps, steps, loss, encoded, wrt, ofEncoder, lossScale } = options
  const inner = wrt.filter((name) => ofEncoder.has(name))
  const outer = wrt.filter((name) => !ofEncoder.has(name))
  const seeds = new Map([[loss, b.scalar(1, loss)]])
  const needed = inner.length > 0 ? [...outer, encoded] : outer
  const ofHead = reverse({ ...options, steps: headSteps, seeds, wrt: needed })
  if (inner.length === 0) return ofHead
  const dE = ofHead.get(encoded)!
  const S = scaleFor(b, dE, lossScale)
  const scaled = reverse({ ...options, steps, seeds: new Map([[encoded, b.mul(dE, S)]]), wrt: inner })
  const results = inner.map((name) => [name, b.div(b.cast(scaled.get(name)!, 'float32'), S)] as const)
  return new Map([...outer.map((name) => [name, ofHead.get(name)!] as const), ...results])
}

function scaleFor(b: GraphBuilder, dE: Value, lossScale: Value): Value {
  const axes = b.dims(dE).map((_, i) => i)
  const largest = b.reshape(b.reduceMax(b.op('Abs', [dE]), axes), [])
  return b.div(lossScale, b.op('Max', [largest, b.scalar(SMALLEST_SEED, dE)]))
}
