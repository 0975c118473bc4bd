/**
 * What a checkpoint holds, as plain values: tuples and lists are arrays, dicts are Maps (keys may be numbers, and none can
 * be mistaken for a property of an object), objects of the few known classes are their fields.
 */
import { UserError } from '../../errors'
import { ELEMENT_BYTES, emptyValues, readElements, readerOf, type ElementType, type FileTensor } from '../elements'

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Set<PickleValue>
  | PickleDict
  | PickleRecord
  | PickleGlobal
  | TorchStorage
  | TorchTensor

export type PickleDict = Map<PickleValue, PickleValue>

/** An object of a class that only holds fields, e.g. argparse.Namespace. */
export class PickleRecord {
  /** Whether a state that is no dict of fields may be passed over; where it is absent none may. */
  takesState: ((state: PickleValue) => boolean) | null = null

  constructor(
    readonly className: string,
    readonly fields: Map<PickleValue, PickleValue>,
  ) {}
}

/** A name that a pickle may use. `call` is our own code, given the arguments; null where calling it makes no sense. */
export class PickleGlobal {
  constructor(
    readonly name: string,
    readonly call: ((args: readonly PickleValue[]) => PickleValue) | null = null,
    /** Of a storage class or a torch.dtype. */
    readonly element: ElementType | null = null,
  ) {}
}

export class TorchStorage {
  constructor(
    readonly dtype: ElementType,
    readonly elements: number,
    /** Filled later where the file holds its storages behind the pickle. */
    public bytes: Uint8Array | null,
    readonly little: boolean,
  ) {}
}

/** Elements of one tensor at most; and so many more than its storage has, which a stride of 0 can ask for. */
const MAX_ELEMENTS = 2 ** 28
const MAX_REPEATED = 2 ** 20

/** A view of a storage, as PyTorch keeps it. Its values are laid out when they are asked for. */
export class TorchTensor {
  readonly elements: number

  /** @throws UserError where it would reach outside of its storage */
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly dims: readonly number[],
    readonly strides: readonly number[],
    readonly dtype: ElementType = storage.dtype,
  ) {
    this.elements = dims.reduce((product, dim) => product * dim, 1)
    const width = ELEMENT_BYTES[storage.dtype] / ELEMENT_BYTES[dtype]
    const room = storage.elements * width
    const whole = [offset, ...dims, ...strides].every((n) => Number.isSafeInteger(n) && n >= 0)
    const last = dims.reduce((sum, dim, i) => sum + (dim - 1) * strides[i]!, offset)
    const fits = this.elements === 0 ? offset <= room : last < room
    const sane = this.elements <= MAX_ELEMENTS && this.elements <= room + MAX_REPEATED
    if (whole && dims.length <= 32 && strides.length === dims.length && fits && sane) return
    throw new UserError(
      `A tensor of [${dims.slice(0, 8).join(',')}] in the file does not lie within its data.`,
      'The file is damaged or was tampered with; save it anew with PyTorch.',
    )
  }

  /** Row-major copy. */
  read(): FileTensor {
    const { storage, offset, dims, strides, dtype } = this
    if (!storage.bytes) throw new Error('storage without bytes')
    const width = ELEMENT_BYTES[dtype]
    if (this.elements === 0) return { dtype, dims, values: emptyValues(dtype, 0) }
    if (isContiguous(dims, strides)) {
      const bytes = storage.bytes.subarray(offset * width, (offset + this.elements) * width)
      return { dtype, dims, values: readElements(dtype, bytes, storage.little) }
    }
    const values = emptyValues(dtype, this.elements)
    const view = new DataView(storage.bytes.buffer, storage.bytes.byteOffset, storage.bytes.byteLength)
    const read = readerOf(dtype)
    const place = dims.map(() => 0)
    let at = offset
    for (let i = 0; i < values.length; i++) {
      values[i] = read(view, at * width, storage.little)
      for (let axis = dims.length - 1; axis >= 0; axis--) {
        at += strides[axis]!
        if (++place[axis]! < dims[axis]!) break
        at -= strides[axis]! * dims[axis]!
        place[axis] = 0
      }
    }
    return { dtype, dims, values }
  }
}

function isContiguous(dims: readonly number[], strides: readonly number[]): boolean {
  let expected = 1
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (dims[axis] !== 1 && strides[axis] !== expected) return false
    expected *= dims[axis]!
  }
  return true
}

/** The entry of a dict or record under a name; undefined where there is none. */
export function fieldOf(value: PickleValue | undefined, key: string): PickleValue | undefined {
  if (value instanceof Map) return value.get(key)
  return value instanceof PickleRecord ? value.fields.get(key) : undefined
}
