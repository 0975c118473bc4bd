/**
 * A toy CLIP image tower in the dialects that exporters write: PyTorch's two exporters (TorchScript's, with its shape
 * arithmetic, and the newer "dynamo" one), Hugging Face's eager and SDPA attention, `nn.MultiheadAttention` as in OpenCLIP
 * and in OpenAI's own code, opset 11 to 20. The node patterns are copied from real exports (tools/reference/dialects.py
 * writes some; tests/fixtures/dialects keeps them); the weights are random.
 */
import type { OnnxModel } from '../../src/onnx/model'
import { float } from '../../src/onnx/model'
import { makeTensor } from '../../src/onnx/tensor'
import { PlainModel } from './plain-model'
import { normals } from './random'

export interface Dialect {
  readonly opset: number
  /** Who writes the arithmetic of shapes. */
  readonly exporter: 'torchscript' | 'dynamo'
  /**
   * bmm: 3-D, scale on q (older transformers). eager: 4-D, scale on the scores, casts around the softmax. sdpa: 4-D, the
   * root of the scale on q and on k. mha: tokens first, q k v in one product (`nn.MultiheadAttention`), then as sdpa.
   */
  readonly attention: 'bmm' | 'eager' | 'sdpa' | 'mha'
  /** q, k and v by a product each, or by one that Split or Slice cuts. `mha` has its own way. */
  readonly qkv: 'apart' | 'split' | 'slice'
  /** `operator` needs opset 17. */
  readonly norm: 'decomposed' | 'operator'
  readonly activation: 'quick_gelu' | 'gelu' | 'gelu_tanh'
  /** Gelu as one operator needs opset 20. */
  readonly gelu: 'decomposed' | 'operator'
  /** Which axes of the input are named instead of numbered. */
  readonly axes: 'all' | 'batch' | 'none'
  /** Position embeddings looked up, stored as they are added, or interpolated to the image's grid. */
  readonly positions: 'gather' | 'stored' | 'interpolated'
}

/** Every value of every option; each two of them meet in some tower of tests/gradient/dialects.slow.test.ts. */
export const DIALECT_OPTIONS = {
  opset: [11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
  exporter: ['torchscript', 'dynamo'],
  attention: ['bmm', 'eager', 'sdpa', 'mha'],
  qkv: ['apart', 'split', 'slice'],
  norm: ['decomposed', 'operator'],
  activation: ['quick_gelu', 'gelu', 'gelu_tanh'],
  gelu: ['decomposed', 'operator'],
  axes: ['all', 'batch', 'none'],
  positions: ['gather', 'stored', 'interpolated'],
} as const satisfies { [K in keyof Dialect]: readonly Dialect[K][] }

export const TORCHSCRIPT: Dialect = {
  opset: 14,
  exporter: 'torchscript',
  attention: 'eager',
  qkv: 'apart',
  norm: 'decomposed',
  activation: 'quick_gelu',
  gelu: 'decomposed',
  axes: 'all',
  positions: 'gather',
}

export const DYNAMO: Dialect = {
  ...TORCHSCRIPT,
  opset: 18,
  exporter: 'dynamo',
  attention: 'sdpa',
  norm: 'operator',
  axes: 'batch',
  positions: 'stored',
}

/** Sizes of the toy: width, heads, patch side, patches a side that the positions are for, embedding width, blocks. */
export const TOY = { D: 8, H: 2, P: 3, grid: 2, E: 4, layers: 2 }
const { D, H, P, grid, E, layers } = TOY
const size = D / H

/** Side of the image: positions of a 2 x 2 grid are interpolated to 3 x 3. */
export const imageSide = (d: Dialect): number => P * (d.positions === 'interpolated' ? grid + 1 : grid)

/** pixel_values [B,3,S,S] -> image_embeds [B,E]. */
export function visionDialect(dialect: Dialect, seed = 1): OnnxModel {
  return new Tower(dialect, seed).build()
}

class Tower {
  private readonly m: PlainModel
  private weights = 0

  constructor(
    private readonly d: Dialect,
    private readonly seed: number,
  ) {
    this.m = new PlainModel(d.opset)
  }

  build(): OnnxModel {
    const { m, d } = this
    const side = imageSide(d)
    const dims = {
      all: ['batch', 'channels', 'height', 'width'],
      batch: ['batch', 3, side, side],
      none: [2, 3, side, side],
    }
    m.input('pixel_values', dims[d.axes])
    const tokens = (side / P) ** 2 + 1
    const patches = m.node('Conv', ['pixel_values', this.weight([D, 3, P, P], 0.3)], {
      kernel_shape: [P, P],
      strides: [P, P],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      group: 1,
    })
    const flat = this.reshape(patches, patches, [0, 1], [-1], [2, D, tokens - 1])
    const sequence = m.node('Transpose', [flat], { perm: [0, 2, 1] })
    const all = m.node('Concat', [this.classToken(), sequence], { axis: 1 })
    let h = this.norm(m.node('Add', [all, this.positions(side / P)]))
    const tokensFirst = d.attention === 'mha'
    if (tokensFirst) h = m.node('Transpose', [h], { perm: [1, 0, 2] })
    for (let l = 0; l < layers; l++) h = this.block(h, tokens)
    if (tokensFirst) h = m.node('Transpose', [h], { perm: [1, 0, 2] })
    const pooled = this.norm(m.node('Gather', [h, m.scalar(0, 'int64')], { axis: 1 }))
    // The newer exporter writes a product of matrices by a stored transposed weight as Gemm.
    const projection = d.exporter === 'dynamo' ? 'Gemm' : 'MatMul'
    const attributes = { alpha: float(1), beta: float(1), transA: 0, transB: 1 }
    if (projection === 'Gemm')
      m.node('Gemm', [pooled, this.weight([E, D], 0.4)], attributes, { outputs: ['image_embeds'] })
    else m.node('MatMul', [pooled, this.weight([D, E], 0.4)], {}, { outputs: ['image_embeds'] })
    return m.model(['image_embeds'])
  }

  private weight(dims: readonly number[], scale: number, mean = 0): string {
    const n = dims.reduce((p, x) => p * x, 1)
    const name = `w${this.weights}`
    return this.m.weight(name, dims, normals(this.seed + 17 * this.weights++, n, scale, mean).map(Math.fround))
  }

  /** Size of `x` along an axis, as an int64 scalar. */
  private dim(x: string, axis: number): string {
    return this.m.node('Gather', [this.m.node('Shape', [x]), this.m.scalar(axis, 'int64')], { axis: 0 })
  }

  private unsqueeze(x: string, axes: readonly number[]): string {
    const { m } = this
    return this.d.opset >= 13 ? m.node('Unsqueeze', [x, m.ints(axes)]) : m.node('Unsqueeze', [x], { axes })
  }

  private squeeze(x: string, axes: readonly number[]): string {
    const { m } = this
    return this.d.opset >= 13 ? m.node('Squeeze', [x, m.ints(axes)]) : m.node('Squeeze', [x], { axes })
  }

  /**
   * Reshape to the sizes of `like` along `axes`, then `rest`: computed by TorchScript's exporter, and `known` with -1 for
   * the batch by the other.
   */
  private reshape(
    x: string,
    like: string,
    axes: readonly number[],
    rest: readonly number[],
    known: readonly number[],
    batchAxis = 0,
  ): string {
    const { m, d } = this
    if (d.exporter === 'dynamo') {
      const target = known.map((n, i) => (i === batchAxis ? -1 : n))
      return m.node('Reshape', [x, m.ints(target)], d.opset >= 14 ? { allowzero: 1 } : {})
    }
    const leading = axes.map((a) => this.unsqueeze(this.dim(like, a), [0]))
    const shape = m.node('Concat', [...leading, ...rest.map((n) => m.ints([n]))], { axis: 0 })
    return m.node('Reshape', [x, shape])
  }

  /** class_embedding.expand(batch, 1, -1). */
  private classToken(): string {
    const { m, d } = this
    const token = this.weight([D], 0.5)
    if (d.exporter === 'dynamo') {
      const batch = m.node('Shape', ['pixel_values'], { start: 0, end: 1 })
      return m.node('Expand', [token, m.node('Concat', [batch, m.ints([1]), m.ints([1])], { axis: 0 })])
    }
    const batch = this.unsqueeze(this.dim('pixel_values', 0), [0])
    const value = (n: number) => ({ type: 'tensor' as const, value: makeTensor('int64', [1], [n]) })
    if (d.attention === 'mha') {
      // class_embedding + zeros(batch, 1, width)
      const shape = m.node('Concat', [batch, m.ints([1]), m.ints([D])], { axis: 0 })
      return m.node('Add', [token, m.node('ConstantOfShape', [shape])])
    }
    const wanted = m.node('Reshape', [m.node('Concat', [batch, m.ints([1]), m.ints([-1])], { axis: 0 }), m.ints([-1])])
    const ones = m.node('ConstantOfShape', [m.node('Shape', [wanted])], { value: value(1) })
    const unknown = m.node('Equal', [wanted, m.node('Mul', [ones, m.scalar(-1, 'int64')])])
    return m.node('Expand', [token, m.node('Where', [unknown, ones, wanted])])
  }

  private positions(side: number): string {
    const { m, d } = this
    const count = grid * grid + 1
    if (d.positions === 'stored') return this.weight([1, count, D], 0.3)
    const table = this.weight([count, D], 0.3)
    const ids = Array.from({ length: count }, (_, i) => i)
    if (d.positions === 'gather') return m.node('Gather', [table, m.constant(makeTensor('int64', [1, count], ids))])
    const ofClass = this.unsqueeze(m.node('Slice', [table, m.ints([0]), m.ints([1]), m.ints([0])]), [0])
    const ofPatches = m.node('Slice', [table, m.ints([1]), m.ints([2 ** 53 - 1]), m.ints([0])])
    const square = m.node('Reshape', [ofPatches, m.ints([1, grid, grid, D])])
    const image = m.node('Transpose', [square], { perm: [0, 3, 1, 2] })
    const of = (axis: number) =>
      this.unsqueeze(m.node('Div', [this.dim('pixel_values', axis), m.scalar(P, 'int64')]), [0])
    const leading = m.node('Slice', [m.node('Shape', [image]), m.ints([0]), m.ints([2]), m.ints([0])])
    const target = d.axes === 'all' ? [of(2), of(3)] : [m.ints([side, side])]
    const sizes = m.node('Concat', [leading, ...target], { axis: 0 })
    // Inputs that are absent had to be there and be empty before opset 13.
    const absent = d.opset >= 13 ? '' : m.constant(makeTensor('float32', [0], []))
    const resized = m.node('Resize', [image, absent, absent, sizes], {
      coordinate_transformation_mode: d.opset >= 13 ? 'half_pixel' : 'pytorch_half_pixel',
      cubic_coeff_a: float(-0.75),
      mode: 'cubic',
      nearest_mode: 'floor',
    })
    const last = m.node('Transpose', [resized], { perm: [0, 2, 3, 1] })
    return m.node('Concat', [ofClass, m.node('Reshape', [last, m.ints([1, -1, D])])], { axis: 1 })
  }

  private norm(x: string): string {
    const { m, d } = this
    const [gamma, beta] = [this.weight([D], 0.1, 1), this.weight([D], 0.1)]
    if (d.norm === 'operator') return m.node('LayerNormalization', [x, gamma, beta], { axis: -1, epsilon: float(1e-5) })
    const mean = (of: string) =>
      d.opset >= 18 ? m.node('ReduceMean', [of, m.ints([-1])]) : m.node('ReduceMean', [of], { axes: [-1] })
    const centred = m.node('Sub', [x, mean(x)])
    const variance = mean(m.node('Pow', [centred, m.scalar(2)]))
    const std = m.node('Sqrt', [m.node('Add', [variance, m.scalar(1e-5)])])
    return m.node('Add', [m.node('Mul', [m.node('Div', [centred, std]), gamma]), beta])
  }

  private linear(x: string, from: number, to: number): string {
    const { m, d } = this
    const product = m.node('MatMul', [x, this.weight([from, to], 1 / Math.sqrt(from))])
    const bias = this.weight([to], 0.1)
    return m.node('Add', d.exporter === 'dynamo' ? [product, bias] : [bias, product])
  }

  private activation(x: string): string {
    const { m, d } = this
    if (d.activation === 'quick_gelu') {
      return m.node('Mul', [x, m.node('Sigmoid', [m.node('Mul', [x, m.scalar(1.702)])])])
    }
    if (d.gelu === 'operator') return m.node('Gelu', [x], { approximate: d.activation === 'gelu' ? 'none' : 'tanh' })
    if (d.activation === 'gelu') {
      const gate = m.node('Add', [m.node('Erf', [m.node('Div', [x, m.scalar(Math.SQRT2)])]), m.scalar(1)])
      return m.node('Mul', [m.node('Mul', [x, gate]), m.scalar(0.5)])
    }
    const cube = m.node('Mul', [m.scalar(0.044715), m.node('Pow', [x, m.scalar(3)])])
    const inner = m.node('Mul', [m.node('Add', [x, cube]), m.scalar(Math.sqrt(2 / Math.PI))])
    const gate = m.node('Add', [m.scalar(1), m.node('Tanh', [inner])])
    return m.node('Mul', [m.node('Mul', [m.scalar(0.5), x]), gate])
  }

  private block(h: string, tokens: number): string {
    const { m, d } = this
    const x = this.norm(h)
    const attended = d.attention === 'mha' ? this.tokensFirst(x, tokens) : this.batchFirst(x, tokens)
    const h1 = m.node('Add', [h, attended])
    return m.node('Add', [h1, this.linear(this.activation(this.linear(this.norm(h1), D, 2 * D)), 2 * D, D)])
  }

  /** Attention of x [B,T,D]. */
  private batchFirst(x: string, tokens: number): string {
    const { m, d } = this
    const [q, k, v] = this.queriesKeysValues(x)
    const heads = (t: string, perm: readonly number[]) =>
      m.node('Transpose', [this.reshape(t, x, [0, 1], [H, size], [2, tokens, H, size])], { perm })
    const scaled = d.attention === 'bmm' ? m.node('Mul', [q, m.scalar(size ** -0.5)]) : q
    const [Q, V] = [heads(scaled, [0, 2, 1, 3]), heads(v, [0, 2, 1, 3])]
    let mixed: string
    if (d.attention === 'bmm') {
      const flat = (t: string) => m.node('Reshape', [t, m.ints([-1, tokens, size])])
      const K = m.node('Transpose', [flat(heads(k, [0, 2, 1, 3]))], { perm: [0, 2, 1] })
      const scores = m.node('MatMul', [flat(Q), K])
      const product = m.node('MatMul', [m.node('Softmax', [scores], { axis: -1 }), flat(V)])
      mixed = m.node('Reshape', [product, m.ints([-1, H, tokens, size])])
    } else mixed = this.attend(Q, this.transposedKeys(k, heads), V)
    const joined = m.node('Transpose', [mixed], { perm: [0, 2, 1, 3] })
    return this.linear(this.reshape(joined, x, [0, 1], [D], [2, tokens, D]), D, D)
  }

  private queriesKeysValues(x: string): [string, string, string] {
    const { m, d } = this
    if (d.qkv === 'apart') return [this.linear(x, D, D), this.linear(x, D, D), this.linear(x, D, D)]
    const all = this.linear(x, D, 3 * D)
    if (d.qkv === 'slice') {
      const part = (i: number) => m.node('Slice', [all, m.ints([i * D]), m.ints([(i + 1) * D]), m.ints([-1])])
      return [part(0), part(1), part(2)]
    }
    const outputs = ['q', 'k', 'v'].map((part) => `${all}_${part}`) as [string, string, string]
    if (d.opset >= 18) m.node('Split', [all], { axis: -1, num_outputs: 3 }, { outputs })
    else if (d.opset >= 13) m.node('Split', [all, m.ints([D, D, D])], { axis: -1 }, { outputs })
    else m.node('Split', [all], { axis: -1, split: [D, D, D] }, { outputs })
    return outputs
  }

  /** [B,H,size,T], by one transpose or, as the newer exporter writes SDPA, by way of three dimensions. */
  private transposedKeys(k: string, heads: (t: string, perm: readonly number[]) => string): string {
    const { m, d } = this
    if (d.exporter === 'torchscript') return heads(k, [0, 2, 3, 1])
    const keys = heads(k, [0, 2, 1, 3])
    const shape = m.node('Shape', [keys], { start: 0 })
    const cut = (from: number, to: number) => m.node('Slice', [shape, m.ints([from]), m.ints([to])])
    const [last, beforeLast, leading] = [cut(-1, 2 ** 53 - 1), cut(-2, -1), cut(-(2 ** 53) + 1, -2)]
    const flat = m.node('Reshape', [keys, m.node('Concat', [m.ints([-1]), beforeLast, last], { axis: 0 })])
    const turned = m.node('Transpose', [flat], { perm: [0, 2, 1] })
    return m.node('Reshape', [turned, m.node('Concat', [leading, last, beforeLast], { axis: 0 })])
  }

  /** softmax(scaled Q K) V with K transposed already. */
  private attend(Q: string, K: string, V: string): string {
    const { m, d } = this
    if (d.attention === 'eager') {
      const scores = m.node('Mul', [m.node('MatMul', [Q, K]), m.scalar(size ** -0.5)])
      const probabilities = m.node('Cast', [m.node('Softmax', [scores], { axis: -1 })], { to: 1 })
      return m.node('MatMul', [probabilities, V])
    }
    const root = m.scalar(Math.sqrt(size ** -0.5))
    const scores = m.node('MatMul', [m.node('Mul', [Q, root]), m.node('Mul', [K, root])])
    return m.node('MatMul', [m.node('Softmax', [scores], { axis: -1 }), V])
  }

  /** Attention of x [T,B,D] as `nn.MultiheadAttention` has it. */
  private tokensFirst(x: string, tokens: number): string {
    const { m } = this
    const all = this.linear(x, D, 3 * D)
    const three = this.reshape(all, x, [0, 1], [3, D], [tokens, 2, 3, D], 1)
    const first = m.node('Transpose', [this.unsqueeze(three, [0])], { perm: [3, 1, 2, 0, 4] })
    const packed = this.squeeze(first, [3])
    const heads = (i: number) => {
      const part = m.node('Gather', [packed, m.scalar(i, 'int64')], { axis: 0 })
      const split = m.node('Reshape', [part, m.ints([tokens, -1, size])])
      const turned = m.node('Transpose', [split], { perm: [1, 0, 2] })
      return m.node('Reshape', [turned, m.ints([-1, H, tokens, size])])
    }
    const [Q, K, V] = [heads(0), heads(1), heads(2)]
    const mixed = this.attend(Q, m.node('Transpose', [K], { perm: [0, 1, 3, 2] }), V)
    const rows = m.node('Reshape', [m.node('Transpose', [mixed], { perm: [2, 0, 1, 3] }), m.ints([-1, D])])
    const attributes = { alpha: float(1), beta: float(1), transB: 1 }
    const projected = m.node('Gemm', [rows, this.weight([D, D], 0.4), this.weight([D], 0.1)], attributes)
    return m.node('Reshape', [projected, m.ints([tokens, -1, D])])
  }
}
