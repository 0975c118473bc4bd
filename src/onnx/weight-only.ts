/**
 * Dynamically quantised products become products with weight-only quantised weights.
 *
 * "Dynamic int8" models quantise each activation when it is met (DynamicQuantizeLinear) and multiply integers
 * (MatMulInteger, ConvInteger, and ONNX Runtime's fused forms). Rounding has no gradient, and on WebGPU these operators
 * fall back to the CPU. With X^ = s_x (Q_x - z_x), W^ = s_w (Q_w - z_w):
 *
 *   s_x s_w MatMulInteger(Q_x, Q_w, z_x, z_w) = X^ W^      is replaced by      X W^ = MatMul(X, DequantizeLinear(Q_w, s_w, z_w))
 *
 * that is, the activations are no longer rounded: the product is closer to the float model's, its gradient is exact, and
 * the weights stay int8 at rest. Nodes that nothing reads any more are left for specialisation to drop.
 */
import type { Attributes, Node, Tensor } from './model'
import { describe, int } from './model'
import { GraphIndex } from './graph-index'
import { tensorValues } from './tensor'
import { UserError } from '../errors'

export interface RewrittenNodes {
  readonly nodes: readonly Node[]
  /** Initializers that the new nodes need. */
  readonly constants: ReadonlyMap<string, Tensor>
}

/** @throws UserError naming an integer product that is not of a known form */
export function weightOnly(nodes: readonly Node[], initializers: ReadonlyMap<string, Tensor>): RewrittenNodes {
  if (!nodes.some((n) => isInteger(n))) return { nodes, constants: new Map() }
  const rewriting = new Rewriting(nodes, initializers)
  const replaced = new Map<Node, readonly Node[]>()
  for (const node of nodes) {
    const found = rewriting.ofNode(node)
    if (found) replaced.set(found.last, found.nodes)
  }
  return { nodes: nodes.flatMap((n) => replaced.get(n) ?? [n]), constants: rewriting.constants }
}

const PLAIN = ['MatMulInteger', 'ConvInteger']
const FUSED = ['DynamicQuantizeMatMul', 'MatMulIntegerToFloat', 'QAttention']

/** The operators that are rewritten, for the page that lists them. */
export const INTEGER_OPERATORS: readonly string[] = [...PLAIN, ...FUSED.map((op) => `com.microsoft.${op}`)]

const isIntegerProduct = (n: Node) => n.domain === '' && PLAIN.includes(n.op)
const isInteger = (n: Node) => isIntegerProduct(n) || (n.domain === 'com.microsoft' && FUSED.includes(n.op))

interface Replacement {
  /** The node whose place the new ones take. */
  readonly last: Node
  readonly nodes: readonly Node[]
}

class Rewriting {
  readonly constants = new Map<string, Tensor>()
  private readonly index: GraphIndex

  constructor(
    nodes: readonly Node[],
    private readonly initializers: ReadonlyMap<string, Tensor>,
  ) {
    this.index = new GraphIndex(nodes, initializers)
  }

  ofNode(node: Node): Replacement | null {
    if (isIntegerProduct(node)) return this.integerProduct(node)
    if (node.domain !== 'com.microsoft') return null
    const [a, b, c, d, e, f, g] = [0, 1, 2, 3, 4, 5, 6].map((i) => node.inputs[i] ?? '') as string[]
    switch (node.op) {
      case 'DynamicQuantizeMatMul':
        return {
          last: node,
          nodes: this.product(node, node.outputs[0]!, a!, this.dequantised(node, b!, c!, d!, 1), e!),
        }
      case 'MatMulIntegerToFloat': {
        const weight = this.operand(node, b!, d!, f!, 1)
        return { last: node, nodes: this.product(node, node.outputs[0]!, this.activation(node, a!), weight, g!) }
      }
      case 'QAttention': {
        const [bias, scale, mask, zero, past] = [c!, e!, f!, node.inputs[7] ?? '', node.inputs[8] ?? '']
        const weight = this.dequantised(node, b!, scale, zero, 1)
        const inputs = [this.activation(node, a!), weight.value, bias, mask, past]
        return { last: node, nodes: [...weight.nodes, { ...node, op: 'Attention', inputs }] }
      }
      default:
        return null
    }
  }

  /** Q_x Q_w, the cast of it to float, and its product with the two scales, in any order of multiplication. */
  private integerProduct(node: Node): Replacement {
    const cast = this.index.onlyReader(node.outputs[0]!)
    if (cast?.op !== 'Cast') throw notKnown(node)
    const activationScale = this.dynamic(node, node.inputs[0]!).outputs[1]!
    const scales: string[] = []
    let last: Node = cast
    while (scales.length < 2) {
      const mul = this.index.onlyReader(last.outputs[0]!)
      if (mul?.op !== 'Mul') throw notKnown(node)
      const other = mul.inputs.find((i) => i !== last.outputs[0])
      if (other === undefined) throw notKnown(node)
      const product = this.index.producer(other)
      scales.push(...(product?.op === 'Mul' ? product.inputs : [other]))
      last = mul
    }
    const weightScale = scales.find((s) => s !== activationScale)
    if (scales.length !== 2 || !scales.includes(activationScale) || weightScale === undefined) throw notKnown(node)
    const axis = node.op === 'ConvInteger' ? 0 : 1
    const weight = this.operand(node, node.inputs[1]!, weightScale, node.inputs[3] ?? '', axis)
    return { last, nodes: this.product(node, last.outputs[0]!, this.activation(node, node.inputs[0]!), weight, '') }
  }

  private product(node: Node, output: string, x: string, weight: Made, bias: string): Node[] {
    const op = node.op === 'ConvInteger' ? 'Conv' : 'MatMul'
    const y = bias === '' ? output : `${output}__product`
    const attributes: Attributes = op === 'Conv' ? node.attributes : {}
    const made = [
      ...weight.nodes,
      { op, domain: '', name: node.name, inputs: [x, weight.value], outputs: [y], attributes },
    ]
    if (bias === '') return made
    return [
      ...made,
      { op: 'Add', domain: '', name: `${node.name}/bias`, inputs: [y, bias], outputs: [output], attributes: {} },
    ]
  }

  /** The DynamicQuantizeLinear that made an integer activation. */
  private dynamic(node: Node, quantised: string): Node {
    const producer = this.index.producer(quantised)
    if (producer?.op !== 'DynamicQuantizeLinear') throw notKnown(node)
    return producer
  }

  private activation(node: Node, quantised: string): string {
    return this.dynamic(node, quantised).inputs[0]!
  }

  /** The second factor: stored weights, or another activation that was quantised on the way. */
  private operand(node: Node, quantised: string, scale: string, zero: string, axis: number): Made {
    if (this.index.producer(quantised)?.op === 'DynamicQuantizeLinear') {
      return { value: this.activation(node, quantised), nodes: [] }
    }
    return this.dequantised(node, quantised, scale, zero, axis)
  }

  /** W^ = s_w (Q_w - z_w), per tensor or per channel along `axis` of a matrix or kernel. */
  private dequantised(node: Node, quantised: string, scale: string, zero: string, axis: number): Made {
    const weight = this.index.stored(quantised)
    const s = this.perChannel(node, scale)
    if (!weight || !s) throw notKnown(node)
    // A zero point of zero need not be subtracted.
    const stored = zero === '' ? null : this.index.stored(zero)
    if (zero !== '' && !stored) throw notKnown(node)
    const z = stored && tensorValues(stored).some((v) => v !== 0) ? this.perChannel(node, zero, s.length) : null
    const value = `${node.outputs[0]}__weight`
    const attributes: Attributes = s.length > 1 ? { axis: int(axis) } : {}
    const inputs = z ? [quantised, s.name, z.name] : [quantised, s.name]
    const name = `${node.name}/weight`
    return { value, nodes: [{ op: 'DequantizeLinear', domain: '', name, inputs, outputs: [value], attributes }] }
  }

  /** A scale or zero point as DequantizeLinear takes it: a scalar, or one value a channel in one axis. */
  private perChannel(node: Node, name: string, like = 0): { name: string; length: number } | null {
    const tensor = this.index.stored(name)
    if (!tensor) return null
    const length = tensor.dims.reduce((product, d) => product * d, 1)
    if (like > 1 && length === 1) throw notKnown(node)
    const dims = length === 1 ? [] : [length]
    if (dims.length === tensor.dims.length && this.initializers.has(name)) return { name, length }
    const flat = `${name}__flat`
    this.constants.set(flat, { ...tensor, dims })
    return { name: flat, length }
  }
}

interface Made {
  readonly value: string
  readonly nodes: readonly Node[]
}

function notKnown(node: Node): UserError {
  return new UserError(
    `The quantised product ${describe(node)} is not of a form that Passepartout can learn through.`,
    'Choose the float32, float16 or dynamically quantised int8 variant of the model.',
  )
}
