/**
 * A model without its weights: nodes, shapes and the small tensors, for all that is found out about a graph before and
 * beside running it. No byte of the files that it was read from is held.
 */
import { isFloat, type Attribute, type Attributes, type Graph, type Node, type OnnxModel, type Tensor } from './model'

/** Integers of so many bytes are positions and axes, which shapes are computed from. */
const LARGEST_INTEGERS = 1 << 19

/**
 * The same graph; matrices and larger float tensors are empty, and so are its files. Vectors stay (a normalisation's
 * variance is looked at), and tensors of nodes' attributes, which are part of the graph.
 */
export function outlineOf(model: OnnxModel): OnnxModel {
  return {
    ...model,
    graph: outlineOfGraph(model.graph),
    files: model.files.map(({ path }) => ({ path, data: new Uint8Array(0) })),
  }
}

function outlineOfGraph(graph: Graph): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map(outlineOfNode),
    initializers: new Map([...graph.initializers].map(([name, t]) => [name, isSmall(t) ? copied(t) : emptied(t)])),
  }
}

function isSmall({ dims, dtype, bytes }: Tensor): boolean {
  const values = dtype === 'int8' || dtype === 'uint8' || isFloat(dtype)
  return dims.filter((d) => d > 1).length <= 1 || (!values && bytes.byteLength <= LARGEST_INTEGERS)
}

const emptied = (tensor: Tensor): Tensor => ({ ...tensor, bytes: new Uint8Array(0) })

/** A view would hold the whole file; so would `slice`, which Node's buffers make a view of. */
const copied = (tensor: Tensor): Tensor => ({ ...tensor, bytes: new Uint8Array(tensor.bytes) })

function outlineOfNode(node: Node): Node {
  const attributes: Attributes = Object.fromEntries(
    Object.entries(node.attributes).map(([name, attribute]) => [name, outlineOfAttribute(attribute)]),
  )
  return { ...node, attributes }
}

function outlineOfAttribute(attribute: Attribute): Attribute {
  if (attribute.type === 'tensor') return { ...attribute, value: copied(attribute.value) }
  return attribute.type === 'graph' ? { ...attribute, value: outlineOfGraph(attribute.value) } : attribute
}
