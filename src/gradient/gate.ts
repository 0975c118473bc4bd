/**
 * How the nodes of the backward are put beside those of the forward: plainly, or in `If(do_backward)`, so that one session
 * with one copy of the weights serves evaluation and training.
 */
import type { Graph, Node, ValueInfo } from '../onnx/model'
import type { GraphBuilder, Value } from '../onnx/builder'
import { makeTensor } from '../onnx/tensor'

/** Output of the graph that holds the gradient of an input. */
export function gradientName(input: string): string {
  return `d_${input}`
}

interface BackwardPart {
  readonly nodes: readonly Node[]
  readonly initializers: Graph['initializers']
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
}

type Assemble = (
  wrt: readonly string[],
  gradients: ReadonlyMap<string, Value>,
  backward: GraphBuilder,
  nodes: readonly Node[],
  forward: GraphBuilder,
) => BackwardPart

export const ungated: Assemble = (wrt, gradients, backward, nodes) => {
  const renamed = wrt.map((name) => identity(gradients.get(name)!, gradientName(name)))
  return {
    nodes: [...nodes, ...renamed],
    initializers: backward.initializers,
    inputs: [],
    outputs: wrt.map((name) => valueInfo(gradientName(name), backward, gradients.get(name)!)),
  }
}

export const gated: Assemble = (wrt, gradients, backward, nodes) => {
  const values = wrt.map((name) => gradients.get(name)!)
  // A branch may only give out what it computes itself, and each value once: ONNX Runtime fills only one of twins.
  const made = new Set(nodes.flatMap((n) => n.outputs))
  const isOwn = values.map((v, i) => made.has(v) && values.indexOf(v) === i)
  const results = values.map((v, i) => (isOwn[i] ? v : `grad/result_${i}`))
  const copies = values.flatMap((v, i) => (isOwn[i] ? [] : [identity(v, results[i]!)]))
  const thenNodes = [...nodes, ...copies]
  const thenBranch: Graph = {
    name: 'backward',
    nodes: thenNodes,
    initializers: only(backward.initializers, thenNodes),
    inputs: [],
    outputs: values.map((v, i) => ({ ...valueInfo(results[i]!, backward, v) })),
  }
  const nothing = (i: number): Node => {
    const rank = backward.dims(values[i]!).length
    const value = makeTensor(backward.dtype(values[i]!), new Array<number>(rank).fill(1), [0])
    const name = `no_grad/result_${i}`
    return {
      op: 'Constant',
      domain: '',
      name,
      inputs: [],
      outputs: [name],
      attributes: { value: { type: 'tensor', value } },
    }
  }
  const elseNodes = values.map((_, i) => nothing(i))
  const symbolic = (i: number, name: string): ValueInfo => ({
    name,
    dtype: backward.dtype(values[i]!),
    dims: backward.dims(values[i]!).map((_, axis) => `${name}_${axis}`),
  })
  const elseBranch: Graph = {
    name: 'nothing',
    nodes: elseNodes,
    initializers: new Map(),
    inputs: [],
    outputs: elseNodes.map((n, i) => symbolic(i, n.outputs[0]!)),
  }
  const gate: Node = {
    op: 'If',
    domain: '',
    name: 'backward',
    inputs: ['do_backward'],
    outputs: wrt.map(gradientName),
    attributes: {
      then_branch: { type: 'graph', value: thenBranch },
      else_branch: { type: 'graph', value: elseBranch },
    },
  }
  return {
    nodes: [gate],
    initializers: new Map(),
    inputs: [{ name: 'do_backward', dtype: 'bool', dims: [] }],
    outputs: wrt.map((name, i) => symbolic(i, gradientName(name))),
  }
}

function identity(from: Value, to: Value): Node {
  return { op: 'Identity', domain: '', name: to, inputs: [from], outputs: [to], attributes: {} }
}

function valueInfo(name: string, b: GraphBuilder, value: Value): ValueInfo {
  return { name, dtype: b.dtype(value), dims: b.dims(value) }
}

function only(initializers: Graph['initializers'], nodes: readonly Node[]): Graph['initializers'] {
  const used = new Set(allInputs(nodes))
  return new Map([...initializers].filter(([name]) => used.has(name)))
}

export function allInputs(nodes: readonly Node[]): string[] {
  return nodes.flatMap((n) => [
    ...n.inputs,
    ...Object.values(n.attributes).flatMap((a) => (a.type === 'graph' ? allInputs(a.value.nodes) : [])),
  ])
}
