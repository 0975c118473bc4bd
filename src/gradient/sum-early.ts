/**
 * The gradient of what all rows of a batch share is a sum over the rows. Between such a summand and the first operator that
 * treats rows differently, the backward is linear and the same for each row, so the sum commutes with it:
 *
 *   sum_b L(g_b) = L(sum_b g_b)
 *
 * and L (transposed convolutions, products with weights, permutations) runs once instead of once a row. The same numbers in
 * another order of summation.
 *
 * Walked from the gradient towards the seed: each node is asked whether its sum is a node of sums; where it is not, the sum
 * is taken there. Rows need not have an axis of their own: after a Reshape they may lie inside one.
 */
import type { Node, Shape } from '../onnx/model'
import { attribute, describe, elementCount } from '../onnx/model'
import type { GraphBuilder, Value } from '../onnx/builder'
import { axesOf, padsOf, permutationOf, sliceAxes } from '../onnx/infer'
import { positiveAxis } from '../onnx/shape'
import { tensorValues } from '../onnx/tensor'

/** Where the B rows lie: `dims[axis]` is before * B * after, and an index there is (before, row, after). */
interface Rows {
  readonly axis: number
  readonly before: number
}

/**
 * Sum over the rows of `gradient` [B, ...]: [1, ...].
 * @param wanted all gradients that are wanted: what they need of each row is there anyway, and summed as it is
 */
export function sumEarly(b: GraphBuilder, gradient: Value, wanted: readonly Value[] = []): Value {
  const [B] = b.dims(gradient) as [number]
  return B === 1 ? gradient : new EarlySum(b, B, [...wanted, gradient]).of(gradient, { axis: 0, before: 1 })
}

class EarlySum {
  readonly #producers = new Map<Value, Node>()
  /** How many nodes on the way to what is wanted read a value. */
  readonly #readers = new Map<Value, number>()
  readonly #sums = new Map<string, Value>()

  constructor(
    private readonly b: GraphBuilder,
    /** B */
    private readonly count: number,
    wanted: readonly Value[],
  ) {
    for (const node of b.nodes) for (const output of node.outputs) this.#producers.set(output, node)
    const needed = new Set(wanted)
    for (const node of [...b.nodes].reverse()) {
      if (!node.outputs.some((output) => needed.has(output))) continue
      for (const input of node.inputs) {
        needed.add(input)
        this.#readers.set(input, (this.#readers.get(input) ?? 0) + 1)
      }
    }
    for (const value of new Set(wanted)) this.#readers.set(value, (this.#readers.get(value) ?? 0) + 1)
  }

  /** The sum of `value` over its rows: its shape with one row in place of B. */
  of(value: Value, rows: Rows): Value {
    const key = `${value} ${rows.axis} ${rows.before}`
    const sum = this.#sums.get(key) ?? this.#make(value, rows)
    this.#sums.set(key, sum)
    return sum
  }

  #make(value: Value, rows: Rows): Value {
    const node = this.#producers.get(value)
    const isAlone = (this.#readers.get(value) ?? 0) <= 1
    const earlier = node && node.outputs.length === 1 && isAlone ? this.#through(node, rows) : null
    return earlier ?? this.#here(value, rows)
  }

  /** As a matrix or a stack of them: other reductions take ONNX Runtime's CPU kernel twice as long. */
  #here(value: Value, { axis, before }: Rows): Value {
    const { b } = this
    const dims = b.dims(value)
    const lead = elementCount(dims.slice(0, axis)) * before
    const rest = elementCount(dims) / (lead * this.count)
    const flat = lead === 1 ? [this.count, rest] : [lead, this.count, rest]
    const sum = b.reduceSum(b.reshape(value, flat), [flat.length - 2], false)
    return b.reshape(sum, this.#shrunk(dims, axis))
  }

  #shrunk(dims: Shape, axis: number): Shape {
    return dims.with(axis, dims[axis]! / this.count)
  }

  /** The sum of the node's output as a node of sums; null where the operator is not linear, or not alike for all rows. */
  #through(node: Node, rows: Rows): Value | null {
    const { b } = this
    const [x, second] = node.inputs as [Value, Value]
    const out = b.dims(node.outputs[0]!)
    /** The same operator of other inputs. */
    const again = (inputs: readonly Value[]) => b.op(node.op, inputs, node.attributes, undefined, node.domain)
    const ofFirst = (place: Rows = rows) => again([this.of(x, place), ...node.inputs.slice(1)])
    if (node.domain !== '') return null
    switch (node.op) {
      case 'Identity':
      case 'Neg':
        return ofFirst()
      // A sum in half precision would lose what the gradient has.
      case 'Cast':
        return b.dtype(x) === 'float16' || b.dtype(node.outputs[0]!) === 'float16' ? null : ofFirst()
      case 'Add':
      case 'Sub':
        return node.inputs.every((input) => this.#aligned(input, out, rows))
          ? again(node.inputs.map((input) => this.of(input, this.#aligned(input, out, rows)!)))
          : null
      case 'Mul':
        return this.#ofOne(node, out, rows)
      case 'Div':
        return this.#aligned(second, out, rows) ? null : this.#ofOne(node, out, rows)
      case 'Reshape': {
        const place = this.#beforeReshape(b.dims(x), out, rows)
        return place && b.reshape(this.of(x, place), this.#shrunk(out, rows.axis))
      }
      case 'Transpose': {
        const perm = permutationOf(node, out.length)
        return ofFirst({ ...rows, axis: perm[rows.axis]! })
      }
      case 'Expand': {
        const place = this.#aligned(x, out, rows)
        return place && b.expand(this.of(x, place), this.#shrunk(out, rows.axis))
      }
      case 'Slice':
        return this.#takesWhole(node, rows.axis) ? ofFirst() : null
      case 'Pad':
        return this.#padsZeros(node, rows.axis) ? ofFirst() : null
      case 'Concat': {
        const along = positiveAxis(attribute(node, 'axis', 'int', 0), out.length)
        return along === rows.axis ? null : again(node.inputs.map((input) => this.of(input, rows)))
      }
      case 'ReduceSum':
      case 'ReduceMean':
        return this.#keeps(node, rows.axis) ? ofFirst() : null
      case 'ConstantOfShape': {
        const value = attribute(node, 'value', 'tensor', null)
        const isZero = !value || tensorValues(value).every((v) => v === 0)
        return isZero ? b.zeros(b.dtype(node.outputs[0]!), this.#shrunk(out, rows.axis)) : null
      }
      case 'MatMul':
        return this.#product(node, out, rows)
      case 'Gemm':
        return this.#gemm(node, out, rows)
      case 'Conv':
      case 'ConvTranspose':
        return rows.axis === 0 && !node.inputs[2] ? ofFirst() : null
      default:
        return null
    }
  }

  /** Where the rows lie in an operand that broadcasts to `out`; null where all rows share it. */
  #aligned(value: Value, out: Shape, { axis, before }: Rows): Rows | null {
    const dims = this.b.dims(value)
    const own = axis - (out.length - dims.length)
    return own >= 0 && dims[own] === out[axis] ? { axis: own, before } : null
  }

  /** Linear in each of two operands: fine where only one has rows. */
  #ofOne(node: Node, out: Shape, rows: Rows): Value | null {
    const places = node.inputs.map((input) => this.#aligned(input, out, rows))
    if (places.filter((place) => place !== null).length !== 1) return null
    const inputs = node.inputs.map((input, i) => (places[i] ? this.of(input, places[i]) : input))
    return this.b.op(node.op, inputs, node.attributes)
  }

  /** A reshape keeps the order of the elements, so as many of them lie before a row as after it. */
  #beforeReshape(from: Shape, to: Shape, { axis, before }: Rows): Rows | null {
    const lead = elementCount(to.slice(0, axis)) * before
    for (const [i, d] of from.entries()) {
      const outside = elementCount(from.slice(0, i))
      const inside = lead / outside
      if (Number.isInteger(inside) && d % (inside * this.count) === 0) return { axis: i, before: inside }
    }
    return null
  }

  #product(node: Node, out: Shape, rows: Rows): Value | null {
    const [A, B] = node.inputs as [Value, Value]
    const [left, right] = [this.b.dims(A).length, this.b.dims(B).length]
    const fromEnd = out.length - rows.axis
    if (left < 2 || right < 2 || fromEnd === 1) return null
    if (fromEnd > 2) return this.#ofOne(node, out, rows)
    return this.b.op('MatMul', [this.of(A, { ...rows, axis: left - 2 }), B])
  }

  #gemm(node: Node, out: Shape, rows: Rows): Value | null {
    const [A, B, C] = node.inputs as [Value, Value, Value?]
    const place = C ? this.#aligned(C, out, rows) : null
    if (rows.axis !== 0 || (C && !place)) return null
    const axis = attribute(node, 'transA', 'int', 0) === 1 ? 1 : 0
    const sums = [this.of(A, { ...rows, axis }), B, ...(C ? [this.of(C, place!)] : [])]
    return this.b.op('Gemm', sums, node.attributes)
  }

  /** Whether a slice leaves an axis as it is: its bounds, if it has any, are then beyond that of the sums too. */
  #takesWhole(node: Node, axis: number): boolean {
    const whole = this.b.dims(node.inputs[0]!)[axis]
    return sliceAxes(this.#known(node)).every((s) => s.axis !== axis || (s.step === 1 && s.length === whole))
  }

  #padsZeros(node: Node, axis: number): boolean {
    if (attribute(node, 'mode', 'string', 'constant') !== 'constant') return false
    const known = this.#known(node)
    const pads = padsOf(known)
    const fill = known.has(2) ? known.constant(2) : [0]
    return fill.every((v) => v === 0) && pads[axis] === 0 && pads[axis + pads.length / 2] === 0
  }

  /** Whether a reduction leaves that axis, and every other, in its place. */
  #keeps(node: Node, axis: number): boolean {
    const rank = this.b.dims(node.inputs[0]!).length
    const axes = axesOf(this.#known(node))
    const reduced = axes?.length ? axes.map((a) => positiveAxis(a, rank)) : [axis]
    return attribute(node, 'keepdims', 'int', 1) === 1 && !reduced.includes(axis)
  }

  /** A node as the table of operators wants to see it; the bounds of what the rules append are always constants. */
  #known(node: Node) {
    const { b } = this
    return {
      node,
      has: (i: number) => (node.inputs[i] ?? '') !== '',
      constant: (i: number) => {
        const found = b.constantOf(node.inputs[i]!)
        if (!found) throw new Error(`input ${i} of ${describe(node)} is no constant`)
        return found.values
      },
      type: (i: number) => ({ dims: b.dims(node.inputs[i]!), dtype: b.dtype(node.inputs[i]!) }),
    }
  }
}
