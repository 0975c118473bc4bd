/**
 * Tensors and a few facts about them as bytes, exact and checked: 4 bytes magic, the length of the header (uint32,
 * little-endian), the sha256 of all that follows (32 bytes); then the header, JSON padded with spaces to whole words, and
 * the float32 data, little-endian, tensor after tensor.
 */
import { z } from 'zod'
import type { NamedTensors } from '../methods/method'
import { sha256 } from '../models/sha256'
import { ClauseError, said } from '../sentence'

const MAGIC = 0x6b635050 // "PPck"
const PREFIX = 4 + 4 + 32

const headerSchema = z.strictObject({
  version: z.literal(1),
  facts: z.unknown(),
  tensors: z.array(z.strictObject({ name: z.string(), dims: z.array(z.int().min(0)) })),
})

export interface Packed {
  readonly facts: unknown
  readonly tensors: NamedTensors
}

/** What was read is not what was written. */
export class DamagedError extends ClauseError {
  override readonly name = 'DamagedError'
}

export async function pack({ facts, tensors }: Packed): Promise<Uint8Array<ArrayBuffer>> {
  const named = Object.entries(tensors)
  const header = { version: 1, facts, tensors: named.map(([name, { dims }]) => ({ name, dims })) }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const headerBytes = Math.ceil(text.length / 4) * 4
  const floats = named.reduce((sum, [, { data }]) => sum + data.length, 0)
  const bytes = new Uint8Array(PREFIX + headerBytes + 4 * floats)
  bytes.fill(0x20, PREFIX, PREFIX + headerBytes)
  bytes.set(text, PREFIX)
  let at = PREFIX + headerBytes
  for (const [, { data }] of named) {
    // Bit by bit: no float is read as a number, which could change a NaN. Every engine of WebAssembly is little-endian.
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, headerBytes, true)
  bytes.set(fromHex(await sha256(bytes.subarray(PREFIX))), 8)
  return bytes
}

/** @throws DamagedError */
export async function unpack(bytes: unknown): Promise<Packed> {
  if (!(bytes instanceof Uint8Array) || bytes.length < PREFIX) throw new DamagedError('it is cut off')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== MAGIC) throw new DamagedError('it does not begin as it should')
  if ((await sha256(bytes.subarray(PREFIX))) !== toHex(bytes.subarray(8, PREFIX))) {
    throw new DamagedError('its checksum is not true')
  }
  const end = PREFIX + view.getUint32(4, true)
  const header = headerSchema.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(PREFIX, end))))
  let at = end
  const tensors = header.tensors.map(({ name, dims }) => {
    const byteLength = 4 * dims.reduce((product, dim) => product * dim, 1)
    if (at + byteLength > bytes.length) throw new DamagedError(said`${name} is cut off`)
    const data = new Float32Array(bytes.slice(at, at + byteLength).buffer)
    at += byteLength
    return [name, { dims, data }] as const
  })
  if (at !== bytes.length) throw new DamagedError('there is more than its header says')
  return { facts: header.facts, tensors: Object.fromEntries(tensors) }
}

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
