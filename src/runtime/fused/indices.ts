/** Indices of elements as WGSL writes them: a list of u32 expressions, one per axis. */
import type { Shape } from '../../onnx/model'

export type Index = readonly string[]

export const ZERO = '0u'

export function sameIndex(a: Index, b: Index): boolean {
  return a.length === b.length && a.every((at, i) => at === b[i])
}

/** Index into an operand of `dims` that is broadcast to where `index` points. */
export function broadcastIndex(dims: Shape, index: Index): Index {
  const lead = index.length - dims.length
  return dims.map((d, i) => (d === 1 ? ZERO : index[lead + i]!))
}

/** Smallest runs of axes of both shapes that hold the same elements; axes of size 1 belong to none. */
export function commonGroups(from: Shape, to: Shape): { sources: number[]; targets: number[] }[] {
  const left = from.flatMap((d, i) => (d === 1 ? [] : [i]))
  const right = to.flatMap((d, i) => (d === 1 ? [] : [i]))
  const groups: { sources: number[]; targets: number[] }[] = []
  while (left.length > 0) {
    const sources = [left.shift()!]
    const targets = [right.shift()!]
    let [a, b] = [from[sources[0]!]!, to[targets[0]!]!]
    while (a !== b) {
      if (a < b) a *= from[sources[sources.push(left.shift()!) - 1]!]!
      else b *= to[targets[targets.push(right.shift()!) - 1]!]!
    }
    groups.push({ sources, targets })
  }
  return groups
}
