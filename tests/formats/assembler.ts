/** Pickles and zips byte by byte, for files that no honest program writes. */
import { zipSync } from 'fflate'

const text = (value: string) => [...new TextEncoder().encode(value)]
const u32 = (n: number) => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, (n >>> 24) & 255]

/** Opcodes by name; each gives bytes. */
export const op = {
  proto: (n = 2) => [0x80, n],
  mark: [0x28],
  stop: [0x2e],
  none: text('N'),
  int: (n: number) => [0x4a, ...u32(n)],
  int64: (n: bigint) => [0x8a, 9, ...Array.from({ length: 9 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n))],
  float: (n: number) => {
    const view = new DataView(new ArrayBuffer(8))
    view.setFloat64(0, n)
    return [0x47, ...new Uint8Array(view.buffer)]
  },
  string: (value: string) => [0x58, ...u32(text(value).length), ...text(value)],
  global: (module: string, name: string) => text(`c${module}\n${name}\n`),
  tuple: text('t'),
  emptyTuple: text(')'),
  tuple1: [0x85],
  tuple2: [0x86],
  list: text(']'),
  dict: text('}'),
  append: text('a'),
  appends: text('e'),
  setItem: text('s'),
  setItems: text('u'),
  reduce: text('R'),
  newObject: [0x81],
  build: text('b'),
  persistent: text('Q'),
  put: (n: number) => [0x72, ...u32(n)],
  get: (n: number) => [0x6a, ...u32(n)],
  memoize: [0x94],
  dup: text('2'),
  pop: text('0'),
}

type Bytes = readonly number[]

export const pickle = (...parts: readonly Bytes[]): Uint8Array =>
  Uint8Array.from([...op.proto(), ...parts.flat(), ...op.stop])

/** ('storage', torch.<type>, key, 'cpu', elements), as a persistent id. */
export const storage = (type = 'FloatStorage', key = '0', elements: Bytes = op.int(4)): Bytes => [
  ...op.mark,
  ...op.string('storage'),
  ...op.global('torch', type),
  ...op.string(key),
  ...op.string('cpu'),
  ...elements,
  ...op.tuple,
  ...op.persistent,
]

const numbers = (values: readonly (number | bigint)[]): Bytes => [
  ...op.mark,
  ...values.flatMap((n) => (typeof n === 'bigint' ? op.int64(n) : Number.isInteger(n) ? op.int(n) : op.float(n))),
  ...op.tuple,
]

export const tensor = (
  dims: readonly (number | bigint)[],
  strides: readonly (number | bigint)[],
  { offset = 0 as number | bigint, of = storage() } = {},
): Bytes => [
  ...op.global('torch._utils', '_rebuild_tensor_v2'),
  ...op.mark,
  ...of,
  ...(typeof offset === 'bigint' ? op.int64(offset) : op.int(offset)),
  ...numbers(dims),
  ...numbers(strides),
  0x89,
  ...op.global('collections', 'OrderedDict'),
  ...op.emptyTuple,
  ...op.reduce,
  ...op.tuple,
  ...op.reduce,
]

/** A checkpoint with this pickle and one storage of four floats. */
export function checkpoint(data: Uint8Array, more: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  const files = { 'archive/data.pkl': data, 'archive/data/0': new Uint8Array(16), ...more }
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) })
}

/** A copy with these bytes, little-endian, written at each place where the four bytes of `signature` stand, plus `offset`. */
export function patch(zip: Uint8Array, signature: number, offset: number, value: number, width: 2 | 4 = 4): Uint8Array {
  const copy = zip.slice()
  const view = new DataView(copy.buffer)
  for (let at = 0; at + 4 <= copy.length; at++) {
    if (view.getUint32(at, true) !== signature) continue
    if (width === 2) view.setUint16(at + offset, value, true)
    else view.setUint32(at + offset, value, true)
  }
  return copy
}
export const LOCAL = 0x04034b50
export const CENTRAL = 0x02014b50
export const END = 0x06054b50
