/**
 * Brings a graph of an older operator set to opset 17, the first with LayerNormalization, so that the backward can
 * use one set of operators. Newer opsets are kept. What changed between 11 and 17 and matters for inference:
 * Softmax and LogSoftmax (13: one axis, before: all axes from `axis` on), axes of Squeeze, Unsqueeze and ReduceSum and
 * `split` of Split (13: inputs, before: attributes). Dropout is identity in inference and becomes that.
 */
import type { Node, OnnxModel, Tensor } from './model'
import { attribute, int } from './model'
import { makeTensor } from './tensor'
import { UserError } from '../errors'

export const TARGET_OPSET = 17
export const OLDEST_OPSET = 11

const AXES_BECAME_INPUT: Readonly<Record<string, string>> = {
  Squeeze: 'axes',
  Unsqueeze: 'axes',
  ReduceSum: 'axes',
  Split: 'split',
}

export interface UpgradedNodes {
  readonly opset: number
  readonly nodes: readonly Node[]
  /** Attributes that became inputs. */
  readonly constants: ReadonlyMap<string, Tensor>
}

/** @throws UserError for an operator set older than 11 */
export function upgradeNodes(model: OnnxModel): UpgradedNodes {
  if (model.opset < OLDEST_OPSET) {
    throw new UserError(
      `This model uses ONNX operator set ${model.opset}; Passepartout reads ${OLDEST_OPSET} and later.`,
      'Export the model again with a newer opset.',
    )
  }
  const constants = new Map<string, Tensor>()
  const nodes = model.graph.nodes.flatMap((node) => {
    if (node.domain !== '') return [node]
    if (node.op === 'Dropout') return [asIdentity(node)]
    if (model.opset >= 13) return [node]
    const moved = AXES_BECAME_INPUT[node.op]
    if (moved) return [attributeToInput(node, moved, constants)]
    if (node.op === 'Softmax' || node.op === 'LogSoftmax') return flattenedSoftmax(node)
    return [node]
  })
  return { opset: Math.max(model.opset, TARGET_OPSET), nodes, constants }
}

function asIdentity(node: Node): Node {
  return { ...node, op: 'Identity', inputs: node.inputs.slice(0, 1), outputs: node.outputs.slice(0, 1), attributes: {} }
}

function attributeToInput(node: Node, name: string, constants: Map<string, Tensor>): Node {
  const values = attribute(node, name, 'ints', null)
  if (!values) return node
  const input = `${node.outputs[0]}__${name}`
  constants.set(input, makeTensor('int64', [values.length], values))
  const { [name]: _, ...attributes } = node.attributes
  return { ...node, inputs: [node.inputs[0]!, input], attributes }
}

/** Softmax-11 over axes [axis, rank) = Flatten, Softmax-13 over the last axis, and back to the shape of the input. */
function flattenedSoftmax(node: Node): Node[] {
  const axis = attribute(node, 'axis', 'int', 1)
  if (axis === -1) return [node]
  const [x, y] = [node.inputs[0]!, node.outputs[0]!]
  const names = { flat: `${y}__flat`, soft: `${y}__soft`, dims: `${y}__dims` }
  const at = (op: string, inputs: string[], output: string, attributes = {}): Node => ({
    op,
    domain: '',
    name: `${node.name}/${op}`,
    inputs,
    outputs: [output],
    attributes,
  })
  return [
    at('Flatten', [x], names.flat, { axis: int(axis) }),
    at(node.op, [names.flat], names.soft, { axis: int(-1) }),
    at('Shape', [x], names.dims),
    at('Reshape', [names.soft, names.dims], y),
  ]
}
