/**
 * The other way to the same gradient: executes a static ONNX graph operator by operator in tfjs, under its own tape.
 * An oracle for tests and the yardstick of the benchmark; float32, on whichever tfjs backend is set.
 */
import { attribute, isFloat } from '../../src/onnx/model'
import type { Node } from '../../src/onnx/model'
import type { StaticGraph } from '../../src/onnx/static-graph'
import { tensorValues } from '../../src/onnx/tensor'
import { tf } from '../../src/runtime/tfjs'

export interface TfjsEncoder {
  /** The output, for feeds by input name. */
  forward(feeds: Readonly<Record<string, tf.Tensor>>): tf.Tensor
  /** Value of `loss(output)` and its gradient with respect to one input. */
  gradient(
    feeds: Readonly<Record<string, tf.Tensor>>,
    wrt: string,
    loss: (output: tf.Tensor) => tf.Scalar,
  ): { value: tf.Scalar; gradient: tf.Tensor }
  dispose(): void
}

interface Step {
  readonly node: Node
  readonly x: (i: number) => tf.Tensor
  readonly has: (i: number) => boolean
  /** Static shape of the first output. */
  readonly dims: number[]
  /** Values of an input that is a constant. */
  readonly constant: (i: number) => readonly number[] | null
}

type Operator = (s: Step) => tf.Tensor

const axisOf = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis)
const ints = (s: Step, name: string, fallback: number[]) => attribute(s.node, name, 'ints', fallback)
const float = (s: Step, name: string, fallback: number) => attribute(s.node, name, 'float', fallback)
const int = (s: Step, name: string, fallback: number) => attribute(s.node, name, 'int', fallback)

function matMul(s: Step): tf.Tensor {
  const [a, b] = [s.x(0), s.x(1)]
  if (b.rank !== 2 || a.rank === 2) return tf.matMul(a, b)
  const K = a.shape.at(-1)!
  return tf.reshape(tf.matMul(tf.reshape(a, [a.size / K, K]), b), s.dims)
}

function gemm(s: Step): tf.Tensor {
  const product = tf.matMul(s.x(0), s.x(1), int(s, 'transA', 0) === 1, int(s, 'transB', 0) === 1)
  const scaled = tf.mul(product, float(s, 'alpha', 1))
  return s.has(2) ? tf.add(scaled, tf.mul(s.x(2), float(s, 'beta', 1))) : scaled
}

const channelsLast = (x: tf.Tensor) => tf.transpose(x, [0, 2, 3, 1]) as tf.Tensor4D
const channelsFirst = (x: tf.Tensor) => tf.transpose(x, [0, 3, 1, 2])

function padSpace(x: tf.Tensor4D, pads: readonly number[], value: number): tf.Tensor4D {
  const [top, left, bottom, right] = pads as [number, number, number, number]
  if (pads.every((p) => p === 0)) return x
  return tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]], value) // prettier-ignore
}

/** Patch embedding as a matrix product, as any tfjs program would write it; other convolutions by conv2d. */
function conv(s: Step): tf.Tensor {
  const [x, W] = [s.x(0), s.x(1)]
  const [kh, kw] = W.shape.slice(2) as [number, number]
  const [sh, sw] = ints(s, 'strides', [1, 1]) as [number, number]
  const pads = ints(s, 'pads', [0, 0, 0, 0])
  const group = int(s, 'group', 1)
  const bias = (y: tf.Tensor) => (s.has(2) ? tf.add(y, tf.reshape(s.x(2), [-1, 1, 1])) : y)
  if (group === 1 && kh === sh && kw === sw && pads.every((p) => p === 0)) {
    const [N, C, H, width] = x.shape as [number, number, number, number]
    const [gh, gw] = [H / kh, width / kw]
    const split = tf.reshape(x, [N, C, gh, kh, gw, kw])
    const patches = tf.reshape(tf.transpose(split, [0, 2, 4, 1, 3, 5]), [N * gh * gw, C * kh * kw])
    const rows = tf.matMul(patches, tf.reshape(W, [W.shape[0]!, -1]), false, true)
    return bias(channelsFirst(tf.reshape(rows, [N, gh, gw, W.shape[0]!])))
  }
  if (group > 1) {
    if (group !== W.shape[0] || group !== x.shape[1])
      throw new Error('the tfjs executor has no groups but depthwise ones')
    const kernel = tf.transpose(W, [2, 3, 0, 1]) as tf.Tensor4D
    return bias(channelsFirst(tf.depthwiseConv2d(padSpace(channelsLast(x), pads, 0), kernel, [sh, sw], 'valid')))
  }
  const kernel = tf.transpose(W, [2, 3, 1, 0]) as tf.Tensor4D
  return bias(channelsFirst(tf.conv2d(padSpace(channelsLast(x), pads, 0), kernel, [sh, sw], 'valid')))
}

function batchNorm(s: Step): tf.Tensor {
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => tf.reshape(s.x(i), [-1, 1, 1])) as tf.Tensor[]
  const scale = tf.div(gamma!, tf.sqrt(tf.add(variance!, float(s, 'epsilon', 1e-5))))
  return tf.add(tf.mul(tf.sub(s.x(0), mean!), scale), beta!)
}

function layerNorm(s: Step): tf.Tensor {
  const x = s.x(0)
  const d = tf.sub(x, tf.mean(x, -1, true))
  const variance = tf.mean(tf.square(d), -1, true)
  const y = tf.mul(tf.div(d, tf.sqrt(tf.add(variance, float(s, 'epsilon', 1e-5)))), s.x(1))
  return s.has(2) ? tf.add(y, s.x(2)) : y
}

function maxPool(s: Step): tf.Tensor {
  const [kernel, strides] = [ints(s, 'kernel_shape', []), ints(s, 'strides', [1, 1])] as [number, number][]
  const padded = padSpace(channelsLast(s.x(0)), ints(s, 'pads', [0, 0, 0, 0]), -3e38)
  return channelsFirst(tf.maxPool(padded, kernel!, strides!, 'valid'))
}

function gather(s: Step): tf.Tensor {
  const x = s.x(0)
  const axis = axisOf(int(s, 'axis', 0), x.rank)
  const known = s.constant(1)
  if (known?.length !== 1) return tf.gather(x, tf.cast(s.x(1), 'int32'), axis)
  const begin = x.shape.map((_, i) => (i === axis ? axisOf(known[0]!, x.shape[axis]!) : 0))
  return tf.reshape(tf.slice(x, begin, x.shape.with(axis, 1)), s.dims)
}

/** tfjs's own gatherND has no gradient: one row number instead of an index per axis. */
function gatherND(s: Step): tf.Tensor {
  const [x, indices] = [s.x(0), s.x(1)]
  const depth = indices.shape.at(-1)!
  const steps = Array.from({ length: depth }, (_, i) => x.shape.slice(i + 1, depth).reduce((p, d) => p * d, 1))
  const rows = tf.sum(tf.mul(tf.cast(indices, 'int32'), tf.tensor1d(steps, 'int32')), -1)
  return tf.gather(tf.reshape(x, [-1, ...x.shape.slice(depth)]), tf.cast(rows, 'int32'))
}

function expand(s: Step): tf.Tensor {
  const x = s.x(0)
  const missing = new Array<number>(s.dims.length - x.rank).fill(1)
  return tf.broadcastTo(tf.reshape(x, [...missing, ...x.shape]), s.dims)
}

/** By rows: tfjs's own strided slice has no gradient. */
function slice(s: Step): tf.Tensor {
  const [starts, ends] = [s.constant(1)!, s.constant(2)!]
  const axes = (s.has(3) ? s.constant(3) : null) ?? starts.map((_, i) => i)
  const steps = (s.has(4) ? s.constant(4) : null) ?? starts.map(() => 1)
  return axes.reduce((x, axis, i) => {
    const size = x.shape[axisOf(axis, x.rank)]!
    const inside = (at: number) => Math.min(size, at < 0 ? at + size : at)
    const [from, to, by] = [inside(starts[i]!), inside(ends[i]!), steps[i]!]
    if (by < 1) throw new Error('the tfjs executor does not slice backwards')
    const rows = Array.from({ length: Math.ceil((to - from) / by) }, (_, k) => from + k * by)
    return tf.gather(x, tf.tensor1d(rows, 'int32'), axisOf(axis, x.rank))
  }, s.x(0))
}

function pad(s: Step): tf.Tensor {
  const pads = s.constant(1)!
  const rank = s.x(0).rank
  const around = Array.from({ length: rank }, (_, i) => [pads[i]!, pads[i + rank]!] as [number, number])
  return tf.pad(s.x(0), around, s.has(2) ? s.constant(2)![0] : 0)
}

const clip: Operator = (s) => {
  const bound = (i: number, otherwise: number) => (s.has(i) ? s.constant(i)![0]! : otherwise)
  return tf.clipByValue(s.x(0), bound(1, -3e38), bound(2, 3e38))
}

const reshape: Operator = (s) => tf.reshape(s.x(0), s.dims)
const axesOf = (s: Step) => [...(s.constant(1) ?? ints(s, 'axes', []))]
const keep = (s: Step) => int(s, 'keepdims', 1) === 1

const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: (s) => tf.add(s.x(0), s.x(1)),
  Sub: (s) => tf.sub(s.x(0), s.x(1)),
  Mul: (s) => tf.mul(s.x(0), s.x(1)),
  Div: (s) => tf.div(s.x(0), s.x(1)),
  Pow: (s) => (s.constant(1)?.[0] === 2 ? tf.square(s.x(0)) : tf.pow(s.x(0), s.x(1))),
  Sqrt: (s) => tf.sqrt(s.x(0)),
  Erf: (s) => tf.erf(s.x(0)),
  Tanh: (s) => tf.tanh(s.x(0)),
  Sigmoid: (s) => tf.sigmoid(s.x(0)),
  Relu: (s) => tf.relu(s.x(0)),
  Clip: clip,
  Softmax: (s) => tf.softmax(s.x(0), axisOf(int(s, 'axis', -1), s.x(0).rank)),
  ReduceMean: (s) => tf.mean(s.x(0), axesOf(s), keep(s)),
  ReduceSum: (s) => tf.sum(s.x(0), axesOf(s), keep(s)),
  LayerNormalization: layerNorm,
  BatchNormalization: batchNorm,
  MatMul: matMul,
  Gemm: gemm,
  Conv: conv,
  MaxPool: maxPool,
  GlobalAveragePool: (s) => tf.mean(s.x(0), [2, 3], true),
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Identity: (s) => tf.clone(s.x(0)),
  Slice: slice,
  Pad: pad,
  Transpose: (s) => tf.transpose(s.x(0), [...ints(s, 'perm', [])]),
  Concat: (s) => tf.concat(s.node.inputs.map((_, i) => s.x(i)), axisOf(int(s, 'axis', 0), s.dims.length)), // prettier-ignore
  Expand: expand,
  Gather: gather,
  GatherND: gatherND,
  ArgMax: (s) => tf.argMax(s.x(0), axisOf(int(s, 'axis', 0), s.x(0).rank)),
}

/** Weights go to the backend once; dispose frees them. */
export function tfjsEncoder(graph: StaticGraph, output: string): TfjsEncoder {
  const used = new Set(graph.nodes.flatMap((n) => n.inputs))
  const fed = new Set(graph.inputs.map((i) => i.name))
  const stored = new Map<string, tf.Tensor>()
  for (const name of used) {
    if (fed.has(name)) continue
    const tensor = graph.initializers.get(name)
    const constant = graph.constants.get(name)
    const known = tensor ?? constant
    if (!known) continue
    const values = constant?.values ?? floatView(tensor!)
    const dtype = isFloat(known.dtype) ? 'float32' : 'int32'
    stored.set(name, tf.keep(tf.tensor(values as number[], [...known.dims], dtype)))
  }

  const forward = (feeds: Readonly<Record<string, tf.Tensor>>) => {
    const values = new Map([...stored, ...Object.entries(feeds)])
    for (const node of graph.nodes) {
      const operator = OPERATORS[node.op]
      if (!operator || node.domain !== '') throw new Error(`the tfjs executor has no ${node.op}`)
      const result = operator({
        node,
        x: (i) => values.get(node.inputs[i]!)!,
        has: (i) => (node.inputs[i] ?? '') !== '',
        dims: [...graph.types.get(node.outputs[0]!)!.dims],
        constant: (i) => graph.constants.get(node.inputs[i] ?? '')?.values ?? null,
      })
      values.set(node.outputs[0]!, result)
    }
    return values.get(output)!
  }

  return {
    forward: (feeds) => tf.tidy(() => forward(feeds)),
    gradient: (feeds, wrt, loss) => {
      const { value, grad } = tf.valueAndGrad((x) => loss(forward({ ...feeds, [wrt]: x })))(feeds[wrt]!)
      return { value: value as tf.Scalar, gradient: grad }
    },
    dispose: () => {
      for (const tensor of stored.values()) tensor.dispose()
    },
  }
}

/** float32 weights without a detour over an array of numbers. */
function floatView(tensor: Parameters<typeof tensorValues>[0]): ArrayLike<number> {
  if (tensor.dtype !== 'float32') return tensorValues(tensor)
  // A copy: bytes of a file may lie at any address.
  return new Float32Array(Uint8Array.from(tensor.bytes).buffer)
}
