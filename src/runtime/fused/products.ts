/**
 * Kernels of matrix products [G,M,K] x [G,K,N]. Operands are read through whatever views lie over their buffers (a
 * transposed weight, the heads of an attention, the windows of a convolution), and what follows element by element (bias,
 * activation, residual) is done before the result is stored.
 */
import { Emitter } from './emit'
import type { Index } from './indices'
import type { Id, Program } from './ir'
import { operands } from './ir'
import { finish, loadsIn, type Kernel, type Target } from './kernel'
import { registerTile, sharedTile, type Contiguity } from './tiles'
import { elementCount, type Shape } from '../../onnx/model'

/**
 * Nodes from `root` down to the product it is made of, root first: maps that keep every element's place, reshapes and
 * transposes. null where there is none, or where the product reaches the root in two arrangements.
 */
export function pathToProduct(program: Program, root: Id, product: Id, hasBuffer: (id: Id) => boolean): Id[] | null {
  const count = elementCount(program.dims(product))
  const leads = new Map<Id, boolean>()
  /** Whether the product is part of how `id` is computed. */
  const leadsDown = (id: Id): boolean => {
    if (id === product) return true
    if (id < product || (id !== root && hasBuffer(id))) return false
    const known = leads.get(id) ?? operands(program.values[id]!).some(leadsDown)
    leads.set(id, known)
    return known
  }
  /** Transposes on the way to each node met so far. */
  const arrangements = new Map<Id, string>()
  let found: Id[] | null = null
  /** false where the ways contradict each other. */
  const walk = (id: Id, path: Id[], arrangement: string): boolean => {
    if (!leadsDown(id)) return true
    const before = arrangements.get(id)
    if (before !== undefined) return before === arrangement
    arrangements.set(id, arrangement)
    if (id === product) {
      found = path
      return true
    }
    const value = program.values[id]!
    const keepsPlaces = value.kind === 'map' || value.kind === 'reshape' || value.kind === 'transpose'
    if (!keepsPlaces || elementCount(value.dims) !== count) return false
    const here =
      value.kind === 'transpose'
        ? `${arrangement} ${value.perm.join()} of ${program.dims(value.input).join()};`
        : arrangement
    return operands(value).every((input) => walk(input, [...path, id], here))
  }
  return walk(root, [], '') ? found : null
}

export function productKernel(
  program: Program,
  root: Id,
  product: Id,
  hasBuffer: (id: Id) => boolean,
  target: Target,
  also: Id | null = null,
): Kernel {
  const value = program.values[product]!
  if (value.kind !== 'matmul') throw new Error('not a product')
  const path = pathToProduct(program, root, product, hasBuffer)
  if (!path) throw new Error('the product is not the root’s')
  const emitter = new Emitter(program, (each) => each !== root && each !== also && hasBuffer(each))
  const [G, M, N] = value.dims as [number, number, number]
  const K = program.dims(value.a)[2]!
  const shared = program.dims(value.b)[0] === 1
  const load = (name: string, id: Id, index: Index) => {
    const body = emitter.block(() => {
      for (const at of index) if (/^\w+$/.test(at)) emitter.name(at)
      emitter.line(`return ${emitter.element(id, index)};`)
    })
    const text = `fn ${name}(g: u32, ${name === 'load_a' ? 'm: u32, k: u32' : 'k: u32, n: u32'}) -> f32 {\n${body}\n}\n`
    return { text, loads: loadsIn(body) }
  }
  const one = (size: number, at: string) => (size === 1 ? '0u' : at)
  const a = load('load_a', value.a, [one(G, 'g'), one(M, 'm'), one(K, 'k')])
  const b = load('load_b', value.b, [shared ? '0u' : one(G, 'g'), one(K, 'k'), one(N, 'n')])
  emitter.give(product, 'product', null)
  const storeBody = emitter.block(() => {
    const upwards = (ids: readonly Id[], from: Index, below: Shape) =>
      ids.toReversed().reduce(
        ({ index, dims }, id) => {
          const step = program.values[id]!
          const moved = step.kind === 'transpose' ? step.perm.map((axis) => index[axis]!) : null
          return { index: moved ?? emitter.reshaped(dims, step.dims, index), dims: step.dims }
        },
        { index: from, dims: below },
      )
    const { index, dims } = upwards(path, [one(G, 'g'), one(M, 'm'), one(N, 'n')], value.dims)
    const result = emitter.element(root, index)
    emitter.line(`result[${emitter.offset(dims, index)}] = ${result};`)
    if (also === null) return
    // Of the same place: at hand, whatever its index is called further up.
    emitter.give(root, result, null)
    const second = upwards(pathToProduct(program, also, root, hasBuffer)!, index, dims)
    emitter.line(`also[${emitter.offset(second.dims, second.index)}] = ${emitter.element(also, second.index)};`)
  })
  const store = `fn store(g: u32, m: u32, n: u32, product: f32) {\n${storeBody}\n}\n`
  const shape = { G, M, N, K }
  const tiles = target.software ? registerTile(shape) : sharedTile(shape, contiguity(program, value))
  const loads = G * (M * K * tiles.loads.a * a.loads + N * K * tiles.loads.b * b.loads + M * N * loadsIn(storeBody))
  return finish(emitter, root, {
    ...tiles,
    also,
    globals: `${a.text}${b.text}${store}${tiles.globals}`,
    work: { kind: 'product', loads, flops: 2 * G * M * N * K },
  })
}

/** Along which of an operand's axes its elements lie side by side, followed down through views. */
function contiguity(program: Program, value: { readonly a: Id; readonly b: Id }): Contiguity {
  const last = (id: Id): number => {
    let axis = program.dims(id).length - 1
    for (let at = id; ;) {
      const step = program.values[at]!
      if (step.kind === 'transpose') return step.perm.indexOf(program.dims(step.input).length - 1)
      if (step.kind !== 'reshape') return axis
      const inner = program.values[step.input]!
      if (inner.kind === 'transpose') {
        const innermost = inner.perm.indexOf(program.dims(inner.input).length - 1)
        // Which axis of this reshape the innermost axis of the transpose has become.
        const after = elementCount(inner.dims.slice(innermost + 1))
        let product = 1
        for (axis = step.dims.length - 1; axis > 0 && product < after; axis--) product *= step.dims[axis]!
        return axis
      }
      at = step.input
    }
  }
  return { a: last(value.a) === 2 ? 'k' : 'm', b: last(value.b) === 1 ? 'k' : 'n' }
}
