/** Tiny models for the engines' tests, in Node and in the browser; each with its function in plain numbers. */
import { GraphBuilder } from '../../src/onnx/builder'
import { float, int, ints, type OnnxModel } from '../../src/onnx/model'
import { makeTensor } from '../../src/onnx/tensor'
import { encodeModel } from '../../src/onnx/write'
import type { ExternalData } from '../../src/runtime/engine'

function encode(b: GraphBuilder, outputs: readonly string[], files: OnnxModel['files'] = []): Uint8Array {
  return encodeModel(b.toModel(outputs, files))
}

/** y = 3x + 0.5, x float32 [n]. */
export function affine(n: number): Uint8Array {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', [n])
  const scaled = b.mul(x, b.scalar(3, x))
  return encode(b, [b.op('Add', [scaled, b.scalar(0.5, x)], {}, 'y')])
}
export const affineOf = (x: number): number => 3 * x + 0.5

/** y = flag ? x : -x, picked at int64 indices [k]; flag bool []. */
export function choose(n: number, k: number): Uint8Array {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', [n])
  const flag = b.input('flag', 'bool', [])
  const indices = b.input('indices', 'int64', [k])
  const chosen = b.where(flag, x, b.neg(x))
  return encode(b, [b.op('Gather', [chosen, indices], { axis: int(0) }, 'y')])
}

/** y = 2x int32 [n]; top = its largest element's index, int64 []. */
export function integers(n: number): Uint8Array {
  const b = new GraphBuilder()
  const x = b.input('x', 'int32', [n])
  const y = b.op('Add', [x, x], {}, 'y')
  const top = b.op('ArgMax', [b.cast(x, 'float32')], { axis: int(0), keepdims: int(0) }, 'top')
  return encode(b, [y, top])
}

/** y = xW, x float32 [m,k], W [k,n] = (row + 1) / (column + 1) in a file of its own, behind an odd-sized preface. */
export function matmulBeside(m: number, k: number, n: number): { model: Uint8Array; externalData: ExternalData[] } {
  const preface = 13
  const values = Array.from({ length: k * n }, (_, i) => matmulWeight(Math.floor(i / n), i % n))
  const weights = makeTensor('float32', [k, n], values)
  const data = new Uint8Array(preface + weights.bytes.byteLength)
  data.set(weights.bytes, preface)
  const location = { path: 'weights.bin', offset: preface, length: weights.bytes.byteLength }
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', [m, k])
  const w = b.initializer('W', { ...weights, location })
  const model = encode(b, [b.op('MatMul', [x, w], {}, 'y')], [{ path: 'weights.bin', data }])
  return { model, externalData: [{ path: 'weights.bin', data }] }
}
export const matmulWeight = (row: number, column: number): number => (row + 1) / (column + 1)

/** `convolutions` takes pictures of this side and gives rows of this length. */
export const CONVOLVED = { imageSize: 16, dimensions: 6 } as const

/** Convolutions of every kind that goes back another way: 3 x 3, depthwise, 1 x 1, dilated, and by strides. */
export function convolutions(batch: number): OnnxModel {
  const S = CONVOLVED.imageSize
  const b = new GraphBuilder()
  let x = b.input('pixel_values', 'float32', [batch, 3, S, S])
  const conv = (outputs: number, k: number, { group = 1, stride = 1, dilation = 1, pad = 0 }) => {
    const dims = [outputs, b.dims(x)[1]! / group, k, k]
    const count = dims.reduce((p, d) => p * d, 1)
    const kernel = b.constant(
      'float32',
      dims,
      Array.from({ length: count }, (_, i) => Math.sin(7 * i + k + outputs) / (k * Math.sqrt(dims[1]!))),
    )
    x = b.op('Conv', [x, kernel], {
      ...{ kernel_shape: ints([k, k]), strides: ints([stride, stride]), dilations: ints([dilation, dilation]) },
      ...{ pads: ints([pad, pad, pad, pad]), group: int(group) },
    })
    x = b.op('Clip', [x, b.scalar(-2, x), b.scalar(2, x)])
  }
  conv(4, 3, { pad: 1 })
  conv(4, 3, { group: 4, pad: 1 })
  conv(8, 1, {})
  conv(8, 3, { group: 8, stride: 2, pad: 1 })
  conv(8, 3, { group: 2, dilation: 2, pad: 2 })
  conv(CONVOLVED.dimensions, 1, {})
  const mean = b.op('GlobalAveragePool', [x])
  return b.toModel([b.op('Flatten', [mean], { axis: int(1) }, 'image_embeds')])
}

/** y = Elu(x) with a parameter no engine knows: loads nowhere. */
export function unknownOperator(): Uint8Array {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', [2])
  const y = b.op('Elu', [x], { alpha: float(1) }, 'y')
  const { graph, ...rest } = b.toModel([y])
  const nodes = graph.nodes.map((node) => ({ ...node, op: 'Foo' }))
  return encodeModel({ ...rest, graph: { ...graph, nodes } })
}
