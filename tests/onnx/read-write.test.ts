/** Reading and writing ONNX files: nothing is lost, nothing is copied, and damage is met with a sentence. */
import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import type { DType, Graph, OnnxModel } from '../../src/onnx/model'
import { DTYPES } from '../../src/onnx/model'
import { ModelProtoSchema, TensorProto_DataLocation } from '../../src/onnx/proto/onnx_pb'
import { decodeModel } from '../../src/onnx/read'
import { fromHalf, tensorValues, toHalf } from '../../src/onnx/tensor'
import { encodeModel, referredFiles } from '../../src/onnx/write'
import { DTYPE_VALUES, sampleModel } from './sample'
import { uniformSource } from '../support/random'
import { refusal } from '../support/refusal'

const written = () => encodeModel(sampleModel(), { weights: 'inline' })

/** Everything of a graph but where its bytes lie. */
function plain(graph: Graph): unknown {
  return {
    ...graph,
    initializers: [...graph.initializers].map(([name, t]) => [name, t.dtype, t.dims, tensorValues(t)]),
    nodes: graph.nodes.map((n) => ({
      ...n,
      attributes: Object.entries(n.attributes).map(([name, a]) => {
        if (a.type === 'graph') return [name, plain(a.value)]
        if (a.type === 'tensor') return [name, a.value.dtype, a.value.dims, tensorValues(a.value)]
        return [name, a]
      }),
    })),
  }
}

/** A file of one tensor `t` beside an Identity node. */
function fileWith(tensor: object, extra: object = {}): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: '', version: 17n }],
      graph: {
        name: 'g',
        node: [{ opType: 'Identity', input: ['t'], output: ['y'], name: 'id' }],
        initializer: [{ name: 't', ...tensor }],
        ...extra,
      },
    }),
  )
}

describe('a written model', () => {
  it('is read as it was, twice over', () => {
    const first = decodeModel(written())
    const second = decodeModel(encodeModel(first, { weights: 'inline' }))
    expect(plain(first.graph)).toEqual(plain(sampleModel().graph))
    expect(plain(second.graph)).toEqual(plain(first.graph))
    expect(second.opset).toBe(17)
  })

  it('holds every element type', () => {
    const { initializers } = decodeModel(written()).graph
    for (const [dtype, values] of Object.entries(DTYPE_VALUES)) {
      expect(tensorValues(initializers.get(`of_${dtype}`)!)).toEqual(values)
    }
  })

  it('refers to large weights in the file they came from instead of copying them', () => {
    const bytes = written()
    const model = decodeModel(bytes)
    const small = encodeModel(model)
    expect(small.byteLength).toBeLessThan(bytes.byteLength - 1000)
    expect(referredFiles(model).map((f) => f.data)).toEqual([bytes])
    const again = decodeModel(small, [{ path: 'model.onnx', data: bytes }])
    expect(plain(again.graph)).toEqual(plain(model.graph))
  })
})

describe('weights', () => {
  it('are views of the file, at the offsets that are remembered', () => {
    // A file within a larger buffer, as a download may be.
    const whole = new Uint8Array(written().byteLength + 24)
    whole.set(written(), 11)
    const bytes = whole.subarray(11, whole.byteLength - 13)
    const model = decodeModel(bytes)
    for (const t of model.graph.initializers.values()) {
      expect(t.bytes.buffer).toBe(whole.buffer)
      const { offset, length, path } = t.location!
      expect(path).toBe('model.onnx')
      expect(bytes.subarray(offset, offset + length)).toEqual(t.bytes)
    }
  })

  it('may lie in a second file', () => {
    const external = (entries: Record<string, string>) =>
      fileWith({
        dataType: DTYPES.float32,
        dims: [2n],
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
      })
    const data = new Uint8Array(Float32Array.of(9, 1.5, -2, 8).buffer)
    const file = { path: 'w.bin', data }
    const of = (bytes: Uint8Array) => tensorValues(decodeModel(bytes, [file]).graph.initializers.get('t')!)
    expect(of(external({ location: 'w.bin', offset: '4', length: '8' }))).toEqual([1.5, -2])
    expect(of(external({ location: 'w.bin', offset: '4' }))).toEqual([1.5, -2])
    expect(of(external({ location: 'w.bin' }))).toEqual([9, 1.5])
    const model = decodeModel(external({ location: 'w.bin', offset: '4' }), [file])
    expect(model.graph.initializers.get('t')!.location).toEqual({ path: 'w.bin', offset: 4, length: 8 })

    expect(refusal(() => decodeModel(external({ location: 'w.bin' }))).message).toContain('`w.bin`')
    for (const damaged of [
      { offset: '12' },
      { offset: '-4' },
      { offset: 'x' },
      { offset: '4', length: '4' },
      { length: '' },
    ]) {
      const attempt = () => of(external({ location: 'w.bin', ...damaged } as Record<string, string>))
      if ('length' in damaged && damaged.length === '') expect(attempt()).toEqual([9, 1.5])
      else expect(refusal(attempt).message).toContain('`t` are cut short')
    }
  })

  it.each([
    ['float32', { floatData: [0.5, -1.25, 3, 0] }],
    ['float64', { doubleData: [0.1, -1e300, 3, 0] }],
    ['int64', { int64Data: [1n - 2n ** 53n, 2n ** 53n - 1n, 0n, 7n] }],
    ['int32', { int32Data: [-(2 ** 31), 2 ** 31 - 1, 0, 7] }],
    ['int8', { int32Data: [-128, 127, 0, 7] }],
    ['uint8', { int32Data: [0, 255, 1, 7] }],
    ['bool', { int32Data: [0, 1, 1, 0] }],
    ['float16', { int32Data: [0.5, -65504, 2 ** -24, 0].map(toHalf) }],
  ] as [DType, object][])('of %s may be typed fields instead of raw bytes', (dtype, data) => {
    const bytes = fileWith({ dataType: DTYPES[dtype], dims: [2n, 2n], ...data })
    expect(tensorValues(decodeModel(bytes).graph.initializers.get('t')!)).toEqual(DTYPE_VALUES[dtype])
  })

  it('that mean "to the end" stay so, raw or typed', () => {
    const most = 2n ** 63n - 1n
    const raw = new Uint8Array(BigInt64Array.of(most, -most - 1n).buffer)
    for (const data of [{ rawData: raw }, { int64Data: [most, -most - 1n] }]) {
      const model = decodeModel(fileWith({ dataType: DTYPES.int64, dims: [2n], ...data }))
      expect(tensorValues(model.graph.initializers.get('t')!)).toEqual([2 ** 53 - 1, -(2 ** 53) + 1])
    }
  })

  it('that are cut short are named', () => {
    const bytes = fileWith({ dataType: DTYPES.float32, dims: [3n], rawData: new Uint8Array(8) })
    expect(refusal(() => decodeModel(bytes)).message).toBe(
      'The weights of `t` are cut short: the model file is incomplete.',
    )
    expect(
      refusal(() => decodeModel(fileWith({ dataType: DTYPES.float32, dims: [-2n, -2n], rawData: new Uint8Array(16) }))),
    ).toBeInstanceOf(UserError)
    expect(
      refusal(() => decodeModel(fileWith({ dataType: DTYPES.float32, dims: [3n], floatData: [1] }))),
    ).toBeInstanceOf(UserError)
  })

  it('of an element type that is not supported are named', () => {
    const bytes = fileWith({ dataType: 16, dims: [1n], rawData: new Uint8Array(2) })
    expect(refusal(() => decodeModel(bytes)).message).toContain('`t` has an element type (ONNX type 16)')
  })

  it.each([21, 22, 23])('of 4 bits (ONNX type %i) are refused with what to take instead', (dataType) => {
    const error = refusal(() => decodeModel(fileWith({ dataType, dims: [2n], rawData: new Uint8Array(1) })))
    expect(error.message).toBe('The weights `t` are stored in 4 bits, which a gradient cannot be taken through.')
    expect(error.remedy).toContain('int8 variant')
  })
})

describe('a file that is no ONNX model', () => {
  it.each([
    ['empty', new Uint8Array(0)],
    ['text', new TextEncoder().encode('<html>Not found</html>')],
    ['half a model', written().subarray(0, 900)],
  ])('is refused: %s', (_, bytes) => {
    const error = refusal(() => decodeModel(bytes))
    expect(error.message).toMatch(/ONNX/)
    expect(error.remedy).toMatch(/\.$/)
  })

  it('is refused or read, but never met with another error, wherever it is damaged', () => {
    const good = written()
    const next = uniformSource(20261122)
    const at = () => Math.floor(next() * good.byteLength)
    const outcomes = { read: 0, refused: 0 }
    const attempt = (bytes: Uint8Array, i: number) => {
      try {
        const model: OnnxModel = decodeModel(bytes)
        for (const t of model.graph.initializers.values()) tensorValues(t)
        if (i % 8 === 0) encodeModel(model)
        outcomes.read++
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        outcomes.refused++
      }
    }
    for (let i = 0; i < 100; i++) attempt(good.subarray(0, at()), i)
    for (let i = 0; i < 900; i++) {
      const bytes = good.slice()
      for (let k = 0; k <= i % 3; k++) bytes[at()]! ^= 1 << Math.floor(next() * 8)
      attempt(bytes, i)
    }
    expect(outcomes.read).toBeGreaterThan(100)
    expect(outcomes.refused).toBeGreaterThan(100)
  })
})

describe('float16', () => {
  it('goes to a number and back, for every pattern', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = fromHalf(bits)
      if (Number.isNaN(value)) expect(Number.isNaN(fromHalf(toHalf(value)))).toBe(true)
      else if (toHalf(value) !== bits) throw new Error(`pattern ${bits} is ${value}, back ${toHalf(value)}`)
    }
  })

  it('is rounded to the nearest, ties to even, between any two neighbours', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [fromHalf(bits), fromHalf(bits + 1)]
      const middle = (low + high) / 2
      const even = bits % 2 === 0 ? bits : bits + 1
      const nudge = (high - low) * 2 ** -10
      const found = [toHalf(middle), toHalf(middle - nudge), toHalf(middle + nudge), toHalf(-middle)]
      const expected = [even, bits, bits + 1, even | 0x8000]
      if (found.some((f, i) => f !== expected[i]))
        throw new Error(`between patterns ${bits} and ${bits + 1}: ${found.join()}`)
    }
    expect([65519, 65520, 1e9, -1e9, Infinity].map((v) => fromHalf(toHalf(v)))).toEqual([
      65504,
      Infinity,
      Infinity,
      -Infinity,
      Infinity,
    ])
  })
})
