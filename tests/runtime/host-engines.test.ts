import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors'
import type { Engine, HostTensor, Session } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { tf } from '../../src/runtime/tfjs'
import { createWasmEngine } from '../../src/runtime/wasm'
import { affine, affineOf, choose, integers, matmulBeside, matmulWeight, unknownOperator } from './models'

const scalarBool = (value: boolean): HostTensor => ({ dtype: 'bool', dims: [], data: Uint8Array.of(value ? 1 : 0) })
const longs = (values: number[]): HostTensor => ({
  dtype: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values.map(BigInt)),
})

describe.each([
  ['node', createNodeEngine, 'node-cpu', /^CPU \(onnxruntime-node\)$/],
  ['wasm', createWasmEngine, 'wasm', /^WASM, \d+ threads?$/],
] as const)('the %s engine', (_, create, kind, description) => {
  let engine: Engine
  let start: ReturnType<Engine['ledger']>
  beforeAll(async () => {
    engine = await create()
    start = engine.ledger()
  })
  afterAll(async () => {
    await engine.dispose()
    expect(engine.ledger()).toEqual({ ...start, sessions: 0 })
  })

  it('says what it is', () => {
    expect(engine.kind).toBe(kind)
    expect(engine.description).toMatch(description)
    expect(start.sessions).toBe(0)
  })

  it('takes and gives tfjs tensors of odd sizes', async () => {
    for (const n of [1, 5, 7, 33, 1023]) {
      const session = await engine.createSession(affine(n))
      const values = Array.from({ length: n }, (_, i) => i - n / 2)
      const x = tf.tensor1d(values)
      const y = await session.run({ x }, async (outputs) => Array.from(await outputs['y']!.data()))
      expect(y).toEqual(values.map(affineOf))
      x.dispose()
      await session.dispose()
    }
    expect(engine.ledger()).toEqual(start)
  })

  it('takes bool and int64 from the host', async () => {
    const session = await engine.createSession(choose(4, 3))
    const x = tf.tensor1d([1, 2, 3, 4])
    const run = (flag: boolean) =>
      session.run({ x, flag: scalarBool(flag), indices: longs([3, 0, 0]) }, (o) => Array.from(o['y']!.dataSync()))
    expect(await run(true)).toEqual([4, 1, 1])
    expect(await run(false)).toEqual([-4, -1, -1])
    x.dispose()
    await session.dispose()
  })

  it('gives int32 outputs, and refuses int64 ones by name', async () => {
    const session = await engine.createSession(integers(3))
    const x = tf.tensor1d([5, 9, 7], 'int32')
    expect(await session.run({ x }, (o) => [o['y']!.dtype, ...o['y']!.dataSync()], ['y'])).toEqual([
      'int32',
      10,
      18,
      14,
    ])
    await expect(session.run({ x }, () => 0)).rejects.toThrow(/output 'top' is int64/)
    x.dispose()
    await session.dispose()
    expect(engine.ledger()).toEqual(start)
  })

  it('reads weights from a file beside the graph, at an odd offset', async () => {
    const [m, k, n] = [3, 17, 19]
    const { model, externalData } = matmulBeside(m, k, n)
    const session = await engine.createSession(model, externalData)
    const x = tf.ones([m, k])
    const y = await session.run({ x }, (o) => o['y']!.data())
    for (let column = 0; column < n; column++) {
      let sum = 0
      for (let row = 0; row < k; row++) sum += matmulWeight(row, column)
      expect(y[(m - 1) * n + column]).toBeCloseTo(sum, 3)
    }
    x.dispose()
    await session.dispose()
  })

  it('frees outputs when `use` ends, and not before', async () => {
    const session = await engine.createSession(affine(5))
    const x = tf.ones([5])
    let kept: tf.Tensor | undefined
    await session.run({ x }, async ({ y }) => {
      kept = y!
      await Promise.resolve()
      expect(y!.isDisposed).toBe(false)
    })
    expect(kept!.isDisposed).toBe(true)
    await expect(
      session.run({ x }, ({ y }) => {
        kept = y!
        throw new Error('thrown inside use')
      }),
    ).rejects.toThrow('thrown inside use')
    expect(kept!.isDisposed).toBe(true)
    x.dispose()
    await session.dispose()
    expect(engine.ledger()).toEqual(start)
  })

  it('serialises runs and creates that are asked for at once', async () => {
    const open = (n: number): Promise<Session> => engine.createSession(affine(n))
    const [a, b] = await Promise.all([open(5), open(7)])
    const work = Array.from({ length: 40 }, async (_, i) => {
      const [session, n] = i % 2 === 0 ? [a, 5] : [b, 7]
      const x = tf.fill([n], i)
      const result = session.run({ x }, (o) => o['y']!.data())
      x.dispose() // the engine holds it while the run waits
      expect(Array.from(await result)).toEqual(Array(n).fill(affineOf(i)))
    })
    const created = open(9)
    await Promise.all(work)
    await Promise.all([a.dispose(), b.dispose(), (await created).dispose()])
    expect(engine.ledger()).toEqual(start)
  })

  it('lets a session be run inside the `use` of another', async () => {
    const session = await engine.createSession(affine(2))
    const x = tf.tensor1d([0, 1])
    const twice = await session.run({ x }, ({ y }) => session.run({ x: y! }, (o) => Array.from(o['y']!.dataSync())))
    expect(twice).toEqual([0, 1].map((v) => affineOf(affineOf(v))))
    x.dispose()
    await session.dispose()
  })

  it('names the feed that is wrong', async () => {
    const session = await engine.createSession(choose(4, 1))
    const x = tf.zeros([4])
    const indices = longs([0])
    const flag = tf.scalar(true, 'bool')
    const run = (feeds: Parameters<Session['run']>[0]) => session.run(feeds, () => 0)
    await expect(run({ x, flag, indices })).rejects.toThrow(/feed 'flag' is a tfjs bool tensor/)
    await expect(run({ x, flag: { dtype: 'bool', dims: [2], data: Uint8Array.of(1) }, indices })).rejects.toThrow(
      /feed 'flag' is no bool tensor of shape \[2\]/,
    )
    await expect(run({ x, indices })).rejects.toThrow(/flag/)
    const long = tf.zeros([5])
    await expect(run({ x: long, flag: scalarBool(true), indices })).rejects.toThrow(/\bx\b/)
    tf.dispose([x, flag, long])
    await session.dispose()
    expect(engine.ledger()).toEqual(start)
  })

  it('refuses what is no model, in a sentence with a remedy', async () => {
    for (const bytes of [Uint8Array.of(1, 2, 3), unknownOperator()]) {
      const error = await engine.createSession(bytes).catch((e: unknown) => e)
      expect(error).toBeInstanceOf(UserError)
      expect((error as UserError).message).toMatch(/^ONNX Runtime could not load the model: .+\.$/)
      expect((error as UserError).remedy).not.toBe('')
    }
    expect(engine.ledger()).toEqual(start)
  })

  it('refuses a run after dispose', async () => {
    const session = await engine.createSession(affine(1))
    await session.dispose()
    await session.dispose()
    const x = tf.ones([1])
    await expect(session.run({ x }, () => 0)).rejects.toThrow('this session is disposed')
    x.dispose()
  })

  it('leaks nothing over 500 runs', async () => {
    const n = 33
    const session = await engine.createSession(affine(n))
    const during = engine.ledger()
    let state: tf.Tensor = tf.zeros([n])
    let expected = 0
    for (let i = 0; i < 500; i++) {
      const next = await session.run({ x: state }, ({ y }) => tf.tidy(() => tf.div(tf.add(y!, 1), 4)))
      state.dispose()
      state = next
      expected = (affineOf(expected) + 1) / 4
    }
    expect((await state.data())[n - 1]).toBeCloseTo(expected, 5)
    state.dispose()
    expect(engine.ledger()).toEqual(during)
    await session.dispose()
    await engine.idle()
    expect(engine.ledger()).toEqual(start)
  })
})
