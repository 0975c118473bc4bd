/** Computes values of the fused engine's form in float64 with plain loops: what its kernels must give. */
import type { Id, Program, Value } from '../../src/runtime/fused/ir'
import { rowMajor, size } from './float64/array'
import { erf } from './float64/elementwise'

type Index = readonly number[]

const truth = (yes: boolean) => (yes ? 1 : 0)

const MAPS: Readonly<Record<string, (a: number, b: number, c: number) => number>> = {
  copy: (a) => a,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: Math.sqrt,
  rsqrt: (a) => 1 / Math.sqrt(a),
  exp: Math.exp,
  log: Math.log,
  reciprocal: (a) => 1 / a,
  relu: (a) => Math.max(a, 0),
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
  tanh: Math.tanh,
  erf,
  square: (a) => a * a,
  where: (a, b, c) => (a === 0 ? c : b),
  not: (a) => 1 - a,
  greater: (a, b) => truth(a > b),
  greaterOrEqual: (a, b) => truth(a >= b),
  less: (a, b) => truth(a < b),
  lessOrEqual: (a, b) => truth(a <= b),
  equal: (a, b) => truth(a === b),
  and: (a, b) => a * b,
}

/** @param inputs and weights by name @returns elements of a value, row-major */
export function evaluate(
  program: Program,
  inputs: Readonly<Record<string, Float64Array>>,
  weights: ReadonlyMap<string, Float64Array>,
) {
  const known = new Map<Id, Float64Array>()
  const at = (dims: Index, index: Index) => rowMajor(dims).reduce((sum, step, i) => sum + step * index[i]!, 0)

  /** The index's end, with 0 along axes of size 1. */
  const broadcast = (dims: Index, index: Index) =>
    dims.map((d, i) => (d === 1 ? 0 : index[index.length - dims.length + i]!))
  const read = (id: Id, index: Index) => all(id)[at(program.dims(id), index)]!

  function element(value: Value, index: Index): number {
    switch (value.kind) {
      case 'scalar':
        return value.value
      case 'map': {
        const operands = value.inputs.map((id) => read(id, broadcast(program.dims(id), index)))
        return MAPS[value.op]!(operands[0]!, operands[1]!, operands[2]!)
      }
      case 'reduce': {
        const dims = program.dims(value.input)
        const over = indices(value.axes.map((axis) => dims[axis]!))
        const terms = over.map((inner) =>
          read(
            value.input,
            index.map((i, axis) => (value.axes.includes(axis) ? inner[value.axes.indexOf(axis)]! : i)),
          ),
        )
        return value.how === 'sum' ? terms.reduce((a, b) => a + b, 0) : Math.max(...terms)
      }
      case 'reshape':
        return all(value.input)[at(value.dims, index)]!
      case 'transpose': {
        const source: number[] = []
        value.perm.forEach((axis, i) => (source[axis] = index[i]!))
        return read(value.input, source)
      }
      case 'slice':
        return read(
          value.input,
          index.map((i, axis) => value.starts[axis]! + i * value.steps[axis]!),
        )
      case 'concat': {
        let [part, within] = [0, index[value.axis]!]
        for (; within >= program.dims(value.inputs[part]!)[value.axis]!; part++)
          within -= program.dims(value.inputs[part]!)[value.axis]!
        return read(
          value.inputs[part]!,
          index.map((i, axis) => (axis === value.axis ? within : i)),
        )
      }
      case 'stack':
        return read(value.inputs[index[0]!]!, index.slice(1))
      case 'pad': {
        const source = index.map((i, axis) => i - value.before[axis]!)
        const dims = program.dims(value.input)
        return source.every((i, axis) => i >= 0 && i < dims[axis]!) ? read(value.input, source) : value.fill
      }
      case 'window': {
        const dims = program.dims(value.input)
        const rank = value.kernel.length
        const source = value.kernel.map(
          (_, i) =>
            (index[1 + i]! * value.stride[i]! + index[2 + rank + i]! * value.dilation[i]! + value.offset[i]!) /
            value.divide[i]!,
        )
        const inside = source.every((i, axis) => Number.isInteger(i) && i >= 0 && i < dims[2 + axis]!)
        return inside ? read(value.input, [index[0]!, index[1 + rank]!, ...source]) : value.fill
      }
      case 'matmul': {
        const [g, m, n] = index as [number, number, number]
        const shared = program.dims(value.b)[0] === 1
        let sum = 0
        for (let k = 0; k < program.dims(value.a)[2]!; k++)
          sum += read(value.a, [g, m, k]) * read(value.b, [shared ? 0 : g, k, n])
        return sum
      }
      default:
        throw new Error(`no ${value.kind} here`)
    }
  }

  function all(id: Id): Float64Array {
    const found = known.get(id)
    if (found) return found
    const value = program.values[id]!
    const elements =
      value.kind === 'input'
        ? inputs[value.name]!
        : value.kind === 'weight'
          ? weights.get(value.name)!
          : Float64Array.from(indices(value.dims), (index) => element(value, index))
    known.set(id, elements)
    return elements
  }
  return all
}

/** Every index of a shape, row-major. */
function indices(dims: Index): Index[] {
  const steps = rowMajor(dims)
  return Array.from({ length: size(dims) }, (_, i) => dims.map((d, axis) => Math.floor(i / steps[axis]!) % d))
}
