/**
 * Specialisation: an ONNX graph at fixed input shapes becomes a static graph. One pass in topological order infers
 * every shape and evaluates what is constant, which removes the dynamic-shape arithmetic of exporters.
 */
import type { Node, OnnxModel, Shape, Tensor } from './model'
import { elementCount, isFloat } from './model'
import type { Constant } from './evaluate'
import { evaluateNode } from './evaluate'
import { fuseHalfNorms } from './half-norm'
import { inOrder, neededNodes } from './in-order'
import type { ValueType } from './infer'
import { inferNode } from './infer'
import type { StaticGraph, StaticInput } from './static-graph'
import { tensorValues } from './tensor'
import type { UpgradedNodes } from './upgrade'
import { upgradeNodes } from './upgrade'
import { weightOnly } from './weight-only'
import { UserError } from '../errors'

/** Float initializers are weights, not shape arithmetic: only scalars and the like are read as numbers. */
const LARGEST_FLOAT_CONSTANT = 1
const LARGEST_INTEGER_CONSTANT = 1 << 16

/**
 * @param inputShapes shape of every model input, by name. Naming an inner value cuts the graph there: the value
 *   becomes an input and what computes it is dropped (token embeddings, for text prompts); likewise for a weight
 * @param outputs the values that are wanted; what they do not need is dropped
 * @throws UserError for an unknown operator, an unknown output or a missing input shape
 */
export function specialise(
  model: OnnxModel,
  inputShapes: Readonly<Record<string, Shape>>,
  outputs: readonly string[],
): StaticGraph {
  const { opset, nodes: upgraded, constants: added } = standardNodes(model)
  const cuts = new Set(Object.keys(inputShapes))
  // A weight that is named as an input is fed instead of stored: fine-tuning.
  const initializers = new Map([...model.graph.initializers, ...added].filter(([name]) => !cuts.has(name)))
  const nodes = neededNodes(upgraded, outputs, cuts)
  const scope = new Scope(opset)
  for (const [name, tensor] of initializers) scope.addInitializer(name, tensor)

  const inputs: StaticInput[] = []
  const floatType = [...initializers.values()].find((t) => isFloat(t.dtype))?.dtype ?? 'float32'
  const used = new Set(nodes.flatMap((n) => n.inputs))
  for (const [name, dims] of Object.entries(inputShapes)) {
    const declared = model.graph.inputs.find((v) => v.name === name)
    const isInner = upgraded.some((n) => n.outputs.includes(name)) || model.graph.initializers.has(name)
    if (!declared && !isInner) {
      throw new UserError(
        `The model has no input \`${name}\`; it has ${model.graph.inputs.map((v) => `\`${v.name}\``).join(', ')}.`,
        'Choose an encoder exported in the usual CLIP layout.',
      )
    }
    if (!used.has(name)) continue
    const dtype = declared?.dtype ?? model.graph.initializers.get(name)?.dtype ?? floatType
    const input = { name, dtype, dims }
    inputs.push(input)
    scope.types.set(name, input)
  }

  const missing = model.graph.inputs.find(({ name }) => used.has(name) && !cuts.has(name))
  if (missing) {
    throw new UserError(
      `The model needs an input \`${missing.name}\` that Passepartout does not give it.`,
      'Choose an encoder exported in the usual CLIP layout.',
    )
  }

  const live: Node[] = []
  for (const node of nodes) if (!scope.visit(node)) live.push(node)
  for (const name of outputs) {
    if (!scope.types.has(name)) {
      throw new UserError(
        `The model has no output \`${name}\`; it has ${model.graph.outputs.map((v) => `\`${v.name}\``).join(', ')}.`,
        'Choose an encoder exported in the usual CLIP layout.',
      )
    }
  }
  return {
    opset,
    otherOpsets: model.otherOpsets,
    nodes: live,
    inputs,
    initializers,
    constants: scope.constants,
    types: scope.types,
  }
}

/** The nodes in order, of one operator set, without integer products and norms in half precision. */
function standardNodes(model: OnnxModel): UpgradedNodes {
  const { opset, nodes, constants } = upgradeNodes(model)
  const initializers = new Map([...model.graph.initializers, ...constants])
  const rewritten = weightOnly(fuseHalfNorms(inOrder(nodes), initializers), initializers)
  return { opset, nodes: rewritten.nodes, constants: new Map([...constants, ...rewritten.constants]) }
}

/** What is known of each value while walking or building a graph. */
export class Scope {
  readonly types = new Map<string, ValueType>()
  readonly constants = new Map<string, Constant>()

  constructor(readonly opset: number) {}

  addInitializer(name: string, tensor: Tensor): void {
    this.types.set(name, { dims: tensor.dims, dtype: tensor.dtype })
    const limit = isFloat(tensor.dtype) ? LARGEST_FLOAT_CONSTANT : LARGEST_INTEGER_CONSTANT
    if (tensor.dtype !== 'int8' && tensor.dtype !== 'uint8' && elementCount(tensor.dims) <= limit) {
      this.addConstant(name, { dims: tensor.dims, dtype: tensor.dtype, values: tensorValues(tensor) })
    }
  }

  addConstant(name: string, constant: Constant): void {
    this.constants.set(name, constant)
    this.types.set(name, constant)
  }

  type(name: string): ValueType {
    const type = this.types.get(name)
    if (!type) throw new Error(`the shape of \`${name}\` is not known`)
    return type
  }

  /** Records the types of the node's outputs; true when its output is a constant and the node itself is not needed. */
  visit(node: Node): boolean {
    const context = {
      node,
      opset: this.opset,
      type: (i: number) => this.type(node.inputs[i]!),
      has: (i: number) => (node.inputs[i] ?? '') !== '',
      constant: (i: number) => {
        const found = this.constants.get(node.inputs[i]!)
        if (!found) throw new Error(`input \`${node.inputs[i]}\` must be a constant once the shapes are fixed`)
        return found.values
      },
    }
    const outputs = inferNode(context)
    const inputs = node.inputs.map((name) => this.constants.get(name) ?? null)
    const value = evaluateNode({ ...context, inputs, outputs: outputs.slice(0, node.outputs.length) })
    if (value) {
      this.addConstant(node.outputs[0]!, value)
      return true
    }
    node.outputs.forEach((name, i) => name && this.types.set(name, outputs[i]!))
    return false
  }
}
