/** Making and reading tensors: typed values in, little-endian bytes out, and back. */
import type { DType, Shape, Tensor } from './model'
import { elementCount } from './model'

export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
}

/** Tensor of the given values (row-major). int64 values must be safe integers. */
export function makeTensor(dtype: DType, dims: Shape, values: ArrayLike<number>): Tensor {
  const n = elementCount(dims)
  if (values.length !== n)
    throw new Error(`tensor of ${dtype} [${dims.join()}] needs ${n} values, got ${values.length}`)
  return { dtype, dims, bytes: encodeValues(dtype, values), location: null }
}

function encodeValues(dtype: DType, values: ArrayLike<number>): Uint8Array {
  switch (dtype) {
    case 'float32':
      return bytesOf(Float32Array.from(values))
    case 'float64':
      return bytesOf(Float64Array.from(values))
    case 'float16':
      return bytesOf(Uint16Array.from(values, toHalf))
    case 'int32':
      return bytesOf(Int32Array.from(values))
    case 'int64':
      return bytesOf(BigInt64Array.from(Array.from(values, (v) => BigInt(v))))
    case 'int8':
      return bytesOf(Int8Array.from(values))
    case 'uint8':
      return Uint8Array.from(values)
    case 'bool':
      return Uint8Array.from(values, (v) => (v ? 1 : 0))
  }
}

/** The elements as numbers; int64 beyond 2^53 would lose digits and is an error. */
export function tensorValues(tensor: Tensor): number[] {
  const { bytes, dtype, dims } = tensor
  const n = elementCount(dims)
  if (bytes.byteLength < n * BYTES_PER_ELEMENT[dtype]) {
    throw new Error(`tensor of ${dtype} [${dims.join()}] has only ${bytes.byteLength} bytes`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = READERS[dtype]
  const width = BYTES_PER_ELEMENT[dtype]
  return Array.from({ length: n }, (_, i) => read(view, i * width))
}

const READERS: Readonly<Record<DType, (view: DataView, offset: number) => number>> = {
  float32: (v, o) => v.getFloat32(o, true),
  float64: (v, o) => v.getFloat64(o, true),
  float16: (v, o) => fromHalf(v.getUint16(o, true)),
  int32: (v, o) => v.getInt32(o, true),
  int64: (v, o) => safeInteger(v.getBigInt64(o, true)),
  int8: (v, o) => v.getInt8(o),
  uint8: (v, o) => v.getUint8(o),
  bool: (v, o) => (v.getUint8(o) ? 1 : 0),
}

/** PyTorch writes INT64_MAX as "to the end" in Slice; it must survive as "very large", not fail. */
export function safeInteger(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER
  if (value < BigInt(Number.MIN_SAFE_INTEGER)) return Number.MIN_SAFE_INTEGER
  return Number(value)
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/** IEEE 754 binary16 bits of a number, rounding to nearest even; overflow becomes infinity. */
export function toHalf(value: number): number {
  const f32 = new Float32Array([value])
  const bits = new Uint32Array(f32.buffer)[0]!
  const sign = (bits >>> 16) & 0x8000
  const exponent = (bits >>> 23) & 0xff
  const mantissa = bits & 0x7fffff
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0)
  const e = exponent - 127 + 15
  if (e >= 31) return sign | 0x7c00
  if (e <= 0) {
    if (e < -10) return sign
    const whole = mantissa | 0x800000
    const shift = 1 - e
    // Bits shifted out still decide whether this is a tie.
    const sticky = (whole & ((1 << shift) - 1)) === 0 ? 0 : 1
    return sign | roundToEven((whole >>> shift) | sticky)
  }
  // A carry out of the mantissa correctly increments the exponent, up to infinity.
  return sign | ((e << 10) + roundToEven(mantissa))
}

function roundToEven(mantissa23: number): number {
  const low = mantissa23 & 0x1fff
  const high = mantissa23 >>> 13
  return low > 0x1000 || (low === 0x1000 && (high & 1) === 1) ? high + 1 : high
}

export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 0x1f
  const mantissa = bits & 0x3ff
  if (exponent === 31) return mantissa ? NaN : sign * Infinity
  if (exponent === 0) return sign * mantissa * 2 ** -24
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15)
}
