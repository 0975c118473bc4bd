/**
 * A float32 model as ONNX Runtime's `quantize_dynamic` writes it in int8: every product by stored weights, and every
 * convolution, becomes DynamicQuantizeLinear, an integer product, a cast and the product with both scales.
 */
import type { Attributes, Node, OnnxModel, Tensor } from '../../src/onnx/model'
import { DTYPES, attribute, int } from '../../src/onnx/model'
import { makeTensor, tensorValues } from '../../src/onnx/tensor'

export interface Quantisation {
  readonly type: 'int8' | 'uint8'
  readonly perChannel: boolean
  /**
   * plain: as the quantiser writes it. fused: as ONNX Runtime saves it after optimisation, in operators of its own.
   * factors: the scales multiplied in one after the other.
   */
  readonly form?: 'plain' | 'fused' | 'factors'
  /** Products of two activations too. */
  readonly activations?: boolean
  /** Tables of embeddings too: rows are looked up in int8, and made float32 behind it. */
  readonly embeddings?: boolean
}

export function quantised(model: OnnxModel, q: Quantisation): OnnxModel {
  const initializers = new Map(model.graph.initializers)
  const writer = new Writer(initializers, q)
  const nodes = model.graph.nodes.flatMap((n) => writer.node(n))
  const domains: Record<string, number> = q.form === 'fused' ? { 'com.microsoft': 1 } : {}
  return {
    ...model,
    graph: { ...model.graph, nodes, initializers },
    otherOpsets: { ...model.otherOpsets, ...domains },
  }
}

interface Stored {
  readonly weight: string
  readonly scale: string
  readonly zero: string
}

class Writer {
  private readonly activations = new Map<string, readonly [string, string, string]>()

  constructor(
    private readonly initializers: Map<string, Tensor>,
    private readonly q: Quantisation,
  ) {}

  node(n: Node): Node[] {
    const [a, b, bias] = n.inputs as [string, string, string?]
    const stored = b !== undefined && this.initializers.get(b)?.dtype === 'float32'
    if (n.op === 'Conv' && stored) return this.conv(n, a, b, bias)
    if (n.op === 'Gather' && this.q.embeddings && this.initializers.get(a)?.dtype === 'float32')
      return this.lookUp(n, a)
    if (n.op === 'MatMul' && stored) return this.product(n, a, this.quantise(b, 1))
    if (n.op === 'Gemm' && stored) {
      // The quantiser turns Gemm into a product and a sum first.
      const name = `${b}_turned`
      if (attribute(n, 'transB', 'int', 0) === 1) this.initializers.set(name, transposed(this.initializers.get(b)!))
      const weight = this.quantise(this.initializers.has(name) ? name : b, 1)
      if (bias === undefined) return this.product(n, a, weight)
      const inner = `${n.outputs[0]}_MatMul`
      return [...this.product({ ...n, outputs: [inner] }, a, weight), node('Add', [inner, bias], n.outputs)]
    }
    if (n.op === 'MatMul' && this.q.activations) return this.ofActivations(n, a, b)
    return [n]
  }

  private product(n: Node, x: string, w: Stored): Node[] {
    const y = n.outputs[0]!
    if (this.q.form === 'fused') {
      return [node('DynamicQuantizeMatMul', [x, w.weight, w.scale, w.zero], [y], {}, 'com.microsoft')]
    }
    const [made, [qx, sx, zx]] = this.activation(x)
    return [...made, ...this.scaled('MatMulInteger', {}, [qx, w.weight, zx, w.zero], sx, w.scale, y)]
  }

  private conv(n: Node, x: string, weight: string, bias?: string): Node[] {
    // ONNX Runtime has no per-channel ConvInteger.
    const w = this.quantise(weight, 0, false)
    const [made, [qx, sx, zx]] = this.activation(x)
    const y = n.outputs[0]!
    const product = bias === undefined ? y : `${y}quant_scaled_output`
    const scaled = this.scaled('ConvInteger', n.attributes, [qx, w.weight, zx, w.zero], sx, w.scale, product)
    if (bias === undefined) return [...made, ...scaled]
    const [shape, reshaped] = [`${y}_bias_reshape_shape`, `${y}_bias_reshape_output`]
    this.initializers.set(shape, makeTensor('int64', [4], [1, -1, 1, 1]))
    return [...made, ...scaled, node('Reshape', [bias, shape], [reshaped]), node('Add', [product, reshaped], [y])]
  }

  private lookUp(n: Node, table: string): Node[] {
    const w = this.quantise(table, 0, false)
    const [y, row] = [n.outputs[0]!, `${n.outputs[0]!}_quantized`]
    return [
      { ...n, inputs: [w.weight, ...n.inputs.slice(1)], outputs: [row] },
      node('DequantizeLinear', [row, w.scale, w.zero], [y]),
    ]
  }

  private ofActivations(n: Node, a: string, b: string): Node[] {
    const [madeA, [qa, sa, za]] = this.activation(a)
    const [madeB, [qb, sb, zb]] = this.activation(b)
    return [...madeA, ...madeB, ...this.scaled('MatMulInteger', {}, [qa, qb, za, zb], sa, sb, n.outputs[0]!)]
  }

  private scaled(op: string, attributes: Attributes, inputs: string[], sx: string, sw: string, y: string): Node[] {
    const [integers, floats] = [`${y}_output_quantized`, `${y}_cast_output`]
    const cast = node('Cast', [integers], [floats], { to: int(DTYPES.float32) })
    const product = node(op, inputs, [integers], attributes)
    if (this.q.form === 'factors') {
      return [product, cast, node('Mul', [floats, sx], [`${y}_half`]), node('Mul', [sw, `${y}_half`], [y])]
    }
    const scales = `${y}_scales_mul`
    return [node('Mul', [sx, sw], [scales]), product, cast, node('Mul', [floats, scales], [y])]
  }

  /** Quantised once, however many products read it. */
  private activation(x: string): [Node[], readonly [string, string, string]] {
    const found = this.activations.get(x)
    if (found) return [[], found]
    const outputs = [`${x}_quantized`, `${x}_scale`, `${x}_zero_point`] as const
    this.activations.set(x, outputs)
    return [[node('DynamicQuantizeLinear', [x], outputs)], outputs]
  }

  /** Asymmetric for uint8, symmetric for int8, with a zero point either way; the scale covers the channel or tensor. */
  private quantise(name: string, axis: number, perChannel = this.q.perChannel): Stored {
    const { dims } = this.initializers.get(name)!
    const values = tensorValues(this.initializers.get(name)!)
    const inner = dims.slice(axis + 1).reduce((p, d) => p * d, 1)
    const channels = perChannel ? dims[axis]! : 1
    const channelOf = (i: number) => (perChannel ? Math.floor(i / inner) % channels : 0)
    const low = new Array<number>(channels).fill(0)
    const high = new Array<number>(channels).fill(0)
    values.forEach((v, i) => {
      low[channelOf(i)] = Math.min(low[channelOf(i)]!, v)
      high[channelOf(i)] = Math.max(high[channelOf(i)]!, v)
    })
    const signed = this.q.type === 'int8'
    const scales = low.map((l, c) => Math.fround(signed ? Math.max(-l, high[c]!) / 127 : (high[c]! - l) / 255 || 1))
    // A zero point other than 0 in int8 too, as some quantisers write.
    const zeros = low.map((l, c) => (signed ? c % 3 : Math.round(-l / scales[c]!)))
    const bound = (v: number) => Math.min(Math.max(v, signed ? -128 : 0), signed ? 127 : 255)
    const whole = values.map((v, i) => bound(Math.round(v / scales[channelOf(i)]!) + zeros[channelOf(i)]!))
    const perChannelDims = perChannel ? [channels] : []
    this.initializers.set(`${name}_quantized`, makeTensor(this.q.type, dims, whole))
    this.initializers.set(`${name}_scale`, makeTensor('float32', perChannelDims, scales))
    this.initializers.set(`${name}_zero_point`, makeTensor(this.q.type, perChannelDims, zeros))
    return { weight: `${name}_quantized`, scale: `${name}_scale`, zero: `${name}_zero_point` }
  }
}

function transposed(t: Tensor): Tensor {
  const [rows, columns] = t.dims as [number, number]
  const values = tensorValues(t)
  const turned = Array.from({ length: values.length }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!)
  return makeTensor(t.dtype, [columns, rows], turned)
}

function node(
  op: string,
  inputs: string[],
  outputs: readonly string[],
  attributes: Attributes = {},
  domain = '',
): Node {
  return { op, domain, name: `${outputs[0]}_${op}`, inputs, outputs, attributes }
}
