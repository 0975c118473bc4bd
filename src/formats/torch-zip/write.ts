/**
 * Writes what `torch.load(path, weights_only=True)` reads: the zip of read.ts, its pickle of protocol 2 made of the opcodes
 * and names that PyTorch's own restricted unpickler knows (torch/_weights_only_unpickler.py).
 */
import { zipSync } from 'fflate'
import type { NamedTensor } from '../../methods/method'
import { float32Bytes } from '../elements'

/** A number that Python shall read as a float, whole or not: 75 is an int there, 75.0 is not. */
export class PythonFloat {
  constructor(readonly value: number) {}
}

export class PythonTuple {
  constructor(readonly items: readonly Picklable[]) {}
}

/** A torch.int64 tensor: class numbers, indices. */
export class PythonLongTensor {
  constructor(
    readonly dims: readonly number[],
    readonly values: ArrayLike<number>,
  ) {}
}

/** collections.OrderedDict, as a state_dict is. */
export class PythonOrderedDict {
  constructor(readonly entries: readonly (readonly [string, Picklable])[]) {}
}

/** Arrays are lists, Maps dicts, whole numbers ints, other numbers floats. */
export type Picklable =
  | null
  | boolean
  | number
  | string
  | PythonFloat
  | PythonTuple
  | PythonOrderedDict
  | PythonLongTensor
  | NamedTensor
  | readonly Picklable[]
  | ReadonlyMap<string | number, Picklable>

/** A fixed time, so that the same value gives the same bytes. */
const WRITTEN = new Date(1980, 0, 1)
const ROOT = 'archive'

/** The file that holds `value`; tensors are float32 unless they are PythonLongTensors. */
export function writeTorch(value: Picklable): Uint8Array {
  const pickle = new Pickler()
  pickle.write(value)
  const text = (content: string) => new TextEncoder().encode(content)
  const files: Record<string, Uint8Array> = {
    [`${ROOT}/data.pkl`]: pickle.finish(),
    [`${ROOT}/byteorder`]: text('little'),
    ...Object.fromEntries(pickle.storages.map((bytes, key) => [`${ROOT}/data/${key}`, bytes])),
    [`${ROOT}/version`]: text('3\n'),
  }
  return zipSync(files, { level: 0, mtime: WRITTEN })
}

class Pickler {
  readonly storages: Uint8Array[] = []
  readonly #bytes: number[] = [0x80, 2]

  finish(): Uint8Array {
    return Uint8Array.from([...this.#bytes, op('.')])
  }

  write(value: Picklable): void {
    if (value === null) this.#op('N')
    else if (typeof value === 'boolean') this.#op(value ? '\x88' : '\x89')
    else if (typeof value === 'number') this.#number(value)
    else if (typeof value === 'string') this.#string(value)
    else if (value instanceof PythonFloat) this.#float(value.value)
    else if (value instanceof PythonTuple) this.#tuple(value.items)
    else if (value instanceof PythonOrderedDict) {
      this.#emptyOrderedDict()
      this.#items(value.entries)
    } else if (value instanceof PythonLongTensor) {
      const { dims, values } = value
      const words = new DataView(new ArrayBuffer(8 * values.length))
      for (let i = 0; i < values.length; i++) words.setBigInt64(8 * i, BigInt(values[i]!), true)
      this.#tensor(dims, values.length, 'LongStorage', new Uint8Array(words.buffer))
    } else if (value instanceof Map) {
      this.#op('}')
      this.#items([...(value as ReadonlyMap<string | number, Picklable>)])
    } else if (Array.isArray(value)) {
      this.#op(']')
      this.#op('(')
      for (const item of value as readonly Picklable[]) this.write(item)
      this.#op('e')
    } else {
      const { dims, data } = value as NamedTensor
      this.#tensor(dims, data.length, 'FloatStorage', float32Bytes(data))
    }
  }

  #op(code: string): void {
    this.#bytes.push(op(code))
  }

  #number(value: number): void {
    if (!Number.isInteger(value) || Object.is(value, -0)) return this.#float(value)
    if (!Number.isSafeInteger(value))
      throw new Error(`${value} is not a safe integer; PythonFloat writes it as a float`)
    if (value === (value | 0)) {
      this.#op('J')
      return this.#view(4, (view) => view.setInt32(0, value, true))
    }
    this.#op('\x8a')
    this.#bytes.push(8)
    this.#view(8, (view) => view.setBigInt64(0, BigInt(value), true))
  }

  #float(value: number): void {
    this.#op('G')
    this.#view(8, (view) => view.setFloat64(0, value, false))
  }

  #string(value: string): void {
    const bytes = new TextEncoder().encode(value)
    this.#op('X')
    this.#view(4, (view) => view.setUint32(0, bytes.length, true))
    for (const byte of bytes) this.#bytes.push(byte)
  }

  #global(module: string, name: string): void {
    this.#op('c')
    for (const byte of new TextEncoder().encode(`${module}\n${name}\n`)) this.#bytes.push(byte)
  }

  #tuple(items: readonly Picklable[]): void {
    this.#op('(')
    for (const item of items) this.write(item)
    this.#op('t')
  }

  #emptyOrderedDict(): void {
    this.#global('collections', 'OrderedDict')
    this.#op(')')
    this.#op('R')
  }

  #items(entries: readonly (readonly [string | number, Picklable])[]): void {
    this.#op('(')
    for (const [key, value] of entries) {
      this.write(key)
      this.write(value)
    }
    this.#op('u')
  }

  /** _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks) */
  #tensor(dims: readonly number[], elements: number, storage: string, bytes: Uint8Array): void {
    const needed = dims.reduce((product, dim) => product * dim, 1)
    if (elements !== needed) throw new Error(`tensor [${dims.join()}] has ${elements} values`)
    const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, dim) => product * dim, 1))
    const key = String(this.storages.push(bytes) - 1)
    this.#global('torch._utils', '_rebuild_tensor_v2')
    this.#op('(')
    this.#op('(')
    this.write('storage')
    this.#global('torch', storage)
    for (const part of [key, 'cpu', elements]) this.write(part)
    this.#op('t')
    this.#op('Q')
    this.write(0)
    this.#tuple(dims)
    this.#tuple(strides)
    this.write(false)
    this.#emptyOrderedDict()
    this.#op('t')
    this.#op('R')
  }

  #view(length: number, set: (view: DataView) => void): void {
    const bytes = new Uint8Array(length)
    set(new DataView(bytes.buffer))
    this.#bytes.push(...bytes)
  }
}

const op = (code: string): number => code.charCodeAt(0)
