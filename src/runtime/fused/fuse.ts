/**
 * Which values get a buffer, and with it a kernel: as few as it takes. The rest is computed inside the kernels that
 * need it.
 *
 * A value gets a buffer where it is an output, where a matrix product reads it, where several kernels need it and it is
 * not cheap, or where a kernel turns out not to be able to compute it on the way.
 */
import { elementsKernel, loopKernel } from './elements'
import { NeedsBuffer } from './emit'
import { Unsupported } from './unsupported'
import { operands, type Id, type Program, type Value } from './ir'
import type { Kernel, Target } from './kernel'
import { elementCount } from '../../onnx/model'
import { pathToProduct, productKernel } from './products'
import { reducesRows, rowsKernel } from './rows'

/** Operations that are rather done again in a second kernel than stored by the first. */
const CHEAP = 4

const REFINEMENTS = 3

const isSource = ({ kind }: Value) => kind === 'input' || kind === 'weight' || kind === 'scalar' || kind === 'stack'
const isView = ({ kind }: Value) =>
  kind === 'reshape' || kind === 'transpose' || kind === 'slice' || kind === 'window' || kind === 'pad'

/**
 * Kernels in an order in which they can run.
 *
 * @param early what is needed before the rest is asked for
 */
export function fuse(program: Program, outputs: readonly Id[], early: ReadonlySet<Id>, target: Target): Kernel[] {
  const needed = reachable(program, outputs)
  const forced = new Set<Id>()
  for (;;) {
    let roots = chooseRoots(program, outputs, needed, forced, new Set())
    // What is cheap depends on what is stored below, which the first choice did not know yet.
    for (let i = 0; i < REFINEMENTS; i++) roots = chooseRoots(program, outputs, needed, forced, roots)
    const hasBuffer = (id: Id) => {
      const { kind } = program.values[id]!
      return roots.has(id) || kind === 'input' || kind === 'weight' || kind === 'stack'
    }
    const kernels: Kernel[] = []
    const unable = new Set<Id>()
    for (const id of [...roots].sort((a, b) => a - b)) {
      try {
        const kernel = kernelOf(program, id, hasBuffer, target)
        if (kernel.reads.length + 1 > target.maxBuffers)
          throw new NeedsBuffer(widestPart(program, id, hasBuffer, target))
        kernels.push(kernel)
      } catch (error) {
        if (!(error instanceof NeedsBuffer) || forced.has(error.id)) throw error
        unable.add(error.id)
      }
    }
    if (unable.size === 0) return joined(program, kernels, early, hasBuffer, target)
    for (const id of unable) forced.add(id)
  }
}

/** Kernels of one element each that a product's kernel can do with its own result in hand (activations) are left to it. */
function joined(
  program: Program,
  kernels: readonly Kernel[],
  early: ReadonlySet<Id>,
  hasBuffer: (id: Id) => boolean,
  target: Target,
): Kernel[] {
  const hosts = new Map(kernels.flatMap((kernel) => (kernel.work.kind === 'product' ? [[kernel.writes, kernel]] : [])))
  const gone = new Set<Id>()
  for (const { reads, writes, work } of kernels) {
    if (work.kind !== 'elements') continue
    const host = reads.findLast((id) => hosts.has(id) && hosts.get(id)!.also === null)
    if (host === undefined || early.has(host) !== early.has(writes)) continue
    // By then all else that is read has been computed: values are numbered in the order of their kernels.
    const ready = reads.every((id) => id <= host || program.values[id]!.kind === 'weight')
    if (!ready || !pathToProduct(program, writes, host, hasBuffer)) continue
    const product = inside(program, host, hasBuffer).find((id) => program.values[id]!.kind === 'matmul')!
    const both = productKernel(program, host, product, hasBuffer, target, writes)
    if (both.reads.length + 2 > target.maxBuffers) continue
    hosts.set(host, both)
    gone.add(writes)
  }
  return kernels.filter(({ writes }) => !gone.has(writes)).map((kernel) => hosts.get(kernel.writes) ?? kernel)
}

/** Of what a kernel computes on its way, the part that reads most buffers, if not too many itself. */
function widestPart(program: Program, root: Id, hasBuffer: (id: Id) => boolean, { maxBuffers }: Target): Id {
  const count = elementCount(program.dims(root))
  const reads = (id: Id) =>
    new Set(
      inside(program, id, hasBuffer)
        .flatMap((each) => operands(program.values[each]!))
        .filter(hasBuffer),
    ).size
  const parts = inside(program, root, hasBuffer)
    .filter((id) => id !== root && program.values[id]!.kind === 'map' && elementCount(program.dims(id)) <= count)
    .map((id) => ({ id, width: reads(id) }))
    .filter(({ width }) => width > 1 && width < maxBuffers)
  const [widest] = parts.sort((a, b) => b.width - a.width || b.id - a.id)
  if (!widest) throw new Unsupported(`a kernel that reads more than ${maxBuffers} buffers`)
  return widest.id
}

function kernelOf(program: Program, id: Id, hasBuffer: (id: Id) => boolean, target: Target): Kernel {
  const inlined = inside(program, id, hasBuffer)
  const product = inlined.find((each) => program.values[each]!.kind === 'matmul')
  if (product !== undefined) return productKernel(program, id, product, hasBuffer, target)
  const value = program.values[id]!
  if (value.kind === 'reduce' && !value.here && !reducesRows(value, program)) return loopKernel(program, id, hasBuffer)
  const sums = inlined.some((each) => isRowSum(program.values[each]!))
  return sums ? rowsKernel(program, id, hasBuffer, target) : elementsKernel(program, id, hasBuffer)
}

const isRowSum = (value: Value) => value.kind === 'reduce' && !value.here

/** The value itself and all that is computed with it. */
function inside(program: Program, root: Id, hasBuffer: (id: Id) => boolean): Id[] {
  const seen = new Set<Id>()
  const walk = (id: Id) => {
    if (seen.has(id) || (id !== root && hasBuffer(id))) return
    seen.add(id)
    operands(program.values[id]!).forEach(walk)
  }
  walk(root)
  return [...seen]
}

function reachable(program: Program, outputs: readonly Id[]): Set<Id> {
  const seen = new Set<Id>()
  const stack = [...outputs]
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    stack.push(...operands(program.values[id]!))
  }
  return seen
}

/** What a value is a multiple of, else null: products multiply what they read on the way, as attentions scale queries. */
function scaled(values: Program['values'], id: Id): Id | null {
  const value = values[id]!
  if (value.kind !== 'map' || value.op !== 'mul') return null
  const isNumber = (each: Value): boolean =>
    each.kind === 'scalar' || (each.kind === 'map' && each.op === 'copy' && isNumber(values[each.inputs[0]!]!))
  const [a, b] = value.inputs as [Id, Id]
  return isNumber(values[b]!) ? a : isNumber(values[a]!) ? b : null
}

function chooseRoots(
  program: Program,
  outputs: readonly Id[],
  needed: ReadonlySet<Id>,
  forced: ReadonlySet<Id>,
  before: ReadonlySet<Id>,
): Set<Id> {
  const { values } = program
  const must = new Set<Id>([...outputs, ...forced])
  // What a product reads lies in memory, below the views and factors through which it is read.
  for (const id of needed) {
    const value = values[id]!
    if (value.kind === 'stack') {
      for (const part of value.inputs) if (!isSource(values[part]!)) must.add(part)
    }
    // A sum over other axes goes through all rows for each of its results: what needs sums of rows is done before.
    if (value.kind === 'reduce' && !value.here && !reducesRows(value, program)) {
      let below = value.input
      while (isView(values[below]!)) below = operands(values[below]!)[0]!
      if (holdsRowSum(program, below)) must.add(below)
    }
    if (value.kind !== 'matmul' && value.kind !== 'window') continue
    for (let operand of operands(value)) {
      for (;;) {
        const below = isView(values[operand]!) ? operands(values[operand]!)[0]! : scaled(values, operand)
        if (below === null) break
        operand = below
      }
      if (!isSource(values[operand]!)) must.add(operand)
    }
  }
  const roots = new Set(must)
  const stored = (id: Id) => roots.has(id) || before.has(id) || isSource(values[id]!)
  /** Of each value, the kernels that compute it on their way. */
  const users = new Map<Id, Set<Id>>()
  const claimed = new Map<Id, Id>()
  for (const id of [...needed].sort((a, b) => b - a)) {
    const value = values[id]!
    const own = users.get(id) ?? new Set<Id>()
    if (!isSource(value) && !roots.has(id)) {
      const heavy = () => own.size > 1 && !isCheap(program, id, stored, value)
      if (value.kind === 'matmul' ? !claim(program, id, own, stored, claimed) : heavy()) roots.add(id)
    }
    const passed = roots.has(id) ? new Set([id]) : own
    for (const operand of operands(value)) {
      const set = users.get(operand) ?? new Set<Id>()
      passed.forEach((user) => set.add(user))
      users.set(operand, set)
    }
  }
  return roots
}

/** A product is stored by the kernel of its only user where that changes it place by place, and has no other product. */
function claim(
  program: Program,
  product: Id,
  users: ReadonlySet<Id>,
  stored: (id: Id) => boolean,
  claimed: Map<Id, Id>,
): boolean {
  const [user] = users
  if (users.size !== 1 || user === undefined || claimed.has(user)) return false
  if (!pathToProduct(program, user, product, stored)) return false
  const others = inside(program, user, (id) => stored(id) || id === product)
  if (others.some((id) => program.values[id]!.kind === 'reduce')) return false
  claimed.set(user, product)
  return true
}

/** Sums over rows are done again rather than stored; of the rest what takes few operations on what is stored. */
function isCheap(program: Program, id: Id, stored: (id: Id) => boolean, value: Value): boolean {
  if (value.kind === 'reduce') return !value.here && reducesRows(value, program) && !holdsProduct(program, id, stored)
  if (isView(value)) return !holdsProduct(program, id, stored)
  const count = elementCount(value.dims)
  const read = new Set<Id>()
  const seen = new Set<Id>()
  let operations = 0
  const walk = (at: Id): void => {
    if (seen.has(at)) return
    seen.add(at)
    if (at !== id && stored(at)) {
      if (count > 1 && elementCount(program.dims(at)) >= count) read.add(at)
      return
    }
    const { kind } = program.values[at]!
    if (kind === 'matmul' || kind === 'concat') operations = Infinity
    if (kind === 'map') operations += 1
    if (operations > CHEAP) return
    // The sum itself counts as nothing: it is a row's, not an element's.
    if (kind === 'reduce') {
      if ((program.values[at] as Value & { kind: 'reduce' }).here) operations = Infinity
      if (holdsProduct(program, at, stored)) operations = Infinity
      return
    }
    operands(program.values[at]!).forEach(walk)
  }
  walk(id)
  // Two large values are read faster as their one result.
  return operations <= CHEAP && read.size <= 1
}

/** Whether sums over rows are part of how it is computed, products aside. */
function holdsRowSum(program: Program, id: Id): boolean {
  const seen = new Set<Id>()
  const walk = (at: Id): boolean => {
    const value = program.values[at]!
    if (seen.has(at) || value.kind === 'matmul') return false
    seen.add(at)
    return isRowSum(value) || operands(value).some(walk)
  }
  return walk(id)
}

function holdsProduct(program: Program, id: Id, stored: (id: Id) => boolean): boolean {
  const seen = new Set<Id>()
  const walk = (at: Id): boolean => {
    if (seen.has(at) || (at !== id && stored(at))) return false
    seen.add(at)
    return program.values[at]!.kind === 'matmul' || operands(program.values[at]!).some(walk)
  }
  return walk(id)
}
