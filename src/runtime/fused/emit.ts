/**
 * Writes WGSL that computes one element of a value: down through everything that has no buffer of its own, to the
 * buffers that are read.
 *
 * An index is a list of u32 expressions, one per axis. Expressions get names as they are written, so that what is
 * needed twice in a scope is computed once.
 */
import { combined, ERF, initial, literal, MAPS } from './expressions'
import { broadcastIndex, commonGroups, sameIndex, ZERO, type Index } from './indices'
import type { Id, Program, Value } from './ir'
import type { Shape } from '../../onnx/model'
import { elementCount } from '../../onnx/model'
import { strides } from '../../onnx/shape'

/** A value cannot be computed inside this kernel and needs a buffer of its own. */
export class NeedsBuffer extends Error {
  constructor(readonly id: Id) {
    super(`value ${id} needs a buffer`)
  }
}

/** A sum over a row, which the kernel of that row can provide once it knows the row. */
export class NeedsRow extends NeedsBuffer {
  constructor(
    id: Id,
    readonly index: Index,
  ) {
    super(id)
  }
}

export class Emitter {
  /** Buffers read, in the order of their bindings. */
  readonly reads: Id[] = []
  #lines: string[] = []
  #names = new Map<string, string>()
  #count = 0
  #usesErf = false
  /** Values that the kernel has at hand (a row's sums, a tile's product), by name; for the index they were made for. */
  readonly #given = new Map<Id, { name: string; index: Index | null }>()

  constructor(
    private readonly program: Program,
    /** Values with buffers, the kernel's own result excepted. */
    private readonly hasBuffer: (id: Id) => boolean,
  ) {}

  /** @param index null where the value is at hand for whatever index the kernel asks */
  give(id: Id, name: string, index: Index | null): void {
    this.#given.set(id, { name, index })
  }

  line(text: string): void {
    this.#lines.push(text)
  }

  /** A name for an expression, the same for the same expression in this scope. */
  let(expression: string, type: 'u32' | 'i32' | 'f32' | 'bool'): string {
    if (/^\w+$/.test(expression)) return expression
    const key = `${type} ${expression}`
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const name = `v${this.#count++}`
    this.#lines.push(`let ${name}: ${type} = ${expression};`)
    this.#names.set(key, name)
    return name
  }

  /** What `write` writes, as text of a block of its own; names of the outer scope stay known inside. */
  block(write: () => void): string {
    const [lines, names] = [this.#lines, this.#names]
    this.#lines = []
    this.#names = new Map(names)
    try {
      write()
      return this.#lines.join('\n')
    } finally {
      this.#lines = lines
      this.#names = names
    }
  }

  /** True where every part of the index was made in this scope or outside of it. */
  knows(index: Index): boolean {
    const names = new Set(this.#names.values())
    return index.every((at) => at === ZERO || names.has(at))
  }

  /** A variable of the kernel's own as a name of this scope. */
  name(variable: string): string {
    this.#names.set(`variable ${variable}`, variable)
    return variable
  }

  get helpers(): string {
    return this.#usesErf ? ERF : ''
  }

  /** Name of the f32 element of `id` at `index`. @throws NeedsBuffer */
  element(id: Id, index: Index): string {
    const given = this.#given.get(id)
    if (given && (given.index === null || sameIndex(given.index, index))) return given.name
    const value = this.program.values[id]!
    if (this.hasBuffer(id)) return this.read(id, index)
    return this.compute(id, value, index)
  }

  /** The element computed from its operands, whether or not it has a buffer. */
  compute(id: Id, value: Value, index: Index): string {
    switch (value.kind) {
      case 'scalar':
        return literal(value.value)
      case 'map': {
        this.#usesErf ||= value.op === 'erf'
        const operands = value.inputs.map((input) =>
          this.element(input, broadcastIndex(this.program.dims(input), index)),
        )
        return this.let(MAPS[value.op]!(...operands), 'f32')
      }
      case 'reshape':
        return this.element(value.input, this.reshaped(value.dims, this.program.dims(value.input), index))
      case 'transpose': {
        const source = new Array<string>(index.length)
        value.perm.forEach((axis, i) => (source[axis] = index[i]!))
        return this.element(value.input, source)
      }
      case 'slice':
        return this.element(
          value.input,
          index.map((at, i) => this.#stepped(at, value.starts[i]!, value.steps[i]!)),
        )
      case 'concat':
        return this.#concat(value, index)
      case 'pad':
        return this.#pad(value, index)
      case 'window':
        return this.#window(value, index)
      case 'reduce':
        if (value.here) return this.#sumHere(value, index)
        throw new NeedsRow(id, index)
      default:
        throw new NeedsBuffer(id)
    }
  }

  /** Reads the value's buffer, which is bound where it was not yet. */
  read(id: Id, index: Index): string {
    let binding = this.reads.indexOf(id)
    if (binding < 0) binding = this.reads.push(id) - 1
    return this.let(`b${binding}[${this.offset(this.program.dims(id), index)}]`, 'f32')
  }

  /** Row-major offset of an index. */
  offset(dims: Shape, index: Index): string {
    const steps = strides(dims)
    const terms = index.flatMap((at, i) => {
      if (dims[i] === 1 || at === ZERO) return []
      return [steps[i] === 1 ? at : `${at} * ${steps[i]}u`]
    })
    if (terms.length === 0) return ZERO
    return this.let(terms.join(' + '), 'u32')
  }

  /** The index of an element in a tensor of the same elements with other axes: axes that stay need no division. */
  reshaped(from: Shape, to: Shape, index: Index): Index {
    const out = to.map(() => ZERO)
    for (const { sources, targets } of commonGroups(from, to)) {
      const [source, target] = [sources[0], targets[0]]
      if (sources.length === 1 && targets.length === 1) {
        out[target!] = index[source!]!
        continue
      }
      const offset = this.offset(
        sources.map((i) => from[i]!),
        sources.map((i) => index[i]!),
      )
      this.unravelled(
        offset,
        targets.map((i) => to[i]!),
      ).forEach((at, i) => (out[targets[i]!] = at))
    }
    return out
  }

  /** The index that an offset stands for. */
  unravelled(offset: string, dims: Shape): Index {
    const steps = strides(dims)
    const first = dims.findIndex((d) => d !== 1)
    return dims.map((d, i) => {
      if (d === 1 || offset === ZERO) return ZERO
      const quotient = steps[i] === 1 ? offset : this.let(`${offset} / ${steps[i]}u`, 'u32')
      return i === first ? quotient : this.let(`${quotient} % ${d}u`, 'u32')
    })
  }

  #sumHere({ how, input, axes }: Extract<Value, { kind: 'reduce' }>, index: Index): string {
    const key = `sum ${input} ${how} ${index.join()}`
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const dims = this.program.dims(input)
    const [name, at] = [`t${this.#count}`, `j${this.#count++}`]
    const inner = this.block(() => {
      const inside = this.unravelled(
        at,
        axes.map((axis) => dims[axis]!),
      )
      const element = this.element(
        input,
        index.map((outer, axis) => (axes.includes(axis) ? inside[axes.indexOf(axis)]! : outer)),
      )
      this.line(`${name} = ${combined(how, name, element)};`)
    })
    this.line(`var ${name}: f32 = ${initial(how)};`)
    this.line(`for (var ${at} = 0u; ${at} < ${elementCount(axes.map((axis) => dims[axis]!))}u; ${at}++) {\n${inner}\n}`)
    this.#names.set(key, name)
    return name
  }

  #stepped(at: string, start: number, step: number): string {
    if (step < 0) return this.let(`${start}u - ${at} * ${-step}u`, 'u32')
    const scaled = step === 1 ? at : `${at} * ${step}u`
    return start === 0 && step === 1 ? at : this.let(start === 0 ? scaled : `${scaled} + ${start}u`, 'u32')
  }

  #concat({ inputs, axis }: Extract<Value, { kind: 'concat' }>, index: Index): string {
    let start = 0
    let found = ''
    for (const input of inputs) {
      const size = this.program.dims(input)[axis]!
      const at = start === 0 ? index[axis]! : this.let(`${index[axis]} - ${start}u`, 'u32')
      // Beyond its own part an index may point anywhere; such elements are read and not used.
      const within = this.let(`min(${at}, ${size - 1}u)`, 'u32')
      const part = this.element(
        input,
        index.map((other, i) => (i === axis ? (size === 1 ? ZERO : within) : other)),
      )
      found = found === '' ? part : this.let(`select(${found}, ${part}, ${index[axis]} >= ${start}u)`, 'f32')
      start += size
    }
    return found
  }

  #pad({ input, before, fill }: Extract<Value, { kind: 'pad' }>, index: Index): string {
    const dims = this.program.dims(input)
    const conditions: string[] = []
    const source = index.map((at, i) => {
      const lead = before[i]!
      const shifted = lead === 0 ? at : this.let(`${at} - ${lead}u`, 'u32')
      if (lead > 0) conditions.push(`${at} >= ${lead}u`)
      conditions.push(`${shifted} < ${dims[i]}u`)
      return dims[i] === 1 ? ZERO : this.let(`min(${shifted}, ${dims[i]! - 1}u)`, 'u32')
    })
    const inside = this.let(conditions.join(' && '), 'bool')
    return this.let(`select(${literal(fill)}, ${this.element(input, source)}, ${inside})`, 'f32')
  }

  #window(value: Extract<Value, { kind: 'window' }>, index: Index): string {
    const dims = this.program.dims(value.input)
    const rank = value.kernel.length
    const conditions: string[] = []
    const space = value.kernel.map((_, i) => {
      const [o, k] = [index[1 + i]!, index[2 + rank + i]!]
      const [stride, dilation, offset, divide] = [
        value.stride[i]!,
        value.dilation[i]!,
        value.offset[i]!,
        value.divide[i]!,
      ]
      const size = dims[2 + i]!
      const raw = this.let(`i32(${o}) * ${stride} + i32(${k}) * ${dilation} + ${offset}`, 'i32')
      if (divide > 1) conditions.push(`${raw} % ${divide} == 0`)
      const at = divide > 1 ? this.let(`${raw} / ${divide}`, 'i32') : raw
      conditions.push(`${raw} >= 0`, `${at} < ${size}`)
      return this.let(`u32(clamp(${at}, 0, ${size - 1}))`, 'u32')
    })
    const element = this.element(value.input, [index[0]!, index[1 + rank]!, ...space])
    return this.let(`select(${literal(value.fill)}, ${element}, ${conditions.join(' && ')})`, 'f32')
  }
}
