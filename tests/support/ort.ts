/** Runs models on onnxruntime-node in float32, with values going in and coming out as those of the float64 executor. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import type { DType, Graph, ModelFile, OnnxModel } from '../../src/onnx/model'
import { decodeModel } from '../../src/onnx/read'
import { encodeModel, referredFiles } from '../../src/onnx/write'
import type { Array64, Values } from './float64-executor'
import { array64 } from './float64-executor'

export type OptimisationLevel = 'disabled' | 'basic' | 'extended' | 'all'

/** Creates a session, runs it once and frees it. */
export async function runOnOrt(
  model: OnnxModel,
  feeds: Values,
  level: OptimisationLevel = 'all',
): Promise<Record<string, Array64>> {
  return runBytesOnOrt(encodeModel(model), referredFiles(model), feeds, level)
}

export async function runBytesOnOrt(
  bytes: Uint8Array,
  files: readonly ModelFile[],
  feeds: Values,
  level: OptimisationLevel = 'all',
): Promise<Record<string, Array64>> {
  const session = await ort.InferenceSession.create(bytes, {
    externalData: files.map(({ path, data }) => ({ path, data })),
    graphOptimizationLevel: level,
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  try {
    const names = new Set(session.inputNames)
    const given = Object.entries(feeds).filter(([name]) => names.has(name))
    const results = await session.run(Object.fromEntries(given.map(([name, x]) => [name, toOrt(x)])))
    return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, fromOrt(t)]))
  } finally {
    await session.release()
  }
}

function toOrt({ dtype, dims, data }: Array64): ort.Tensor {
  switch (dtype) {
    case 'float32':
      return new ort.Tensor('float32', Float32Array.from(data), dims)
    case 'int64':
      return new ort.Tensor('int64', BigInt64Array.from(Array.from(data, BigInt)), dims)
    case 'int32':
      return new ort.Tensor('int32', Int32Array.from(data), dims)
    case 'bool':
      return new ort.Tensor('bool', Uint8Array.from(data), dims)
    default:
      throw new Error(`tests do not feed ${dtype}`)
  }
}

function fromOrt(t: ort.Tensor): Array64 {
  return array64(t.dims, Array.from(t.data as Float32Array, Number), t.type as DType)
}

/** The operators of a model after ONNX Runtime's optimisation, those of branches too. */
export async function optimisedOperators(
  bytes: Uint8Array,
  files: readonly ModelFile[] = [],
  level: OptimisationLevel = 'all',
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'passepartout-'))
  try {
    const path = join(folder, 'optimised.onnx')
    const options = { optimizedModelFilePath: path, graphOptimizationLevel: level, logSeverityLevel: 3 } as const
    await (await ort.InferenceSession.create(bytes, { ...options, externalData: files })).release()
    return operatorsOf(decodeModel(new Uint8Array(readFileSync(path)), files).graph)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function operatorsOf(graph: Graph): string[] {
  return graph.nodes.flatMap((n) => [
    n.op,
    ...Object.values(n.attributes).flatMap((a) => (a.type === 'graph' ? operatorsOf(a.value) : [])),
  ])
}
