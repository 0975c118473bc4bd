/**
 * A training graph as a list of kernels with places in memory: everything about a run that is known before a device is.
 */
import { fuse } from './fuse'
import { operands, type Id, type Program } from './ir'
import { resultsOf, type Kernel, type Target } from './kernel'
import { lower } from './lower'
import { mergeProducts } from './merge'
import type { OnnxModel, Tensor } from '../../onnx/model'
import { elementCount } from '../../onnx/model'

export interface Plan {
  readonly program: Program
  /** In order: first what every run needs, then what only `do_backward` asks for. */
  readonly forward: readonly Kernel[]
  readonly backward: readonly Kernel[]
  readonly inputs: ReadonlyMap<string, Id>
  readonly weights: ReadonlyMap<Id, Tensor>
  readonly outputs: ReadonlyMap<string, Id>
  /** Outputs that are there only after a backward. */
  readonly gated: ReadonlySet<string>
  /** Parts of stacks: which, and where in it, in bytes. */
  readonly parts: ReadonlyMap<Id, Part>
  /** Which piece of memory each computed value lies in (a part: its stack), and the pieces' sizes in bytes. */
  readonly pieces: ReadonlyMap<Id, number>
  readonly sizes: readonly number[]
}

export interface Part {
  readonly stack: Id
  readonly start: number
}

/** @throws Unsupported where the graph needs what the fused engine does not know */
export function planRun(model: OnnxModel, target: Target): Plan {
  const lowered = mergeProducts(lower(model))
  const { program } = lowered
  const outputs = new Map([...lowered.forward, ...lowered.backward])
  const inForward = ancestors(program, [...lowered.forward.values()])
  const kernels = fuse(program, [...new Set(outputs.values())], inForward, target)
  const forward = kernels.filter(({ writes }) => inForward.has(writes))
  const backward = kernels.filter(({ writes }) => !inForward.has(writes))
  const inputs = new Map<string, Id>()
  const weights = new Map<Id, Tensor>()
  const read = new Set(kernels.flatMap(({ reads }) => reads))
  const parts = new Map<Id, Part>()
  program.values.forEach((value, id) => {
    if (value.kind !== 'stack' || !read.has(id)) return
    value.inputs.forEach((input, i) => {
      read.add(input)
      parts.set(input, { stack: id, start: i * elementCount(program.dims(input)) * Float32Array.BYTES_PER_ELEMENT })
    })
  })
  program.values.forEach((value, id) => {
    if (value.kind === 'input') inputs.set(value.name, id)
    if (value.kind === 'weight' && read.has(id)) weights.set(id, value.tensor)
  })
  return {
    program,
    forward,
    backward,
    inputs,
    weights,
    outputs,
    gated: new Set(lowered.backward.keys()),
    parts,
    ...assignMemory(program, [...forward, ...backward], new Set(outputs.values()), parts),
  }
}

function ancestors(program: Program, of: readonly Id[]): Set<Id> {
  const seen = new Set<Id>()
  const stack = [...of]
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    stack.push(...operands(program.values[id]!))
  }
  return seen
}

/** Float32, in steps that ONNX Runtime and tfjs can bind too. */
const bytesOf = (program: Program, id: Id) => Math.ceil(elementCount(program.dims(id)) / 4) * 16

/**
 * A value's memory is another's as soon as its last reader has run. Of the free pieces the best fitting is taken;
 * outputs keep theirs.
 */
function assignMemory(
  program: Program,
  kernels: readonly Kernel[],
  outputs: ReadonlySet<Id>,
  parts: ReadonlyMap<Id, Part>,
) {
  const home = (id: Id) => parts.get(id)?.stack ?? id
  const lastUse = new Map<Id, number>()
  kernels.forEach((kernel, at) => {
    for (const id of [...kernel.reads, ...resultsOf(kernel)]) lastUse.set(home(id), at)
  })
  const pieces = new Map<Id, number>()
  const sizes: number[] = []
  const free: number[] = []
  const place = (id: Id) => {
    const bytes = bytesOf(program, id)
    const fitting = free.filter((piece) => sizes[piece]! >= bytes).sort((a, b) => sizes[a]! - sizes[b]!)
    // A much larger piece is worth more to a value of its size.
    const best = fitting.find((piece) => sizes[piece]! <= 2 * bytes)
    const piece = outputs.has(id) || best === undefined ? sizes.push(bytes) - 1 : best
    if (free.includes(piece)) free.splice(free.indexOf(piece), 1)
    pieces.set(id, piece)
  }
  kernels.forEach((kernel, at) => {
    for (const id of resultsOf(kernel).map(home)) if (!pieces.has(id)) place(id)
    for (const id of new Set([...kernel.reads, ...resultsOf(kernel)].map(home))) {
      const own = pieces.get(id)
      if (own !== undefined && lastUse.get(id) === at && !outputs.has(id)) free.push(own)
    }
  })
  return { pieces, sizes }
}
