/**
 * Synthetic CLIP towers and a residual network in the node patterns that PyTorch writes (optimum's export of
 * Hugging Face CLIP, opset 14; torchvision's ResNet), with random weights: any size up to the true ones.
 * Shapes are dynamic, so the shape arithmetic of the exporter is there too.
 */
import type { OnnxModel } from '../../src/onnx/model'
import { float } from '../../src/onnx/model'
import { makeTensor } from '../../src/onnx/tensor'
import { PlainModel } from './plain-model'
import { uniformSource } from './random'

export interface TowerOptions {
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly projection: number
  /** From 17 on, LayerNormalization is one node. Default 14. */
  readonly opset?: number
  readonly seed?: number
  /** CLIP's is the default; the others are what later CLIPs use. */
  readonly activation?: 'quick_gelu' | 'gelu' | 'gelu_tanh'
}

export interface VisionOptions extends TowerOptions {
  readonly image: number
  readonly patch: number
  /** Channels of stride-2 convolutions before the patch embedding; the patch is then counted on their output. */
  readonly stem?: readonly number[]
}

export interface TextOptions extends TowerOptions {
  readonly vocabulary: number
  readonly context: number
}

/** CLIP ViT-B/32. */
export const VIT_B_32: VisionOptions = { image: 224, patch: 32, width: 768, layers: 12, heads: 12, projection: 512 }

/** Name of the token embeddings, where text prompts cut the graph. */
export const TOKEN_EMBEDDINGS = '/text_model/embeddings/token_embedding/Gather_output_0'

/** Weights that lie beside each other in the table. */
const RUN = 4096

/** Weights drawn from a table of normal values at random offsets: 88 million take well under a second. */
class Weights {
  private readonly table: Float32Array
  private readonly next: () => number

  constructor(seed: number) {
    this.next = uniformSource(seed)
    // The sum of twelve uniform numbers is normal enough, and a prime length keeps rows from repeating.
    this.table = Float32Array.from(
      { length: 16381 },
      () => Array.from({ length: 12 }, this.next).reduce((a, b) => a + b) - 6,
    )
  }

  draw(n: number, scale: number, mean = 0): Float32Array {
    const values = new Float32Array(n)
    const scaled = this.table.map((v) => mean + scale * v)
    for (let start = 0; start < n; start += RUN) {
      const at = Math.floor(this.next() * (scaled.length - RUN))
      values.set(scaled.subarray(at, at + Math.min(RUN, n - start)), start)
    }
    return values
  }
}

/**
 * The model with its weights in one file beside it, as hubs keep large ones: nothing of that size has to go through
 * protobuf. `encodeModel` then gives the small graph, `files` what it refers to.
 */
export function withWeightsBeside(model: OnnxModel): OnnxModel {
  const path = 'weights.bin'
  const total = [...model.graph.initializers.values()].reduce((sum, t) => sum + t.bytes.byteLength, 0)
  const data = new Uint8Array(total)
  let offset = 0
  const initializers = new Map(
    [...model.graph.initializers].map(([name, t]) => {
      const length = t.bytes.byteLength
      data.set(t.bytes, offset)
      const bytes = data.subarray(offset, offset + length)
      const tensor = { ...t, bytes, location: { path, offset, length } }
      offset += length
      return [name, tensor] as const
    }),
  )
  return { ...model, graph: { ...model.graph, initializers }, files: [{ path, data }] }
}

/** Layers as the exporter writes them. */
class Writer {
  readonly m: PlainModel
  private readonly weights: Weights

  constructor(
    readonly opset: number,
    seed: number,
  ) {
    this.m = new PlainModel(opset)
    this.weights = new Weights(seed)
  }

  weight(name: string, dims: readonly number[], scale: number, mean = 0): string {
    const values = this.weights.draw(
      dims.reduce((p, d) => p * d, 1),
      scale,
      mean,
    )
    const bytes = new Uint8Array(values.buffer)
    return this.m.tensor(name, { dtype: 'float32', dims, bytes, location: null })
  }

  int(value: number): string {
    return this.m.scalar(value, 'int64')
  }

  /** Size of `x` along an axis, as an int64 scalar. */
  dim(x: string, axis: number): string {
    return this.m.node('Gather', [this.m.node('Shape', [x]), this.int(axis)], { axis: 0 })
  }

  unsqueeze(x: string, axes: readonly number[]): string {
    return this.opset >= 13 ? this.m.node('Unsqueeze', [x, this.m.ints(axes)]) : this.m.node('Unsqueeze', [x], { axes })
  }

  /** A shape put together from numbers and computed scalars. */
  shape(parts: readonly (number | string)[]): string {
    const each = parts.map((p) => (typeof p === 'number' ? this.m.ints([p]) : this.unsqueeze(p, [0])))
    return this.m.node('Concat', each, { axis: 0 })
  }

  reshape(x: string, parts: readonly (number | string)[]): string {
    return this.m.node('Reshape', [x, this.shape(parts)])
  }

  layerNorm(x: string, width: number, name: string): string {
    const gamma = this.weight(`${name}.weight`, [width], 0.1, 1)
    const beta = this.weight(`${name}.bias`, [width], 0.05)
    const { m } = this
    if (this.opset >= 17) return m.node('LayerNormalization', [x, gamma, beta], { axis: -1, epsilon: float(1e-5) })
    const d = m.node('Sub', [x, m.node('ReduceMean', [x], { axes: [-1], keepdims: 1 })])
    const variance = m.node('ReduceMean', [m.node('Pow', [d, m.scalar(2)])], { axes: [-1], keepdims: 1 })
    const std = m.node('Sqrt', [m.node('Add', [variance, m.scalar(1e-5)])])
    return m.node('Add', [m.node('Mul', [m.node('Div', [d, std]), gamma]), beta])
  }

  linear(x: string, from: number, to: number, name: string, gain = 1): string {
    const W = this.weight(`onnx::MatMul_${name}`, [from, to], gain / Math.sqrt(from))
    const bias = this.weight(`${name}.bias`, [to], 0.02)
    return this.m.node('Add', [bias, this.m.node('MatMul', [x, W])])
  }

  activation(x: string, kind: NonNullable<TowerOptions['activation']>): string {
    const { m } = this
    if (kind === 'quick_gelu') return m.node('Mul', [x, m.node('Sigmoid', [m.node('Mul', [x, m.scalar(1.702)])])])
    if (kind === 'gelu') {
      const gate = m.node('Add', [m.node('Erf', [m.node('Div', [x, m.scalar(Math.SQRT2)])]), m.scalar(1)])
      return m.node('Mul', [m.node('Mul', [x, gate]), m.scalar(0.5)])
    }
    const cube = m.node('Mul', [m.scalar(0.044715), m.node('Pow', [x, m.scalar(3)])])
    const inner = m.node('Mul', [m.node('Add', [x, cube]), m.scalar(Math.sqrt(2 / Math.PI))])
    const gate = m.node('Add', [m.scalar(1), m.node('Tanh', [inner])])
    return m.node('Mul', [m.node('Mul', [m.scalar(0.5), x]), gate])
  }

  /** One transformer block: h + attention(norm h), then + mlp(norm). */
  block(
    h: string,
    name: string,
    { width: D, heads: H, activation = 'quick_gelu' }: TowerOptions,
    mask?: string,
  ): string {
    const { m } = this
    const x = this.layerNorm(h, D, `${name}.layer_norm1`)
    const h1 = m.node('Add', [h, this.attention(x, `${name}.self_attn`, D, H, mask)])
    const y = this.layerNorm(h1, D, `${name}.layer_norm2`)
    const inner = this.activation(this.linear(y, D, 4 * D, `${name}.mlp.fc1`), activation)
    return m.node('Add', [h1, this.linear(inner, 4 * D, D, `${name}.mlp.fc2`)])
  }

  private attention(x: string, name: string, D: number, H: number, mask?: string): string {
    const { m } = this
    const size = D / H
    const [batch, tokens] = [this.dim(x, 0), this.dim(x, 1)]
    const scaled = m.node('Mul', [this.linear(x, D, D, `${name}.q_proj`, 1.5), m.scalar(1 / Math.sqrt(size))])
    const headsFirst = (t: string, length: number | string) =>
      m.node('Transpose', [this.reshape(t, [batch, length, H, size])], { perm: [0, 2, 1, 3] })
    const k = headsFirst(this.linear(x, D, D, `${name}.k_proj`, 1.5), -1)
    const v = headsFirst(this.linear(x, D, D, `${name}.v_proj`), -1)
    const q = headsFirst(scaled, tokens)
    const rows = m.node('Mul', [batch, this.int(H)])
    const flat = (t: string) => this.reshape(t, [rows, -1, size])
    const [flatQ, flatK, flatV] = [flat(q), flat(k), flat(v)]
    let scores = m.node('MatMul', [flatQ, m.node('Transpose', [flatK], { perm: [0, 2, 1] })])
    if (mask) {
      const masked = m.node('Add', [this.reshape(scores, [batch, H, tokens, tokens]), mask])
      scores = this.reshape(masked, [rows, tokens, tokens])
    }
    const mixed = m.node('MatMul', [m.node('Softmax', [scores], { axis: -1 }), flatV])
    const tokensFirst = m.node('Transpose', [this.reshape(mixed, [batch, H, tokens, size])], { perm: [0, 2, 1, 3] })
    return this.linear(this.reshape(tokensFirst, [batch, tokens, D]), D, D, `${name}.out_proj`)
  }

  conv(
    x: string,
    from: number,
    to: number,
    name: string,
    k: number,
    stride: number,
    pad: number,
    bias = false,
  ): string {
    const W = this.weight(`${name}.weight`, [to, from, k, k], Math.sqrt((stride === k ? 1 : 2) / (from * k * k)))
    const attributes = {
      dilations: [1, 1],
      group: 1,
      kernel_shape: [k, k],
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
    }
    return this.m.node('Conv', bias ? [x, W, this.weight(`${name}.bias`, [to], 0.05)] : [x, W], attributes)
  }

  batchNorm(x: string, C: number, name: string): string {
    const [gamma, beta] = [this.weight(`${name}.weight`, [C], 0.1, 1), this.weight(`${name}.bias`, [C], 0.1)]
    const mean = this.weight(`${name}.running_mean`, [C], 0.1)
    const variance = this.weight(`${name}.running_var`, [C], 0.05, 1)
    return this.m.node('BatchNormalization', [x, gamma, beta, mean, variance], { epsilon: float(1e-5) })
  }
}

/** pixel_values [batch,3,S,S] -> image_embeds [batch,projection]. */
export function clipVision(options: VisionOptions): OnnxModel {
  const { image, patch, width: D, layers, projection, stem = [], opset = 14, seed = 1 } = options
  const w = new Writer(opset, seed)
  const { m } = w
  m.input('pixel_values', ['batch_size', 'num_channels', 'height', 'width'])
  let x = 'pixel_values'
  let channels = 3
  stem.forEach((to, i) => {
    x = w.activation(w.conv(x, channels, to, `stem.${i}`, 3, 2, 1, true), 'quick_gelu')
    channels = to
  })
  const side = image / 2 ** stem.length / patch
  const patches = w.conv(x, channels, D, 'vision_model.embeddings.patch_embedding', patch, patch, 0)
  const leading = m.node('Slice', [m.node('Shape', [patches]), m.ints([0]), m.ints([2]), m.ints([0])])
  const flat = m.node('Reshape', [patches, m.node('Concat', [leading, m.ints([-1])], { axis: 0 })])
  const tokens = m.node('Transpose', [flat], { perm: [0, 2, 1] })
  const all = m.node('Concat', [classToken(w, D), tokens], { axis: 1 })
  const count = side * side + 1
  const ids = m.weight(
    'vision_model.embeddings.position_ids',
    [1, count],
    Array.from({ length: count }, (_, i) => i),
    'int64',
  )
  const positions = m.node('Gather', [
    w.weight('vision_model.embeddings.position_embedding.weight', [count, D], 0.3),
    ids,
  ])
  let h = w.layerNorm(m.node('Add', [all, positions]), D, 'vision_model.pre_layrnorm')
  for (let l = 0; l < layers; l++) h = w.block(h, `vision_model.encoder.layers.${l}`, options)
  const pooled = w.layerNorm(m.node('Gather', [h, w.int(0)], { axis: 1 }), D, 'vision_model.post_layernorm')
  const W = w.weight('onnx::MatMul_visual_projection', [D, projection], 1 / Math.sqrt(D))
  m.node('MatMul', [pooled, W], {}, { outputs: ['image_embeds'] })
  return m.model(['image_embeds'])
}

/** class_embedding.expand(batch, 1, -1), with the arithmetic that resolves -1. */
function classToken(w: Writer, D: number): string {
  const { m } = w
  const wanted = w.shape([w.dim('pixel_values', 0), 1, -1])
  const value = { type: 'tensor' as const, value: makeTensor('int64', [1], [1]) }
  const ones = m.node('ConstantOfShape', [m.ints([3])], { value })
  const isMinusOne = m.node('Equal', [wanted, m.node('Mul', [ones, w.int(-1)])])
  return m.node('Expand', [
    w.weight('vision_model.embeddings.class_embedding', [D], 0.5),
    m.node('Where', [isMinusOne, ones, wanted]),
  ])
}

/** input_ids [batch,tokens] -> text_embeds [batch,projection], pooled at the largest id (end of text). */
export function clipText(options: TextOptions): OnnxModel {
  const { vocabulary, context, width: D, layers, projection, opset = 14, seed = 2 } = options
  const w = new Writer(opset, seed)
  const { m } = w
  m.input('input_ids', ['batch_size', 'sequence_length'], 'int64')
  const T = w.dim('input_ids', 1)
  const ids = w.reshape('input_ids', [-1, T])
  const table = w.weight('text_model.embeddings.token_embedding.weight', [vocabulary, D], 0.5)
  const tokens = m.node('Gather', [table, ids], {}, { outputs: [TOKEN_EMBEDDINGS] })
  const order = m.weight(
    'text_model.embeddings.position_ids',
    [1, context],
    Array.from({ length: context }, (_, i) => i),
    'int64',
  )
  const upTo = m.node('Slice', [order, m.ints([0]), w.unsqueeze(T, [0]), m.ints([1]), m.ints([1])])
  const positions = m.node('Gather', [
    w.weight('text_model.embeddings.position_embedding.weight', [context, D], 0.3),
    upTo,
  ])
  const mask = causalMask(w, T)
  let h = m.node('Add', [tokens, positions])
  for (let l = 0; l < layers; l++) h = w.block(h, `text_model.encoder.layers.${l}`, options, mask)
  h = w.layerNorm(h, D, 'text_model.final_layer_norm')
  const row = m.node('Range', [w.int(0), w.dim('input_ids', 0), w.int(1)])
  const last = m.node('ArgMax', ['input_ids'], { axis: -1, keepdims: 0 })
  const at = m.node('Concat', [w.unsqueeze(row, [1]), w.unsqueeze(last, [1])], { axis: 1 })
  const pooled = m.node('GatherND', [h, at], { batch_dims: 0 })
  const W = w.weight('onnx::MatMul_text_projection', [D, projection], 1 / Math.sqrt(D))
  m.node('MatMul', [pooled, W], {}, { outputs: ['text_embeds'] })
  return m.model(['text_embeds'])
}

/** [1,1,T,T]: 0 up to the diagonal, very negative beyond. */
function causalMask(w: Writer, T: string): string {
  const { m } = w
  const columns = m.node('Range', [w.int(0), T, w.int(1)])
  const rows = w.reshape(m.node('Add', [columns, w.int(1)]), [T, 1])
  const value = { type: 'tensor' as const, value: makeTensor('float32', [1], [-3.4e38]) }
  const closed = m.node('ConstantOfShape', [w.shape([T, T])], { value })
  return w.unsqueeze(m.node('Where', [m.node('Less', [columns, rows]), m.scalar(0), closed]), [0, 1])
}

export interface ResNetOptions {
  readonly image: number
  readonly width: number
  readonly classes: number
  readonly seed?: number
  readonly opset?: number
}

/** Stem, two basic blocks (the second strided), global average pooling: pixel_values [batch,3,S,S] -> logits. */
export function smallResNet({ image, width, classes, seed = 3, opset = 14 }: ResNetOptions): OnnxModel {
  const w = new Writer(opset, seed)
  const { m } = w
  m.input('pixel_values', ['batch_size', 3, image, image])
  let x = m.node('Relu', [w.batchNorm(w.conv('pixel_values', 3, width, 'conv1', 7, 2, 3), width, 'bn1')])
  x = m.node('MaxPool', [x], { ceil_mode: 0, kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] })
  const block = (from: number, to: number, stride: number, name: string) => {
    const first = m.node('Relu', [w.batchNorm(w.conv(x, from, to, `${name}.conv1`, 3, stride, 1), to, `${name}.bn1`)])
    const second = w.batchNorm(w.conv(first, to, to, `${name}.conv2`, 3, 1, 1), to, `${name}.bn2`)
    const shortcut =
      stride === 1
        ? x
        : w.batchNorm(w.conv(x, from, to, `${name}.downsample.0`, 1, stride, 0), to, `${name}.downsample.1`)
    return m.node('Relu', [m.node('Add', [second, shortcut])])
  }
  x = block(width, width, 1, 'layer1.0')
  x = block(width, 2 * width, 2, 'layer2.0')
  const pooled = m.node('Flatten', [m.node('GlobalAveragePool', [x])], { axis: 1 })
  const W = w.weight('fc.weight', [classes, 2 * width], 1 / Math.sqrt(2 * width))
  const attributes = { alpha: float(1), beta: float(1), transB: 1 }
  m.node('Gemm', [pooled, W, w.weight('fc.bias', [classes], 0.1)], attributes, { outputs: ['logits'] })
  return m.model(['logits'])
}
