/**
 * safetensors (huggingface/safetensors, README "Format"): 8 bytes length of the header, uint64 little-endian; the header,
 * JSON of name -> {dtype, shape, data_offsets} and __metadata__ of strings; the data, little-endian, row-major, every
 * byte belonging to exactly one tensor.
 */
import { z } from 'zod'
import { UserError } from '../errors'
import type { NamedTensors } from '../methods/method'
import { said, sentenceOf, type Sentence } from '../sentence'
import { ELEMENT_BYTES, float32Bytes, readElements, type ElementType, type FileTensor } from './elements'
import { scanObject } from './json-scan'

const MAX_HEADER_BYTES = 16 * 2 ** 20
const MAX_ELEMENTS = 2 ** 30
const METADATA = '__metadata__'

const DTYPES: Readonly<Record<string, ElementType>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
}

const whole = z.int().min(0)
const infoSchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(whole).max(16),
  data_offsets: z.tuple([whole, whole]),
})
const metadataSchema = z.record(z.string(), z.string())

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, FileTensor>
  readonly metadata: ReadonlyMap<string, string>
}

/**
 * @param name what the file is called, for people
 * @throws UserError
 */
export function readSafetensors(name: string, bytes: Uint8Array): Safetensors {
  const bad = (what: string | Sentence, cause?: unknown) =>
    new UserError(
      said`"${name}" is not a safetensors file that can be read: ${sentenceOf(what)}.`,
      'Save it anew with the safetensors library, or export it again from this program.',
      { cause },
    )
  if (bytes.length < 8) throw bad('it is too short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getBigUint64(0, true)
  if (length > BigInt(bytes.length - 8)) throw bad('its header is longer than the file')
  if (length > BigInt(MAX_HEADER_BYTES)) throw bad(`its header is over ${MAX_HEADER_BYTES / 2 ** 20} MB long`)
  const start = 8 + Number(length)

  const header = parseHeader(bytes.subarray(8, start), bad)
  const tensors = new Map<string, FileTensor>()
  const spans: { readonly from: number; readonly to: number; readonly key: string }[] = []
  let metadata: ReadonlyMap<string, string> = new Map()
  for (const [key, value] of Object.entries(header)) {
    if (key === METADATA) {
      const parsed = metadataSchema.safeParse(value)
      if (!parsed.success) throw bad('its metadata are not strings')
      metadata = new Map(Object.entries(parsed.data))
      continue
    }
    const parsed = infoSchema.safeParse(value)
    const shown = JSON.stringify(key.slice(0, 80))
    if (!parsed.success) throw bad(`the entry ${shown} of its header is not that of a tensor`)
    const { dtype: code, shape: dims, data_offsets: [from, to] } = parsed.data // prettier-ignore
    const dtype = Object.hasOwn(DTYPES, code) ? DTYPES[code]! : null
    if (dtype === null) throw bad(`${shown} has elements of type ${JSON.stringify(code.slice(0, 20))}`)
    const count = dims.reduce((product, dim) => product * dim, 1)
    if (!(count <= MAX_ELEMENTS)) throw bad(`${shown} is too large`)
    if (from > to || start + to > bytes.length) throw bad(`${shown} lies outside of the file`)
    if (to - from !== count * ELEMENT_BYTES[dtype]) throw bad(`${shown} has ${to - from} bytes for [${dims.join(',')}]`)
    spans.push({ from, to, key: shown })
    tensors.set(key, { dtype, dims, values: readElements(dtype, bytes.subarray(start + from, start + to)) })
  }
  let end = 0
  for (const { from, to, key } of spans.sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end)
      throw bad(from < end ? `${key} shares bytes with another tensor` : `bytes before ${key} belong to no tensor`)
    end = to
  }
  if (start + end !== bytes.length) throw bad('bytes at its end belong to no tensor')
  return { tensors, metadata }
}

function parseHeader(
  bytes: Uint8Array,
  bad: (what: string | Sentence, cause?: unknown) => UserError,
): Record<string, unknown> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw bad('its header is not UTF-8', cause)
  }
  if (!text.startsWith('{')) throw bad('its header is not a JSON object')
  // An entry of the header holds one list of numbers: deeper nesting is no safetensors, and could be a bomb.
  const { duplicate, depth } = scanObject(text)
  if (depth > 3) throw bad('its header is nested too deep')
  if (duplicate !== null) throw bad(`it names ${JSON.stringify(duplicate.slice(0, 80))} twice`)
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (cause) {
    throw bad('its header is not JSON', cause)
  }
}

/** float32 tensors as a file; names in the order given. */
export function writeSafetensors(tensors: NamedTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : []
  let offset = 0
  for (const [name, { dims, data }] of Object.entries(tensors)) {
    if (name === METADATA) throw new Error(`no tensor can be called ${METADATA}`)
    if (dims.reduce((product, dim) => product * dim, 1) !== data.length) {
      throw new Error(`${name} [${dims.join()}] has ${data.length} values`)
    }
    header.push([name, { dtype: 'F32', shape: dims, data_offsets: [offset, (offset += 4 * data.length)] }])
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  // Spaces bring the data to a multiple of 8 bytes, as the library writes it.
  const start = 8 + Math.ceil(json.length / 8) * 8
  const file = new Uint8Array(start + offset).fill(0x20, 8, start)
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true)
  file.set(json, 8)
  let at = start
  for (const { data } of Object.values(tensors)) {
    file.set(float32Bytes(data), at)
    at += 4 * data.length
  }
  return file
}
