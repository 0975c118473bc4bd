/** Operators that move, pick, place or make elements, in float64. */
import type { Array64, Call, Operators } from './array'
import { axisOf, broadcast, broadcastDims, fromTensor, integers, offsets, pick, rowMajor, size } from './array'

function reshape(c: Call): Array64[] {
  const x = c.x(0)
  const target = integers(c.x(1)).map((d, i) => (d === 0 && c.attr('allowzero', 'int', 0) === 0 ? x.dims[i]! : d))
  const known = size(target.filter((d) => d !== -1))
  return [{ ...x, dims: target.map((d) => (d === -1 ? x.data.length / known : d)) }]
}

/** Axes from the attribute (before opset 13) or the second input. */
function axes(c: Call, rank: number): number[] | null {
  const input = c.optional(1)
  const given = c.attr('axes', 'ints', null) ?? (input ? integers(input) : null)
  return given && given.map((a) => axisOf(a, rank))
}

function squeeze(c: Call): Array64[] {
  const x = c.x(0)
  const gone = axes(c, x.dims.length) ?? x.dims.flatMap((d, i) => (d === 1 ? [i] : []))
  return [{ ...x, dims: x.dims.filter((_, i) => !gone.includes(i)) }]
}

function unsqueeze(c: Call): Array64[] {
  const x = c.x(0)
  const count = (c.attr('axes', 'ints', null) ?? integers(c.x(1))).length
  const dims = [...x.dims]
  for (const a of axes(c, x.dims.length + count)!.sort((p, q) => p - q)) dims.splice(a, 0, 1)
  return [{ ...x, dims }]
}

function transpose(c: Call): Array64[] {
  const x = c.x(0)
  const perm = c.attr('perm', 'ints', null) ?? x.dims.map((_, i) => x.dims.length - 1 - i)
  const own = rowMajor(x.dims)
  const dims = perm.map((p) => x.dims[p]!)
  return [
    pick(
      x,
      dims,
      offsets(
        dims,
        perm.map((p) => own[p]!),
      ),
    ),
  ]
}

/** Elements along one axis chosen by index. */
function choose(x: Array64, axis: number, chosen: readonly number[]): Array64 {
  const inner = size(x.dims.slice(axis + 1))
  const outer = size(x.dims.slice(0, axis))
  const at: number[] = []
  for (let o = 0; o < outer; o++) {
    for (const i of chosen) for (let k = 0; k < inner; k++) at.push((o * x.dims[axis]! + i) * inner + k)
  }
  return pick(x, x.dims.with(axis, chosen.length), Int32Array.from(at))
}

function slice(c: Call): Array64[] {
  const x = c.x(0)
  const [starts, ends] = [integers(c.x(1)), integers(c.x(2))]
  const given = c.optional(3)
  const steps = c.optional(4)
  let out = x
  starts.forEach((start, i) => {
    const axis = axisOf(given ? given.data[i]! : i, x.dims.length)
    const n = x.dims[axis]!
    const step = steps ? steps.data[i]! : 1
    const bound = (v: number) => (v < 0 ? v + n : v)
    const chosen: number[] = []
    if (step > 0) {
      for (let k = Math.max(0, bound(start)); k < Math.min(n, bound(ends[i]!)); k += step) chosen.push(k)
    } else {
      for (let k = Math.min(n - 1, bound(start)); k > Math.max(-1, bound(ends[i]!)); k += step) chosen.push(k)
    }
    out = choose(out, axis, chosen)
  })
  return [out]
}

function split(c: Call): Array64[] {
  const x = c.x(0)
  const axis = axisOf(c.attr('axis', 'int', 0), x.dims.length)
  const parts = c.node.outputs.length
  const n = x.dims[axis]!
  const input = c.optional(1)
  const even = c.node.outputs.map((_, i) => Math.min(Math.ceil(n / parts), n - i * Math.ceil(n / parts)))
  const sizes = c.attr('split', 'ints', null) ?? (input ? integers(input) : even)
  let start = 0
  return sizes.map((length) => {
    const chosen = Array.from({ length }, (_, i) => start + i)
    start += length
    return choose(x, axis, chosen)
  })
}

function concat(c: Call): Array64[] {
  const inputs = c.node.inputs.map((_, i) => c.x(i))
  const axis = axisOf(c.attr('axis', 'int', 0), inputs[0]!.dims.length)
  const outer = size(inputs[0]!.dims.slice(0, axis))
  const total = inputs.reduce((sum, x) => sum + x.dims[axis]!, 0)
  const data: number[] = []
  for (let o = 0; o < outer; o++) {
    for (const x of inputs) {
      const run = size(x.dims.slice(axis))
      for (let i = 0; i < run; i++) data.push(x.data[o * run + i]!)
    }
  }
  return [{ dtype: inputs[0]!.dtype, dims: inputs[0]!.dims.with(axis, total), data: Float64Array.from(data) }]
}

function gather(c: Call): Array64[] {
  const [x, indices] = [c.x(0), c.x(1)]
  const axis = axisOf(c.attr('axis', 'int', 0), x.dims.length)
  const chosen = integers(indices).map((i) => axisOf(i, x.dims[axis]!))
  const picked = choose(x, axis, chosen)
  return [{ ...picked, dims: [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)] }]
}

/** Where the rows of an index tensor [..., depth] point to in `dims`. */
function rowsOf(indices: Array64, dims: readonly number[]): number[] {
  const depth = indices.dims.at(-1)!
  const steps = rowMajor(dims)
  return Array.from({ length: indices.data.length / depth }, (_, row) => {
    let at = 0
    for (let k = 0; k < depth; k++) at += axisOf(indices.data[row * depth + k]!, dims[k]!) * steps[k]!
    return at
  })
}

function gatherND(c: Call): Array64[] {
  const [x, indices] = [c.x(0), c.x(1)]
  if (c.attr('batch_dims', 'int', 0) !== 0) throw new Error('GatherND with batch_dims is not in the executor')
  const inner = x.dims.slice(indices.dims.at(-1)!)
  const run = size(inner)
  const at = rowsOf(indices, x.dims).flatMap((start) => Array.from({ length: run }, (_, i) => start + i))
  return [pick(x, [...indices.dims.slice(0, -1), ...inner], Int32Array.from(at))]
}

function scatterND(c: Call): Array64[] {
  const [x, indices, updates] = [c.x(0), c.x(1), c.x(2)]
  const run = size(x.dims.slice(indices.dims.at(-1)!))
  const add = c.attr('reduction', 'string', 'none') === 'add'
  const data = Float64Array.from(x.data)
  rowsOf(indices, x.dims).forEach((start, row) => {
    for (let i = 0; i < run; i++) {
      data[start + i] = (add ? data[start + i]! : 0) + updates.data[row * run + i]!
    }
  })
  return [{ ...x, data }]
}

function pad(c: Call): Array64[] {
  const x = c.x(0)
  if (c.attr('mode', 'string', 'constant') !== 'constant') throw new Error('only constant padding is in the executor')
  const rank = x.dims.length
  const given = integers(c.x(1))
  const named = c.optional(3)
  const list = named ? integers(named).map((a) => axisOf(a, rank)) : x.dims.map((_, i) => i)
  const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)]
  list.forEach((axis, i) => {
    before[axis] = given[i]!
    after[axis] = given[i + list.length]!
  })
  const dims = x.dims.map((d, i) => d + before[i]! + after[i]!)
  const fill = c.optional(2)?.data[0] ?? 0
  const data = new Float64Array(size(dims)).fill(fill)
  const steps = rowMajor(dims)
  const start = before.reduce((sum, b, i) => sum + b * steps[i]!, 0)
  offsets(x.dims, steps, start).forEach((at, i) => (data[at] = x.data[i]!))
  return [{ ...x, dims, data }]
}

function range(c: Call): Array64[] {
  const [start, limit, delta] = [c.x(0).data[0]!, c.x(1).data[0]!, c.x(2).data[0]!]
  const values: number[] = []
  for (let v = start; delta > 0 ? v < limit : v > limit; v += delta) values.push(v)
  return [{ dtype: c.x(0).dtype, dims: [values.length], data: Float64Array.from(values) }]
}

function trilu(c: Call): Array64[] {
  const x = c.x(0)
  const [rows, columns] = x.dims.slice(-2) as [number, number]
  const k = c.optional(1)?.data[0] ?? 0
  const upper = c.attr('upper', 'int', 1) === 1
  const data = x.data.map((v, i) => {
    const distance = (i % columns) - (Math.floor(i / columns) % rows)
    return (upper ? distance >= k : distance <= k) ? v : 0
  })
  return [{ ...x, data }]
}

export const movement: Operators = {
  Reshape: reshape,
  Flatten: (c) => {
    const x = c.x(0)
    const axis = axisOf(c.attr('axis', 'int', 1), x.dims.length)
    return [{ ...x, dims: [size(x.dims.slice(0, axis)), size(x.dims.slice(axis))] }]
  },
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Expand: (c) => [broadcast(c.x(0), broadcastDims([c.x(0).dims, integers(c.x(1))]))],
  Slice: slice,
  Split: split,
  Concat: concat,
  Gather: gather,
  GatherND: gatherND,
  ScatterND: scatterND,
  Pad: pad,
  Range: range,
  Trilu: trilu,
  Shape: (c) => {
    const { dims } = c.x(0)
    const part = dims.slice(c.attr('start', 'int', 0), c.attr('end', 'int', dims.length))
    return [{ dtype: 'int64', dims: [part.length], data: Float64Array.from(part) }]
  },
  Size: (c) => [{ dtype: 'int64', dims: [], data: Float64Array.of(c.x(0).data.length) }],
  ConstantOfShape: (c) => {
    const dims = integers(c.x(0))
    const value = c.attr('value', 'tensor', null)
    const fill = value ? fromTensor(value) : null
    return [{ dtype: fill?.dtype ?? 'float32', dims, data: new Float64Array(size(dims)).fill(fill?.data[0] ?? 0) }]
  },
}
