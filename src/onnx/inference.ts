/**
 * A model for the runtime alone, without a gradient: text towers. Most files are run as they are. Half precision is not:
 * its decomposed normalisations overflow where the runtime does not fuse them (half-norm.ts), and the program feeds and
 * reads float32.
 */
import type { ModelFile, Node, OnnxModel, ValueInfo } from './model'
import { DTYPES, int } from './model'
import { fuseHalfNorms } from './half-norm'
import { inOrder, neededNodes } from './in-order'
import { upgradeNodes } from './upgrade'
import { encodeModel, referredFiles } from './write'

export interface RunnableModel {
  /** ModelProto bytes. */
  readonly model: Uint8Array
  readonly externalData: readonly ModelFile[]
}

/** The model with float32 ends and sound normalisations; null where its file can be run as it is. */
export function inferenceModel(model: OnnxModel): RunnableModel | null {
  const { graph } = model
  const isHalf = [...graph.initializers.values()].some((t) => t.dtype === 'float16')
  // Branches read values that are not seen here; such files are left alone.
  if (!isHalf || graph.nodes.some((n) => Object.values(n.attributes).some((a) => a.type === 'graph'))) return null
  const { opset, nodes, constants } = upgradeNodes(model)
  const initializers = new Map([...graph.initializers, ...constants])
  const outputs = graph.outputs.map((o) => o.name)
  const fused = neededNodes(fuseHalfNorms(inOrder(nodes), initializers), outputs)
  const halfInputs = new Set(graph.inputs.filter((v) => v.dtype === 'float16').map((v) => v.name))
  const halfOutputs = new Set(graph.outputs.filter((v) => v.dtype === 'float16').map((v) => v.name))
  const inner = (name: string) => (halfInputs.has(name) || halfOutputs.has(name) ? `${name}__half` : name)
  const renamed = fused.map((n) => ({ ...n, inputs: n.inputs.map(inner), outputs: n.outputs.map(inner) }))
  const inFloat32 = (v: ValueInfo): ValueInfo => (v.dtype === 'float16' ? { ...v, dtype: 'float32' } : v)
  const written: OnnxModel = {
    ...model,
    opset,
    graph: {
      ...graph,
      initializers,
      inputs: graph.inputs.map(inFloat32),
      outputs: graph.outputs.map(inFloat32),
      nodes: [
        ...[...halfInputs].map((name) => cast(name, inner(name), 'float16')),
        ...renamed,
        ...[...halfOutputs].map((name) => cast(inner(name), name, 'float32')),
      ],
    },
  }
  return { model: encodeModel(written), externalData: referredFiles(written) }
}

function cast(from: string, to: string, dtype: 'float16' | 'float32'): Node {
  return {
    op: 'Cast',
    domain: '',
    name: `${to}/Cast`,
    inputs: [from],
    outputs: [to],
    attributes: { to: int(DTYPES[dtype]) },
  }
}
