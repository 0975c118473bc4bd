/**
 * The oracle: executes ONNX graphs in float64 with plain loops. It shares no code with the program's own inference
 * and differentiation, takes any shape as it comes, and is itself checked against ONNX Runtime.
 */
import type { Graph, Node, OnnxModel } from '../../src/onnx/model'
import type { Array64, Operators } from './float64/array'
import { fromTensor, makeCall, rounded } from './float64/array'
import { elementwise } from './float64/elementwise'
import { movement } from './float64/movement'
import { products } from './float64/products'
import { reductions } from './float64/reductions'
import { resizing } from './float64/resize'

export type { Array64 } from './float64/array'
export { array64 } from './float64/array'

const OPERATORS: Operators = { ...elementwise, ...reductions, ...products, ...movement, ...resizing }

export type Values = Readonly<Record<string, Array64>>

/** Initializers are decoded once per graph: finite differences run one model hundreds of times. */
const decoded = new WeakMap<Graph['initializers'], Map<string, Array64>>()

function initializersOf(graph: Graph): Map<string, Array64> {
  const found = decoded.get(graph.initializers) ?? new Map([...graph.initializers].map(([k, t]) => [k, fromTensor(t)]))
  decoded.set(graph.initializers, found)
  return found
}

/** `as declared` rounds what every node computes to its element type: half precision as a GPU has it, sums aside. */
export type Precision = 'float64' | 'as declared'

/** Every value of the graph by name. A feed named like an initializer takes its place. */
export function executeAll(model: OnnxModel, feeds: Values, precision: Precision = 'float64'): Map<string, Array64> {
  return run(model.graph, { opset: model.opset, precision }, new Map(Object.entries(feeds)))
}

/** The outputs of the graph by name. */
export function execute(model: OnnxModel, feeds: Values, precision: Precision = 'float64'): Record<string, Array64> {
  for (const input of model.graph.inputs) if (!feeds[input.name]) throw new Error(`no feed for ${input.name}`)
  const values = executeAll(model, feeds, precision)
  return Object.fromEntries(model.graph.outputs.map(({ name }) => [name, get(values, name)]))
}

function get(values: ReadonlyMap<string, Array64>, name: string): Array64 {
  const found = values.get(name)
  if (!found) throw new Error(`the graph computes no \`${name}\``)
  return found
}

interface Settings {
  readonly opset: number
  readonly precision: Precision
}

function run(graph: Graph, settings: Settings, known: ReadonlyMap<string, Array64>): Map<string, Array64> {
  const values = new Map([...initializersOf(graph), ...known])
  for (const node of graph.nodes) {
    if (node.outputs.every((o) => o === '' || known.has(o))) continue
    const results = execNode(node, settings, values)
    node.outputs.forEach((name, i) => {
      if (name === '' || known.has(name)) return
      const result = results[i]
      if (!result) throw new Error(`${node.op} ${node.name} gave no output ${i}`)
      values.set(name, settings.precision === 'float64' ? result : rounded(result))
    })
  }
  return values
}

function execNode(node: Node, settings: Settings, values: ReadonlyMap<string, Array64>): Array64[] {
  const call = makeCall(
    node,
    settings.opset,
    node.inputs.map((name) => (name === '' ? null : get(values, name))),
  )
  if (node.op === 'Constant') return [constant(node)]
  if (node.op === 'If') {
    const branch = call.attr(call.x(0).data[0] ? 'then_branch' : 'else_branch', 'graph', null)!
    const inner = run(branch, settings, values)
    return branch.outputs.map((o) => get(inner, o.name))
  }
  const operator = OPERATORS[node.domain === '' ? node.op : `${node.domain}.${node.op}`]
  if (!operator) throw new Error(`the float64 executor has no ${node.op}`)
  return operator(call)
}

function constant(node: Node): Array64 {
  const a = Object.values(node.attributes)[0]
  switch (a?.type) {
    case 'tensor':
      return fromTensor(a.value)
    case 'int':
    case 'float':
      return { dtype: a.type === 'int' ? 'int64' : 'float32', dims: [], data: Float64Array.of(a.value) }
    case 'ints':
    case 'floats':
      return {
        dtype: a.type === 'ints' ? 'int64' : 'float32',
        dims: [a.value.length],
        data: Float64Array.from(a.value),
      }
    default:
      throw new Error('this kind of Constant is not in the executor')
  }
}
