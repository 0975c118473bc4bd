/** Tiny models for the engines' tests, in Node and in the browser; each with its function in plain numbers. */
import { GraphBuilder } from '../../src/onnx/builder'
import { float, int, type OnnxModel } from '../../src/onnx/model'
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

/** y = Elu(x) with a parameter no engine knows: loads nowhere. */
export function unknownOperator(): Uint8Array {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', [2])
  const y = b.op('Elu', [x], { alpha: float(1) }, 'y')
  const { graph, ...rest } = b.toModel([y])
  const nodes = graph.nodes.map((node) => ({ ...node, op: 'Foo' }))
  return encodeModel({ ...rest, graph: { ...graph, nodes } })
}
