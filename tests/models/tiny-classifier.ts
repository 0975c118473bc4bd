/** A classifier of a few hundred bytes: its logits are a fixed matrix times the mean colour of the picture. */
import { GraphBuilder } from '../../src/onnx/builder'
import { int, ints } from '../../src/onnx/model'
import { encodeModel } from '../../src/onnx/write'
import type { FileTable } from './tiny-clip'

export const TINY_SIDE = 16
export const TINY_OUTPUTS = 5

export interface TinyGraph {
  readonly input?: string
  readonly output?: string
  /** Shape of the input, symbols for dynamic axes. */
  readonly dims?: readonly (number | string)[]
  readonly softmax?: boolean
  /** K, in place of the usual five. */
  readonly outputs?: number
  /** Batch written into the graph. */
  readonly fixedBatch?: boolean
  readonly dtype?: 'float32' | 'float64'
  readonly extraInput?: boolean
  /** Gives the picture's own planes as output. */
  readonly picture?: boolean
}

/** Logit k = w_k . mean colour, with w_k as below. */
export const tinyWeight = (k: number, c: number): number => Math.cos(2 * k + 3 * c) * 4

export function tinyGraph(options: TinyGraph = {}): Uint8Array {
  const { input = 'picture', output = 'scores', dtype = 'float32' } = options
  const dims = options.dims ?? ['batch', 3, TINY_SIDE, TINY_SIDE]
  const b = new GraphBuilder()
  b.input(input, dtype, [2, 3, TINY_SIDE, TINY_SIDE])
  const scores = options.picture ? pictureOf(b, input) : scoresOf(b, input, output, options)
  const model = b.toModel([scores])
  const extra = options.extraInput ? [{ name: 'mask', dtype: 'float32' as const, dims: ['batch'] }] : []
  const given = [{ name: input, dtype, dims }, ...extra]
  const outputs = model.graph.outputs.map((one) => ({ ...one, dims: one.dims!.map((d, i) => (i === 0 ? 'batch' : d)) }))
  return encodeModel({ ...model, graph: { ...model.graph, inputs: given, outputs } })
}

function pictureOf(b: GraphBuilder, input: string): string {
  return b.op('Relu', [input], {}, 'planes')
}

function scoresOf(b: GraphBuilder, input: string, output: string, options: TinyGraph): string {
  const mean = b.op('ReduceMean', [input], { axes: ints([2, 3]), keepdims: int(0) })
  const rows = options.fixedBatch ? b.op('Reshape', [b.slice(mean, 0, 0, 1), b.indices([1, 3])]) : mean
  const K = options.outputs ?? TINY_OUTPUTS
  const values = Array.from({ length: 3 * K }, (_, i) => tinyWeight(i % K, Math.floor(i / K)))
  const weights = b.constant(b.dtype(input), [3, K], values)
  if (!options.softmax) return b.op('MatMul', [rows, weights], {}, output)
  return b.op('Softmax', [b.op('MatMul', [rows, weights], {}, 'before')], { axis: int(-1) }, output)
}

export const TINY_PREPROCESSING = { image_mean: [0.5, 0.4, 0.3], image_std: [0.2, 0.25, 0.3], crop_size: TINY_SIDE }

/** The files of the tiny classifier; JSON as values, ONNX and text as bytes. */
export function tinyClassifier(graph: TinyGraph = {}): FileTable {
  return {
    'model.onnx': tinyGraph(graph),
    'preprocessor_config.json': TINY_PREPROCESSING,
    'labels.txt': new TextEncoder().encode('ash\nbeech\ncedar\ndogwood\nelm\n'),
  }
}
