/**
 * ONNX to the fused engine's form: a static graph, with or without `If(do_backward)`, operator by operator.
 *
 * What is not known here is no error of the user's: `Unsupported` sends the graph to ONNX Runtime.
 */
import { scalarOf, type Constant } from './constants'
import { lowerings } from './lowerings'
import { Program, type Id } from './ir'
import { Unsupported } from './unsupported'
import type { Node, OnnxModel, Shape, Tensor } from '../../onnx/model'
import { attribute, describe } from '../../onnx/model'
import { Scope } from '../../onnx/specialise'

export interface Lowered {
  readonly program: Program
  /** Outputs that are always computed, and those that only `do_backward` asks for. */
  readonly forward: ReadonlyMap<string, Id>
  readonly backward: ReadonlyMap<string, Id>
}

/** What an operator's outputs are in the fused engine's form. */
export type Lowering = (c: LoweringContext) => readonly Id[]

/** A node with what is known of its inputs. */
export interface LoweringContext {
  readonly node: Node
  readonly program: Program
  x(i: number): Id
  has(i: number): boolean
  /** Shape of input i. */
  dims(i: number): Shape
  /** Shape of output i, as inferred. */
  outputDims(i?: number): Shape
  constant(i: number): readonly number[]
  attr: <T extends Parameters<typeof attribute>[2], F>(
    name: string,
    type: T,
    fallback: F,
  ) => ReturnType<typeof attribute<T, F>>
}

/** @throws Unsupported naming what the fused engine does not know */
export function lower(model: OnnxModel): Lowered {
  const scope = new Scope(model.opset)
  const program = new Program()
  const ids = new Map<string, Id>()
  const tensors = new Map<string, Tensor>()

  for (const { name, dtype, dims } of model.graph.inputs) {
    if (name === 'do_backward' && dtype === 'bool') continue
    const shape = dims?.every((d) => typeof d === 'number') ? dims : null
    if (dtype !== 'float32' || !shape) throw new Unsupported(`input ${name} of ${dtype}`)
    scope.types.set(name, { dtype, dims: shape })
    ids.set(name, program.add({ kind: 'input', name }, shape))
  }
  const addInitializers = (initializers: ReadonlyMap<string, Tensor>) => {
    for (const [name, tensor] of initializers) {
      scope.addInitializer(name, tensor)
      tensors.set(name, tensor)
    }
  }

  /** The value of that name: computed, a weight, or a constant that was found on the way. */
  const valueOf = (name: string): Id => {
    const known = ids.get(name)
    if (known !== undefined) return known
    const constant = scope.constants.get(name)
    const tensor = tensors.get(name)
    const id = constant ? constantValue(program, name, constant) : tensor ? weight(program, name, tensor) : null
    if (id === null) throw new Error(`\`${name}\` is not computed before it is used`)
    ids.set(name, id)
    return id
  }

  const visit = (nodes: readonly Node[]) => {
    for (const node of nodes) {
      if (scope.visit(node)) continue
      const rule = node.domain === '' ? lowerings[node.op] : undefined
      if (!rule) throw new Unsupported(describe(node))
      const outputs = rule({
        node,
        program,
        x: (i) => valueOf(node.inputs[i]!),
        has: (i) => (node.inputs[i] ?? '') !== '',
        dims: (i) => scope.type(node.inputs[i]!).dims,
        outputDims: (i = 0) => scope.type(node.outputs[i]!).dims,
        constant: (i) => {
          const found = scope.constants.get(node.inputs[i]!)
          if (!found) throw new Unsupported(`${describe(node)} with an input ${i} that changes`)
          return found.values
        },
        attr: (name, type, fallback) => attribute(node, name, type, fallback),
      })
      outputs.forEach((id, i) => ids.set(node.outputs[i]!, id))
    }
  }

  addInitializers(model.graph.initializers)
  const gate = model.graph.nodes.find(({ op }) => op === 'If')
  visit(model.graph.nodes.filter((node) => node !== gate))
  const backward = new Map<string, Id>()
  if (gate) {
    const branch = attribute(gate, 'then_branch', 'graph', null)
    if (!branch || gate.inputs[0] !== 'do_backward') throw new Unsupported(describe(gate))
    addInitializers(branch.initializers)
    visit(branch.nodes)
    branch.outputs.forEach(({ name }, i) => backward.set(gate.outputs[i]!, valueOf(name)))
  }
  const forward = new Map<string, Id>()
  for (const { name } of model.graph.outputs) if (!backward.has(name)) forward.set(name, valueOf(name))
  return { program, forward, backward }
}

function weight(program: Program, name: string, tensor: Tensor): Id {
  if (tensor.dtype !== 'float32') throw new Unsupported(`the weight ${name} of ${tensor.dtype}`)
  const single = scalarOf(tensor)
  if (single !== null) return program.map('copy', [program.scalar(single)], tensor.dims)
  return program.add({ kind: 'weight', name, tensor }, tensor.dims)
}

function constantValue(program: Program, name: string, { values, dims }: Constant): Id {
  const [first] = values
  if (first === undefined || values.some((v) => v !== first)) throw new Unsupported(`the constant ${name}`)
  const id = program.scalar(first)
  return dims.length === 0 ? id : program.map('copy', [id], dims)
}
