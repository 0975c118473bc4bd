/** safetensors: the library's own file is read, what is written here is a file of the format, and bad headers are refused. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../src/formats/safetensors'
import { UserError } from '../../src/errors'
import { file } from '../broken/tensors'
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

describe('refuses', () => {
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
