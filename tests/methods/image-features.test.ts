/** Features of pictures: encoded once for all methods, looked up by picture, kept and taken back; ensembles on them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { memorySet } from '../../src/data/memory-set'
import type { ImageSet } from '../../src/data/task'
import { softmaxRows } from '../../src/evaluation/accuracy'
import { BatchBuilder } from '../../src/learning/batches'
import { ImageFeatures, normalisedRows } from '../../src/methods/features/image-features'
import { TextEnsemble } from '../../src/methods/features/text-ensemble'
import type { Batch } from '../../src/methods/method'
import { GraphBuilder } from '../../src/onnx/builder'
import type { Engine } from '../../src/runtime/engine'
import { createNodeEngine } from '../../src/runtime/node'
import { noise } from '../learning/frozen'
import { heldGraph } from '../support/held-graph'

const S = 4
const D = 5
const PIXELS = 3 * S * S
const FORMAT = { imageSize: S, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] }
const MATRIX = Float32Array.from({ length: PIXELS * D }, (_, i) => noise(i))

let engine: Engine
/** Pictures of each run. */
let runs: number[] = []
beforeAll(async () => {
  const inner = await createNodeEngine()
  engine = {
    ...{ kind: inner.kind, description: inner.description, fault: null },
    reckon: (model) => inner.reckon(model),
    ...{ ledger: () => inner.ledger(), faultOf: (error: unknown) => inner.faultOf(error) },
    ...{ idle: () => inner.idle(), dispose: () => inner.dispose() },
    async createSession(...model) {
      const session = await inner.createSession(...model)
      return {
        dispose: () => session.dispose(),
        run(feeds, use, fetches) {
          const { pixels } = feeds
          runs.push(('dims' in pixels! ? pixels.dims : pixels!.shape)[0]!)
          return session.run(feeds, use, fetches)
        },
      }
    },
  }
})
beforeEach(() => (runs = []))
afterAll(() => engine.dispose())

/** features = flattened pixels times a matrix. @param rows of every run, or 'batch' for any */
async function encoder(rows: number | 'batch', shift = 0) {
  const b = new GraphBuilder()
  const x = b.input('pixels', 'float32', [1, 3, S, S])
  const flat = b.op('Reshape', [x, b.indices([-1, PIXELS])])
  const matrix = b.constant(
    'float32',
    [PIXELS, D],
    [...MATRIX].map((value) => value + shift),
  )
  const y = b.op('MatMul', [flat, matrix], {}, 'features')
  const model = b.toModel([y])
  const dims = (of: { dims: readonly (number | string)[] | null }) => [rows, ...of.dims!.slice(1)]
  const graph = {
    ...model.graph,
    inputs: model.graph.inputs.map((one) => ({ ...one, dims: dims(one) })),
    outputs: model.graph.outputs.map((one) => ({ ...one, dims: dims(one) })),
  }
  return { vision: await heldGraph({ ...model, graph }), input: 'pixels', output: 'features', imageSize: S }
}

function pictures(count: number, seed = 0): ImageSet {
  const pixels = Uint8Array.from({ length: count * PIXELS }, (_, i) => 128 + 100 * noise(i + 1000 * seed))
  const paths = Array.from({ length: count }, (_, i) => `${seed}/${i}.png`)
  return memorySet(pixels, new Uint16Array(count), paths)
}

const ROWS = 4
const builderOf = (set: ImageSet) => new BatchBuilder(set, FORMAT, ROWS)
const batches = (set: ImageSet) => builderOf(set).inOrder()
const open = async (rows: number | 'batch' = 'batch') => new ImageFeatures(engine, await encoder(rows), batches)

/** By hand, in float64. */
function expected(set: ImageSet, index: number): number[] {
  const bytes = new Uint8Array(PIXELS)
  set.read(index, bytes)
  return Array.from({ length: D }, (_, d) =>
    bytes.reduce((sum, value, i) => {
      const c = Math.floor(i / S ** 2)
      return sum + ((value / 255 - FORMAT.mean[c]!) / FORMAT.std[c]!) * MATRIX[i * D + d]!
    }, 0),
  )
}
const expectRow = (found: Float32Array, row: number, set: ImageSet, index: number) =>
  expected(set, index).forEach((value, d) => expect(found[row * D + d]).toBeCloseTo(value, 4))

describe('features of a set', () => {
  it('are those of each picture, in order, the last batch not being full', async () => {
    const set = pictures(10)
    const features = await open()
    const told: number[][] = []
    const { count, width, values } = await features.of(set, { onProgress: (...of) => told.push(of) })
    expect([count, width, values.length]).toEqual([10, D, 10 * D])
    for (let i = 0; i < 10; i++) expectRow(values, i, set, i)
    expect(told).toEqual([[4, 10], [8, 10], [10, 10]]) // prettier-ignore
    await features.dispose()
  })

  it('are encoded once, whoever asks, and looked up without reading a pixel', async () => {
    const set = pictures(10, 1)
    const [features, other] = [await open(), await open()]
    const [one, same] = await Promise.all([features.of(set), features.of(set)])
    expect(same).toBe(one)
    expect(await other.of(set)).toBe(one)
    expect(runs).toEqual([4, 4, 2])
    const [batch] = builderOf(set).inOrder([7, 2])
    const unread: Batch = { ...rest(batch!), pixels: null as never }
    const rows = await features.ofBatch(unread)
    expectRow(rows, 0, set, 7)
    expectRow(rows, 1, set, 2)
    expect(rows.length).toBe(2 * D)
    expect(runs).toHaveLength(3)
    await features.dispose()
    await other.dispose()
  })

  it('are encoded anew for a picture of no set, and for one that was moved', async () => {
    const set = pictures(4, 2)
    const features = await open()
    await features.of(set)
    const loose = rest([...builderOf(set).inOrder([3])][0]!)
    const { source, ...dropped } = { ...loose, pixels: [...builderOf(set).inOrder([3])][0]!.pixels }
    expectRow(await features.ofBatch(dropped), 0, set, 3)
    const moved = builderOf(set).build([{ index: 3, dx: 1, dy: 0 }], 1)
    expect(Math.abs((await features.ofBatch(moved))[0]! - expected(set, 3)[0]!)).toBeGreaterThan(0.1)
    expect(runs).toEqual([4, 1, 1])
    expect(source).toBeDefined()
    await features.dispose()
    expect(engine.ledger().sessions).toBe(0)
  })

  it('of an encoder that takes one picture at a time are the same', async () => {
    const set = pictures(6, 3)
    const features = await open(1)
    const { values } = await features.of(set)
    for (let i = 0; i < 6; i++) expectRow(values, i, set, i)
    expect(runs).toEqual([1, 1, 1, 1, 1, 1])
    await features.dispose()
    // And of one that takes three: the last of them are no pictures.
    const threes = new ImageFeatures(engine, await encoder(3, 1e-9), batches)
    expectRow((await threes.of(set)).values, 5, set, 5)
    await threes.dispose()
  })

  it('can be stopped, and begun again', async () => {
    const set = pictures(10, 4)
    const features = await open()
    const stop = new AbortController()
    const stopped = features.of(set, { signal: stop.signal, onProgress: () => stop.abort(new Error('stopped')) })
    await expect(stopped).rejects.toThrow('stopped')
    expect(runs).toEqual([4])
    expect((await features.of(set)).count).toBe(10)
    await features.dispose()
  })

  it('can be kept, and are taken back for those pictures and that encoder alone', async () => {
    const set = pictures(5, 5)
    const features = await open()
    expect(await features.packed(set)).toBeNull()
    const { values } = await features.of(set)
    const packed = structuredClone((await features.packed(set))!)
    await features.dispose()
    runs = []

    const sameAgain = pictures(5, 5)
    const fresh = await open()
    expect(await fresh.restore(sameAgain, packed)).toBe(true)
    expect((await fresh.of(sameAgain)).values).toEqual(values)
    expect(runs).toEqual([])
    expect(await fresh.restore(pictures(5, 6), packed)).toBe(false)
    expect(await new ImageFeatures(engine, await encoder('batch', 1), batches).restore(pictures(5, 5), packed)).toBe(
      false,
    )
    expect(await fresh.restore(pictures(5, 5), { ...packed, facts: null })).toBe(false)
    const cut = { features: { dims: [5, D], data: values.slice(1) } }
    expect(await fresh.restore(pictures(5, 5), { ...packed, tensors: cut })).toBe(false)
  })
})

describe('an ensemble over probabilities', () => {
  it('is the logarithm of their mean; over one matrix it is plain cosines', async () => {
    const set = pictures(3, 7)
    const features = await open()
    const matrices = [0, 1, 2].map((t) => Float32Array.from({ length: D * 2 }, (_, i) => 4 * noise(500 * t + i)))
    const [batch] = batches(set)
    const unit = normalisedRows((await features.of(set)).values, D)
    const logitsBy = (t: number, row: number) =>
      [0, 1].map((c) => {
        let sum = 0
        for (let d = 0; d < D; d++) sum += unit[row * D + d]! * matrices[t]![d * 2 + c]!
        return sum
      })
    const found = await new TextEnsemble(features, matrices, 2).predict(batch!)
    const one = await new TextEnsemble(features, matrices.slice(0, 1), 2).predict(batch!)
    for (let row = 0; row < 3; row++) {
      const probabilities = [0, 1, 2].map((t) => softmaxRows(Float32Array.from(logitsBy(t, row)), 2))
      for (const c of [0, 1]) {
        const mean = (probabilities[0]![c]! + probabilities[1]![c]! + probabilities[2]![c]!) / 3
        expect(Math.exp(found[row * 2 + c]!)).toBeCloseTo(mean, 5)
        expect(one[row * 2 + c]).toBeCloseTo(logitsBy(0, row)[c]!, 4)
      }
    }
    await features.dispose()
  })
})

/** A batch without asking for its pixels. */
function rest({ labels, weights, count, source }: Batch) {
  return { labels, weights, count, ...(source && { source }) }
}
