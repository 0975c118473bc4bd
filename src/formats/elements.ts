/**
 * Elements of tensors in files: the types that PyTorch and safetensors share, and reading them as plain numbers.
 * Half, bfloat16 and float32 become float32 exactly; the others keep every digit (int64: up to 2^53, beyond it an error).
 */
import { UserError } from '../errors'
import { fromHalf } from '../onnx/tensor'

export type ElementType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool'

export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
}

export type Values = Float32Array | Float64Array | Int32Array | Uint8Array

/** A tensor of a file, row-major. */
export interface FileTensor {
  readonly dtype: ElementType
  readonly dims: readonly number[]
  readonly values: Values
}

type Reader = (view: DataView, at: number, little: boolean) => number

const READERS: Readonly<Record<ElementType, Reader>> = {
  float64: (v, at, little) => v.getFloat64(at, little),
  float32: (v, at, little) => v.getFloat32(at, little),
  float16: (v, at, little) => fromHalf(v.getUint16(at, little)),
  bfloat16: (v, at, little) => fromBfloat16(v.getUint16(at, little)),
  int64: (v, at, little) => wholeNumber(v.getBigInt64(at, little)),
  int32: (v, at, little) => v.getInt32(at, little),
  int16: (v, at, little) => v.getInt16(at, little),
  int8: (v, at) => v.getInt8(at),
  uint8: (v, at) => v.getUint8(at),
  bool: (v, at) => (v.getUint8(at) ? 1 : 0),
}

/** Reads elements of a type at byte offsets. */
export const readerOf = (dtype: ElementType): Reader => READERS[dtype]

/** Room for so many elements of a type, as numbers. */
export function emptyValues(dtype: ElementType, length: number): Values {
  if (dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16') return new Float32Array(length)
  if (dtype === 'float64' || dtype === 'int64') return new Float64Array(length)
  return dtype === 'uint8' || dtype === 'bool' ? new Uint8Array(length) : new Int32Array(length)
}

/** All elements of densely packed bytes; a copy. */
export function readElements(dtype: ElementType, bytes: Uint8Array, little = true): Values {
  const width = ELEMENT_BYTES[dtype]
  const length = Math.floor(bytes.byteLength / width)
  const values = emptyValues(dtype, length)
  if (PLATFORM_LITTLE && little && (dtype === 'float32' || dtype === 'float64' || dtype === 'uint8')) {
    // A copy of the bytes is what they mean, NaN payloads included.
    new Uint8Array(values.buffer).set(bytes.subarray(0, length * width))
    return values
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = READERS[dtype]
  for (let i = 0; i < length; i++) values[i] = read(view, i * width, little)
  return values
}

/** float32 little-endian, whatever the platform. */
export function float32Bytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 4)
  if (PLATFORM_LITTLE) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    return bytes
  }
  const view = new DataView(bytes.buffer)
  values.forEach((value, i) => view.setFloat32(4 * i, value, true))
  return bytes
}

/** The tensor's values as float32; float64 and large integers are rounded. */
export function toFloat32({ values }: FileTensor): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values)
}

const PLATFORM_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

function fromBfloat16(bits: number): number {
  SCRATCH.setUint32(0, bits << 16)
  return SCRATCH.getFloat32(0)
}
const SCRATCH = new DataView(new ArrayBuffer(4))

function wholeNumber(value: bigint): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new UserError(
    `A whole number in the file, ${value}, is too large for this program.`,
    'Only numbers up to 2^53 can be read exactly.',
  )
}
