/**
 * Several products as one, where their weights can lie side by side in memory:
 *
 *   X Wa, X Wb, X Wc          -> X [Wa Wb Wc], cut into parts      (queries, keys and values), with their biases
 *   Ga Wa' + Gb Wb' + ...     -> [Ga Gb ...] [Wa Wb ...]'          (the gradient of their common input)
 *
 * One large product fills a GPU better than three small ones, and neither the sums nor their terms go through memory.
 * Both use the same stack of weights, so that no weight lies in memory twice.
 */
import { operands, Program, type Id, type Value } from './ir'
import type { Lowered } from './lower'
import { elementCount, type Shape } from '../../onnx/model'

/** Parts of a stack start where a device can bind them (`minStorageBufferOffsetAlignment`, 256 bytes at most). */
const PART_ELEMENTS = 64

/** A weight as the right factor of a product, W [K,N] or, turned, [N,K]. */
interface Factor {
  readonly weight: Id
  readonly turned: boolean
}

/** Products of one left factor, in the order of their weights; their biases where each has one. */
interface Fan {
  readonly products: readonly Id[]
  readonly factors: readonly Factor[]
  readonly biases: readonly { readonly sum: Id; readonly weight: Id }[] | null
}

/** A sum of products, and what else is added. */
interface Sum {
  readonly products: readonly Id[]
  readonly factors: readonly Factor[]
  readonly others: readonly Id[]
}

/** @param partElements parts of a stack are multiples of so many elements */
export function mergeProducts(lowered: Lowered, partElements = PART_ELEMENTS): Lowered {
  const { program: from } = lowered
  const found = new Finder(from, [...lowered.forward.values(), ...lowered.backward.values()], partElements)
  const fans = found.fans()
  const sums = found.sums()
  const to = new Program()
  const ids = new Map<Id, Id>()
  const mapped = (id: Id): Id => {
    const known = ids.get(id)
    if (known !== undefined) return known
    // Only weights are asked for ahead of their turn.
    const made = copy(from.values[id]!, to, mapped)
    ids.set(id, made)
    return made
  }
  from.values.forEach((_, id) => {
    const fan = fans.get(id)
    const sum = sums.get(id)
    if (fan) writeFan(fan)
    else if (sum) ids.set(id, writtenSum(sum, from.dims(id)))
    else mapped(id)
  })

  /** The parts, cut from the one product. */
  function writeFan({ products, factors, biases }: Fan): void {
    const [first] = products
    const [, M, N] = from.dims(first!) as [number, number, number]
    const n = products.length
    const { a } = from.values[first!] as Value & { kind: 'matmul' }
    const dims = [1, M, n * N]
    const product = to.add({ kind: 'matmul', a: mapped(a), b: besides(stackOf(factors), factors[0]!.turned) }, dims)
    const whole = biases ? withBiases(product, biases) : product
    products.forEach((id, i) => {
      const part = to.add({ kind: 'slice', input: whole, starts: [0, 0, i * N], steps: [1, 1, 1] }, [1, M, N])
      const at = biases ? biases[i]!.sum : id
      ids.set(at, to.reshape(part, from.dims(at)))
    })
  }

  function withBiases(y: Id, biases: NonNullable<Fan['biases']>): Id {
    const dims = to.dims(y)
    const stack = to.stack(biases.map(({ weight }) => to.reshape(mapped(weight), [to.dims(mapped(weight)).at(-1)!])))
    return to.map('add', [y, to.reshape(stack, [1, 1, dims[2]!])], dims)
  }

  function writtenSum({ products, factors, others }: Sum, dims: Shape): Id {
    const [, M, N] = from.dims(products[0]!) as [number, number, number]
    const parts = products.map((id) => mapped((from.values[id] as Value & { kind: 'matmul' }).a))
    const K = to.dims(parts[0]!)[2]!
    const n = parts.length
    const left = to.transpose(to.stack(parts.map((id) => to.reshape(id, [M, K]))), [1, 0, 2])
    // [n, N, K] or, turned, [n, K, N]: here the parts follow each other along K.
    const stack = stackOf(factors)
    const right = factors[0]!.turned ? to.transpose(stack, [0, 2, 1]) : stack
    const b = to.reshape(right, [1, n * K, N])
    const product = to.add({ kind: 'matmul', a: to.reshape(left, [1, M, n * K]), b }, [1, M, N])
    return others.reduce(
      (sum, id) => to.map('add', [sum, to.reshape(mapped(id), dims)], dims),
      to.reshape(product, dims),
    )
  }

  function stackOf(factors: readonly Factor[]): Id {
    return to.stack(factors.map(({ weight }) => mapped(weight)))
  }

  /** [n,K,N], or [n,N,K] where turned, as one matrix [1, K, n N]. */
  function besides(stack: Id, turned: boolean): Id {
    const columns = to.transpose(stack, turned ? [2, 0, 1] : [1, 0, 2])
    const [K, n, N] = to.dims(columns) as [number, number, number]
    return to.reshape(columns, [1, K, n * N])
  }

  const ends = (named: ReadonlyMap<string, Id>) => new Map([...named].map(([name, id]) => [name, ids.get(id)!]))
  return { program: to, forward: ends(lowered.forward), backward: ends(lowered.backward) }
}

function copy(value: Value, to: Program, mapped: (id: Id) => Id): Id {
  const { dims, ...definition } = value
  switch (definition.kind) {
    case 'input':
    case 'weight':
    case 'scalar':
      return to.add(definition, dims)
    case 'map':
    case 'concat':
    case 'stack':
      return to.add({ ...definition, inputs: definition.inputs.map(mapped) }, dims)
    case 'matmul':
      return to.add({ ...definition, a: mapped(definition.a), b: mapped(definition.b) }, dims)
    default:
      return to.add({ ...definition, input: mapped(definition.input) }, dims)
  }
}

/** Looks for products that can be one. A weight is in one stack at most. */
class Finder {
  readonly #users = new Map<Id, Id[]>()
  readonly #stacks = new Map<Id, string>()

  constructor(
    private readonly program: Program,
    outputs: readonly Id[],
    private readonly partElements: number,
  ) {
    const seen = new Set<Id>()
    const stack = [...outputs]
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (seen.has(id)) continue
      seen.add(id)
      for (const operand of operands(program.values[id]!)) {
        this.#users.set(operand, [...(this.#users.get(operand) ?? []), id])
        stack.push(operand)
      }
    }
    // Someone outside asks for it too.
    for (const id of outputs) this.#users.set(id, [...(this.#users.get(id) ?? []), -1])
  }

  /** By the first value that is replaced. */
  fans(): Map<Id, Fan> {
    const alike = new Map<string, { id: Id; factor: Factor }[]>()
    this.program.values.forEach((value, id) => {
      const factor = value.kind === 'matmul' && this.#users.has(id) ? this.#factor(value.b) : null
      if (value.kind !== 'matmul' || !factor) return
      const key = JSON.stringify([value.a, factor.turned, this.program.dims(factor.weight)])
      alike.set(key, [...(alike.get(key) ?? []), { id, factor }])
    })
    const fans = new Map<Id, Fan>()
    for (const group of alike.values()) {
      const products = group.toSorted((p, q) => p.factor.weight - q.factor.weight)
      if (!this.#stackable(products.map(({ factor }) => factor))) continue
      const biases = products.map(({ id }) => this.#bias(id))
      const complete =
        biases.every((bias) => bias !== null) && new Set(biases.map((b) => b.weight)).size === biases.length
      fans.set(Math.min(...products.map(({ id }) => id)), {
        products: products.map(({ id }) => id),
        factors: products.map(({ factor }) => factor),
        biases:
          complete && this.#stackable(biases.map((b) => ({ weight: b!.weight, turned: false })))
            ? (biases as NonNullable<Fan['biases']>)
            : null,
      })
    }
    return fans
  }

  /** By the value that is the sum. */
  sums(): Map<Id, Sum> {
    const sums = new Map<Id, Sum>()
    const inside = new Set<Id>()
    // From the end: the last addition of a sum holds the others.
    for (let id = this.program.values.length - 1; id >= 0; id--) {
      const value = this.program.values[id]!
      if (inside.has(id) || !this.#users.has(id) || value.kind !== 'map' || value.op !== 'add') continue
      const terms = this.#terms(id, true)
      const alike = new Map<string, { id: Id; factor: Factor }[]>()
      for (const term of terms) {
        const leaf = this.#leaf(term)
        if (leaf) alike.set(leaf.key, [...(alike.get(leaf.key) ?? []), { id: leaf.id, factor: leaf.factor }])
      }
      const [largest] = [...alike.values()].sort((p, q) => q.length - p.length)
      const products = largest?.toSorted((p, q) => p.factor.weight - q.factor.weight) ?? []
      if (!this.#stackable(products.map(({ factor }) => factor))) continue
      const merged = new Set(products.map((p) => p.id))
      sums.set(id, {
        products: products.map((p) => p.id),
        factors: products.map(({ factor }) => factor),
        others: terms.filter((term) => !merged.has(this.#leaf(term)?.id ?? -1)),
      })
      this.#innerSums(id, true, inside)
    }
    return sums
  }

  /** Terms of a sum: down through additions and reshapes that nobody else reads. */
  #terms(id: Id, top = false): Id[] {
    const value = this.program.values[id]!
    const own = top || this.#users.get(id)!.length === 1
    const count = elementCount(value.dims)
    const plain = operands(value).every((operand) => elementCount(this.program.dims(operand)) === count)
    if (!own || !plain) return [id]
    if (value.kind === 'map' && value.op === 'add') return value.inputs.flatMap((input) => this.#terms(input))
    if (value.kind !== 'reshape') return [id]
    const below = this.#terms(value.input)
    return below.length > 1 ? below : [id]
  }

  #innerSums(id: Id, top: boolean, inside: Set<Id>): void {
    const value = this.program.values[id]!
    if (!top && this.#users.get(id)!.length !== 1) return
    if (value.kind !== 'reshape' && !(value.kind === 'map' && value.op === 'add')) return
    inside.add(id)
    operands(value).forEach((operand) => this.#innerSums(operand, false, inside))
  }

  /** A term that is nothing but a product with a weight, of a left factor that can be written into a stack. */
  #leaf(term: Id): { id: Id; factor: Factor; key: string } | null {
    let id = term
    while (this.program.values[id]!.kind === 'reshape' && this.#users.get(id)!.length === 1) {
      id = operands(this.program.values[id]!)[0]!
    }
    const value = this.program.values[id]!
    if (value.kind !== 'matmul' || this.#users.get(id)!.length !== 1 || value.dims[0] !== 1) return null
    const factor = this.#factor(value.b)
    let left = this.program.values[value.a]!
    while (left.kind === 'reshape' || left.kind === 'transpose') left = this.program.values[left.input]!
    const computed = left.kind === 'matmul' || left.kind === 'map'
    if (!factor || !computed || elementCount(this.program.dims(value.a)) % this.partElements !== 0) return null
    const key = JSON.stringify([factor.turned, this.program.dims(factor.weight), this.program.dims(value.a)])
    return { id, factor, key }
  }

  #factor(b: Id): Factor | null {
    const value = this.program.values[b]!
    let id = value.kind === 'reshape' ? value.input : b
    const inner = this.program.values[id]!
    const turned = inner.kind === 'transpose'
    if (turned) id = inner.input
    const weight = this.program.values[id]!
    if (weight.kind !== 'weight' || weight.dims.length !== 2 || value.dims[0] !== 1) return null
    return { weight: id, turned }
  }

  /** The one use of a product, where that is to add a bias. */
  #bias(product: Id): { sum: Id; weight: Id } | null {
    let id = product
    for (;;) {
      const users = this.#users.get(id)!
      const next = users.length === 1 ? this.program.values[users[0]!] : undefined
      if (!next) return null
      id = users[0]!
      if (next.kind === 'reshape') continue
      if (next.kind !== 'map' || next.op !== 'add') return null
      const weight = next.inputs.find((input) => this.program.values[input]!.kind === 'weight')
      const N = this.program.dims(product)[2]!
      if (weight === undefined || next.dims.at(-1) !== N || elementCount(this.program.dims(weight)) !== N) return null
      return this.program.dims(weight).at(-1) === N ? { sum: id, weight } : null
    }
  }

  /** Whether these weights can lie in one stack: as they already do elsewhere, or in none so far. */
  #stackable(factors: readonly Factor[]): boolean {
    const weights = factors.map(({ weight }) => weight)
    if (weights.length < 2 || new Set(weights).size < weights.length) return false
    if (weights.some((id) => elementCount(this.program.dims(id)) % this.partElements !== 0)) return false
    const key = weights.join()
    if (weights.some((id) => (this.#stacks.get(id) ?? key) !== key)) return false
    weights.forEach((id) => this.#stacks.set(id, key))
    return true
  }
}
