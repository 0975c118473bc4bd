/**
 * An input to which something learned is added, the same for every row: the graph takes both apart and adds them itself.
 *
 *   prompted [B, ...] = input [B, ...] + delta [1, ...]        d delta = sum over the rows of d prompted
 */
import type { Node } from '../onnx/model'
import type { Value } from '../onnx/builder'
import type { StaticGraph } from '../onnx/static-graph'

export interface Additive {
  /** Name of the graph's input, [B, ...]. */
  readonly input: string
  /** Name of the new input, [1, ...], of the same element type. */
  readonly delta: string
}

/** The graph with the sum in front, and the name of that. */
export function withDelta(graph: StaticGraph, { input, delta }: Additive): { graph: StaticGraph; prompted: Value } {
  const given = graph.inputs.find(({ name }) => name === input)
  if (!given) throw new Error(`the graph has no input \`${input}\` to add to`)
  const { dtype, dims } = given
  const prompted = `${input}__prompted`
  const one = [1, ...dims.slice(1)]
  const add: Node = {
    op: 'Add',
    domain: '',
    name: prompted,
    inputs: [input, delta],
    outputs: [prompted],
    attributes: {},
  }
  const nodes = graph.nodes.map((n) => ({ ...n, inputs: n.inputs.map((i) => (i === input ? prompted : i)) }))
  const types = new Map(graph.types).set(delta, { dims: one, dtype }).set(prompted, { dims, dtype })
  return {
    graph: { ...graph, nodes: [add, ...nodes], inputs: [...graph.inputs, { name: delta, dtype, dims: one }], types },
    prompted,
  }
}
