/** safetensors: the library's own file is read, what is written here is a file of the format, and bad headers are refused. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../src/formats/safetensors'
import { UserError } from '../../src/errors'
import { refusal } from '../support/refusal'

const folder = 'tests/fixtures/safetensors'

it("reads the library's file, every element type, and its metadata", () => {
  const { tensors, metadata } = readSafetensors('a', new Uint8Array(readFileSync(`${folder}/elements.safetensors`)))
  const wanted = JSON.parse(readFileSync(`${folder}/values.json`, 'utf8')) as Record<
    string,
    { dims: number[]; values: unknown[] }
  >
  expect([...tensors.keys()].sort()).toEqual(Object.keys(wanted).sort())
  for (const [name, { dims, dtype, values }] of tensors) {
    const plain = Array.from(values, (v) => (dtype === 'bool' ? v === 1 : Number.isFinite(v) ? v : String(v)))
    const python = wanted[name]!.values.map(
      (v) => ({ nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' })[String(v)] ?? v,
    )
    expect({ name, dims, values: plain }).toEqual({ name, dims: wanted[name]!.dims, values: python })
  }
  expect(Object.fromEntries(metadata)).toEqual({ format: 'pt', note: 'Grüße' })
})

it('writes what it reads, bit for bit', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.array(fc.float(), { maxLength: 9 }), { maxKeys: 5 }),
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
      (arrays, metadata) => {
        const tensors = Object.fromEntries(
          Object.entries(arrays).map(([name, data]) => [name, { dims: [data.length], data: Float32Array.from(data) }]),
        )
        const back = readSafetensors('own', writeSafetensors(tensors, metadata))
        expect(Object.fromEntries(back.metadata)).toEqual(metadata)
        expect([...back.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort())
        for (const [name, { dims, data }] of Object.entries(tensors)) {
          const read = back.tensors.get(name)!
          expect(read.dims).toEqual(dims)
          expect(new Uint32Array(new Float32Array(read.values).buffer)).toEqual(new Uint32Array(data.slice().buffer))
        }
      },
    ),
    { numRuns: 60 },
  )
})

/** A file of this header and so many bytes of data. */
function file(header: string, dataBytes = 0, length = BigInt(new TextEncoder().encode(header).length)): Uint8Array {
  const json = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + json.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, length, true)
  bytes.set(json, 8)
  return bytes
}

const F32 = (from: number, to: number, shape = [(to - from) / 4]) =>
  JSON.stringify({ dtype: 'F32', shape, data_offsets: [from, to] })

const HOSTILE: Record<string, [file: Uint8Array, said: string]> = {
  'an empty file': [new Uint8Array(), 'too short'],
  'seven bytes': [new Uint8Array(7), 'too short'],
  'a header longer than the file': [file('{}', 0, 3n), 'longer than the file'],
  'a header of 2^63 bytes': [file('{}', 0, 2n ** 63n), 'longer than the file'],
  'a header of 20 MB': [file(`{"a":"${'x'.repeat(20e6)}"}`), 'over 16 MB'],
  'a list': [file('[]'), 'not a JSON object'],
  'no JSON': [file('{"a":}'), 'not JSON'],
  'no UTF-8': [Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff), 'not UTF-8'],
  'a byte-order mark': [file('\ufeff{}'), 'not a JSON object'],
  'a bomb of brackets': [file(`{"a":${'['.repeat(1e6)}`), 'too deep'],
  'a name twice': [file(`{"a":${F32(0, 4)},"a":${F32(4, 8)}}`, 8), '"a" twice'],
  'a name twice, once escaped': [file(`{"a":${F32(0, 4)},"\\u0061":${F32(0, 4)}}`, 4), '"a" twice'],
  'metadata that are numbers': [file('{"__metadata__":{"a":1}}'), 'metadata are not strings'],
  'metadata twice': [file('{"__metadata__":{},"__metadata__":{}}'), 'twice'],
  'an entry that is a number': [file('{"a":1}'), 'not that of a tensor'],
  'an entry without offsets': [file('{"a":{"dtype":"F32","shape":[]}}'), 'not that of a tensor'],
  'a key of its own': [file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}`), 'not that of a tensor'],
  'an unknown type': [file('{"a":{"dtype":"C64","shape":[],"data_offsets":[0,8]}}', 8), 'type "C64"'],
  'a type from Object': [
    file('{"a":{"dtype":"constructor","shape":[],"data_offsets":[0,8]}}', 8),
    'type "constructor"',
  ],
  'a negative shape': [file('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4), 'not that of a tensor'],
  'a shape of halves': [file('{"a":{"dtype":"F32","shape":[0.5],"data_offsets":[0,2]}}', 2), 'not that of a tensor'],
  'a shape beyond all numbers': [
    file('{"a":{"dtype":"U8","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}'),
    'too large',
  ],
  'a shape of too many axes': [file(`{"a":${F32(0, 4, Array<number>(99).fill(1))}}`, 4), 'not that of a tensor'],
  'offsets that run backwards': [file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', 4), 'outside'],
  'offsets beyond the file': [file(`{"a":${F32(0, 8)}}`, 4), 'outside'],
  'fewer bytes than the shape needs': [file(`{"a":${F32(0, 4, [2])}}`, 4), '4 bytes for [2]'],
  'two tensors of one place': [file(`{"a":${F32(0, 8)},"b":${F32(4, 8)}}`, 8), 'shares bytes'],
  'a gap': [file(`{"a":${F32(4, 8)}}`, 8), 'belong to no tensor'],
  'bytes at the end': [file(`{"a":${F32(0, 4)}}`, 5), 'belong to no tensor'],
}

describe('refuses', () => {
  it.each(Object.entries(HOSTILE))('%s', (_, [bytes, said]) => {
    const { message } = refusal(() => readSafetensors('bad', bytes))
    expect(message).toContain('"bad" is not a safetensors file')
    expect(message).toContain(said)
  })

  it('an unfinished name of megabytes, soon', () => {
    const before = performance.now()
    refusal(() => readSafetensors('bad', file(`{${'"\\'.repeat(4e6)}`)))
    expect(performance.now() - before).toBeLessThan(5000)
  })

  it('whatever is changed in a good file, or reads it', () => {
    const good = writeSafetensors({
      a: { dims: [2], data: Float32Array.of(1, 2) },
      b: { dims: [], data: Float32Array.of(3) },
    })
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const changed = good.slice(0, length)
        if (at < length) changed[at] = byte
        try {
          readSafetensors('changed', changed)
        } catch (error) {
          expect(error).toBeInstanceOf(UserError)
        }
      }),
      { numRuns: 300 },
    )
  })
})

it('a tensor called __proto__ is a tensor', () => {
  const tensors = JSON.parse('{"__proto__":0}') as Record<string, never>
  Object.defineProperty(tensors, '__proto__', { value: { dims: [1], data: Float32Array.of(5) }, enumerable: true })
  expect(readSafetensors('own', writeSafetensors(tensors)).tensors.get('__proto__')?.values[0]).toBe(5)
})
