/**
 * Finds decomposed operators (LayerNorm, GELU, QuickGELU as exporters write them) and groups each into one step, so
 * that its gradient is taken as a whole. Two reasons: fewer nodes, and the backward then reads no inside of a pattern
 * that the runtime fuses in the forward (which would undo the fusion).
 *
 * A group is only made when nothing outside of it uses its inner values: otherwise their gradients would be lost.
 */
import type { Node } from '../onnx/model'
import { attribute, float } from '../onnx/model'
import type { StaticGraph } from '../onnx/static-graph'

/** Nodes in order, with every recognised pattern replaced by one node named `pattern.*`. */
export function groupPatterns(graph: StaticGraph, outputs: readonly string[]): Node[] {
  const finder = new PatternFinder(graph, outputs)
  const groups = new Map<Node, Node>()
  const inside = new Set<Node>()
  for (const node of graph.nodes) {
    if (inside.has(node)) continue
    const match = finder.layerNormCore(node) ?? finder.geluLike(node)
    if (!match || match.inner.some((n) => inside.has(n) || groups.has(n)) || !finder.isClosed(match.inner, node))
      continue
    groups.set(node, match.group)
    for (const n of match.inner) inside.add(n)
  }
  return graph.nodes.filter((n) => !inside.has(n)).map((n) => groups.get(n) ?? n)
}

interface Match {
  readonly group: Node
  /** The nodes of the pattern other than its last. */
  readonly inner: readonly Node[]
}

class PatternFinder {
  private readonly producers = new Map<string, Node>()
  private readonly consumers = new Map<string, Node[]>()
  private readonly kept: ReadonlySet<string>

  constructor(
    private readonly graph: StaticGraph,
    outputs: readonly string[],
  ) {
    this.kept = new Set(outputs)
    for (const node of graph.nodes) {
      for (const o of node.outputs) this.producers.set(o, node)
      for (const i of node.inputs) this.consumers.set(i, [...(this.consumers.get(i) ?? []), node])
    }
  }

  isClosed(inner: readonly Node[], last: Node): boolean {
    const members = new Set([...inner, last])
    return inner.every((n) =>
      n.outputs.every((o) => !this.kept.has(o) && (this.consumers.get(o) ?? []).every((user) => members.has(user))),
    )
  }

  private made(value: string | undefined, op: string): Node | null {
    const node = value === undefined ? undefined : this.producers.get(value)
    return node?.op === op && node.domain === '' ? node : null
  }

  private scalar(value: string): number | null {
    const constant = this.graph.constants.get(value)
    return constant?.values.length === 1 ? constant.values[0]! : null
  }

  /** The scalar factor and the other operand of Mul(x, c), Mul(c, x) or Div(x, c) (as 1/c). */
  private scaled(node: Node | null): { x: string; factor: number } | null {
    if (!node) return null
    const [a, b] = node.inputs as [string, string]
    const [ca, cb] = [this.scalar(a), this.scalar(b)]
    if (node.op === 'Mul' && cb !== null) return { x: a, factor: cb }
    if (node.op === 'Mul' && ca !== null) return { x: b, factor: ca }
    if (node.op === 'Div' && cb !== null) return { x: a, factor: 1 / cb }
    return null
  }

  /** Div(d, Sqrt(Add(ReduceMean(d^2), eps))) with d = Sub(x, ReduceMean(x)), all over the last axis. */
  layerNormCore(div: Node): Match | null {
    if (div.op !== 'Div') return null
    const d = this.made(div.inputs[0], 'Sub')
    const std = this.made(div.inputs[1], 'Sqrt')
    const sum = this.made(std?.inputs[0], 'Add')
    if (!d || !std || !sum) return null
    const mean = this.made(d.inputs[1], 'ReduceMean')
    const [first, second] = sum.inputs as [string, string]
    const variance = this.made(first, 'ReduceMean') ?? this.made(second, 'ReduceMean')
    const epsilon = this.scalar(second) ?? this.scalar(first)
    if (!mean || !variance || epsilon === null || mean.inputs[0] !== d.inputs[0]) return null
    const square = this.squareOf(variance.inputs[0]!, d.outputs[0]!)
    if (!square || !this.overLastAxis(mean) || !this.overLastAxis(variance)) return null
    const inner = [mean, d, square, variance, sum, std]
    return { inner, group: pattern('LayerNormCore', div, [d.inputs[0]!], { epsilon: float(epsilon) }) }
  }

  private squareOf(value: string, d: string): Node | null {
    const power = this.made(value, 'Pow')
    if (power && power.inputs[0] === d && this.scalar(power.inputs[1]!) === 2) return power
    const product = this.made(value, 'Mul')
    return product && product.inputs[0] === d && product.inputs[1] === d ? product : null
  }

  private overLastAxis(reduce: Node): boolean {
    const rank = this.graph.types.get(reduce.inputs[0]!)!.dims.length
    const axes = attribute(reduce, 'axes', 'ints', null) ?? this.graph.constants.get(reduce.inputs[1] ?? '')?.values
    const keep = attribute(reduce, 'keepdims', 'int', 1) === 1
    return keep && axes?.length === 1 && (axes[0] === -1 || axes[0] === rank - 1)
  }

  /** A product of x with a gate of x: x sigmoid(a x), or x/2 (1 + erf(x/sqrt 2)), or x/2 (1 + tanh(...)). */
  geluLike(top: Node): Match | null {
    if (top.op !== 'Mul') return null
    const product = this.flattenProduct(top)
    const factor = product.factor
    for (const gate of product.leaves) {
      const others = product.leaves.filter((leaf) => leaf !== gate)
      const x = others[0]
      if (others.length !== 1 || x === undefined) continue
      const match =
        (this.near(x, factor, 1) && this.sigmoidGate(gate, x)) ||
        (this.near(x, factor, 0.5) && (this.erfGate(gate, x) ?? this.tanhGate(gate, x)))
      if (!match) continue
      return { inner: [...product.inner, ...match.inner], group: pattern(match.name, top, [x], match.attributes) }
    }
    return null
  }

  /** Leaves of a tree of Muls whose inner products are used once; scalar constants are multiplied together. */
  private flattenProduct(top: Node): { leaves: string[]; factor: number; inner: Node[] } {
    const leaves: string[] = []
    const inner: Node[] = []
    let factor = 1
    const visit = (value: string, depth: number) => {
      const constant = this.scalar(value)
      const mul = this.made(value, 'Mul')
      if (constant !== null) factor *= constant
      else if (mul && depth < 2 && this.consumers.get(value)?.length === 1) {
        inner.push(mul)
        for (const i of mul.inputs) visit(i, depth + 1)
      } else leaves.push(value)
    }
    for (const i of top.inputs) visit(i, 0)
    return { leaves, factor, inner }
  }

  /** Whether a constant that x meets is what it should be, as close as x's element type holds a number. */
  private near(x: string, a: number, b: number): boolean {
    const tolerance = this.graph.types.get(x)?.dtype === 'float16' ? 2 ** -11 : 1e-4
    return Math.abs(a - b) <= tolerance * Math.abs(b)
  }

  private sigmoidGate(gate: string, x: string) {
    const sigmoid = this.made(gate, 'Sigmoid')
    const argument = sigmoid && (this.producers.get(sigmoid.inputs[0]!) ?? null)
    const scaled = this.scaled(argument)
    if (!sigmoid || scaled?.x !== x) return null
    return { name: 'QuickGelu', inner: [sigmoid, argument!], attributes: { alpha: float(scaled.factor) } }
  }

  /** 1 + f(u): the node that adds, and the node of f. */
  private onePlus(gate: string, op: string): { add: Node; f: Node } | null {
    const add = this.made(gate, 'Add')
    if (!add) return null
    const [a, b] = add.inputs as [string, string]
    const f = this.made(this.scalar(b) === 1 ? a : this.scalar(a) === 1 ? b : undefined, op)
    return f && { add, f }
  }

  private erfGate(gate: string, x: string) {
    const found = this.onePlus(gate, 'Erf')
    const argument = found && (this.producers.get(found.f.inputs[0]!) ?? null)
    const scaled = this.scaled(argument)
    if (!found || scaled?.x !== x || !this.near(x, scaled.factor, Math.SQRT1_2)) return null
    return { name: 'GeluErf', inner: [found.add, found.f, argument!], attributes: {} }
  }

  /** u = sqrt(2/pi) (x + 0.044715 x^3) */
  private tanhGate(gate: string, x: string) {
    const found = this.onePlus(gate, 'Tanh')
    const outer = found && (this.producers.get(found.f.inputs[0]!) ?? null)
    const scaledSum = this.scaled(outer)
    const sum = this.made(scaledSum?.x, 'Add')
    if (!found || !scaledSum || !sum || !this.near(x, scaledSum.factor, Math.sqrt(2 / Math.PI))) return null
    const cubic = this.producers.get(sum.inputs[0] === x ? sum.inputs[1]! : sum.inputs[0]!) ?? null
    const scaledCube = this.scaled(cubic)
    const cube = this.made(scaledCube?.x, 'Pow')
    if (!sum.inputs.includes(x) || !scaledCube || !this.near(x, scaledCube.factor, 0.044715)) return null
    if (cube?.inputs[0] !== x || this.scalar(cube.inputs[1]!) !== 3) return null
    return { name: 'GeluTanh', inner: [found.add, found.f, outer!, sum, cubic!, cube], attributes: {} }
  }
}

function pattern(name: string, last: Node, inputs: readonly string[], attributes: Node['attributes']): Node {
  return { op: `pattern.${name}`, domain: '', name: last.name, inputs, outputs: last.outputs, attributes }
}
