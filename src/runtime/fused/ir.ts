/**
 * The fused engine's own form of a graph: few kinds of values, all float32, of static shape, each defined by others.
 *
 * Only `matmul` and `reduce` add anything up; all else says where an element comes from (`reshape`, `transpose`,
 * `slice`, `concat`, `pad`, `window`) or computes it from elements at the same place (`map`). That is what lets a kernel
 * of one element, one row or one tile take in as much of the graph as it likes.
 */
import type { Shape, Tensor } from '../../onnx/model'
import { elementCount } from '../../onnx/model'

/** Position in `Program.values`; inputs come before what uses them. */
export type Id = number

export type Definition =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'weight'; readonly name: string; readonly tensor: Tensor }
  | { readonly kind: 'scalar'; readonly value: number }
  /** Element by element, operands broadcast as ONNX does; `op` is a key of MAPS (expressions.ts). */
  | { readonly kind: 'map'; readonly op: string; readonly inputs: readonly Id[] }
  /** Over `axes`, which stay with size 1; `here`: of few elements, done by whoever needs the result. */
  | {
      readonly kind: 'reduce'
      readonly how: 'sum' | 'max'
      readonly input: Id
      readonly axes: readonly number[]
      readonly here?: true
    }
  | { readonly kind: 'reshape'; readonly input: Id }
  | { readonly kind: 'transpose'; readonly input: Id; readonly perm: readonly number[] }
  | {
      readonly kind: 'slice'
      readonly input: Id
      readonly starts: readonly number[]
      readonly steps: readonly number[]
    }
  | { readonly kind: 'concat'; readonly inputs: readonly Id[]; readonly axis: number }
  /** Equal sizes one after the other in one piece of memory, [n, ...]: nothing computes it, its parts are written there. */
  | { readonly kind: 'stack'; readonly inputs: readonly Id[] }
  /** `before` elements of `fill` before each axis, and what is missing after it. */
  | { readonly kind: 'pad'; readonly input: Id; readonly before: readonly number[]; readonly fill: number }
  | ({ readonly kind: 'window'; readonly input: Id } & Window)
  /** [G,M,K] x [G or 1,K,N] -> [G,M,N] */
  | { readonly kind: 'matmul'; readonly a: Id; readonly b: Id }

/**
 * What a kernel sees at each place: [N,C,H,W] -> [N, out..., C, kernel...]. Along each spatial axis the element at
 * (o, k) is the input's at (o * stride + k * dilation + offset) / divide, `fill` where that is no place of the input.
 */
export interface Window {
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  readonly offset: readonly number[]
  readonly divide: readonly number[]
  readonly fill: number
}

export type Value = Definition & { readonly dims: Shape }

/** Values in an order in which they can be computed; equal definitions are one value. */
export class Program {
  readonly values: Value[] = []
  readonly #known = new Map<string, Id>()

  add(definition: Definition, dims: Shape): Id {
    const key = JSON.stringify([definition.kind === 'weight' ? definition.name : definition, dims])
    const found = this.#known.get(key)
    if (found !== undefined) return found
    this.values.push({ ...definition, dims })
    this.#known.set(key, this.values.length - 1)
    return this.values.length - 1
  }

  dims(id: Id): Shape {
    return this.values[id]!.dims
  }

  scalar(value: number): Id {
    return this.add({ kind: 'scalar', value }, [])
  }

  map(op: string, inputs: readonly Id[], dims: Shape): Id {
    return this.add({ kind: 'map', op, inputs }, dims)
  }

  reshape(input: Id, dims: Shape): Id {
    const value = this.values[input]!
    if (value.dims.length === dims.length && value.dims.every((d, i) => d === dims[i])) return input
    // Of a reshape only the last counts.
    return this.add({ kind: 'reshape', input: value.kind === 'reshape' ? value.input : input }, dims)
  }

  transpose(input: Id, perm: readonly number[]): Id {
    if (perm.every((p, i) => p === i)) return input
    const dims = this.dims(input)
    return this.add(
      { kind: 'transpose', input, perm },
      perm.map((p) => dims[p]!),
    )
  }

  reduce(how: 'sum' | 'max', input: Id, axes: readonly number[]): Id {
    const dims = this.dims(input)
    return this.add(
      { kind: 'reduce', how, input, axes },
      dims.map((d, i) => (axes.includes(i) ? 1 : d)),
    )
  }

  /** A reduction of few elements, done by whoever needs its result. */
  reduceHere(how: 'sum' | 'max', input: Id, axes: readonly number[]): Id {
    const dims = this.dims(input).map((d, i) => (axes.includes(i) ? 1 : d))
    return this.add({ kind: 'reduce', how, input, axes, here: true }, dims)
  }

  stack(inputs: readonly Id[]): Id {
    return this.add({ kind: 'stack', inputs }, [inputs.length, ...this.dims(inputs[0]!)])
  }

  mean(input: Id, axes: readonly number[]): Id {
    const dims = this.dims(input)
    const sum = this.reduce('sum', input, axes)
    const count = elementCount(axes.map((a) => dims[a]!))
    return this.map('mul', [sum, this.scalar(1 / count)], this.dims(sum))
  }
}

/** Values that a definition reads. */
export function operands(value: Value): readonly Id[] {
  switch (value.kind) {
    case 'input':
    case 'weight':
    case 'scalar':
      return []
    case 'map':
    case 'concat':
    case 'stack':
      return value.inputs
    case 'matmul':
      return [value.a, value.b]
    default:
      return [value.input]
  }
}
