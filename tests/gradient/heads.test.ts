/**
 * Loss heads against their formulas written out in plain numbers, and their gradients against differences of those:
 * random sizes, soft targets, weights of zero, the gate on and off.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Head } from '../../src/gradient/heads'
import {
  crossEntropyHead,
  marginalEntropyHead,
  textCrossEntropyHead,
  textMarginalEntropyHead,
} from '../../src/gradient/heads'
import { trainingModel } from '../../src/gradient/training'
import type { Array64 } from '../support/float64-executor'
import { array64, execute } from '../support/float64-executor'
import { gradientError, relativeDistance } from '../support/gradient-check'
import type { Matrix } from '../support/losses'
import { crossEntropy, marginalEntropy, product, rows, transposed, unit } from '../support/losses'
import { PlainModel } from '../support/plain-model'
import { normals, uniforms } from '../support/random'
import { runOnOrt } from '../support/ort'

interface HeadCase {
  readonly name: string
  /** Rows of the encoder's output are the rows of the loss (images) or its classes (texts). */
  readonly of: 'images' | 'texts'
  readonly head: (sizes: { B: number; C: number }) => Head
  readonly logits: (encoded: Matrix, other: Matrix) => Matrix
  readonly loss: (logits: Matrix, targets: Matrix, weights: number[]) => number
}

const ofImages = (encoded: Matrix, classes: Matrix) => product(encoded.map(unit), classes)
const ofTexts = (encoded: Matrix, images: Matrix) => product(images, transposed(encoded.map(unit)))

const HEADS: HeadCase[] = [
  {
    name: 'crossEntropyHead',
    of: 'images',
    head: ({ C }) => crossEntropyHead({ classes: C }),
    logits: ofImages,
    loss: crossEntropy,
  },
  {
    name: 'crossEntropyHead on logits',
    of: 'images',
    head: ({ C }) => crossEntropyHead({ classes: C, normalise: false }),
    logits: product,
    loss: crossEntropy,
  },
  {
    name: 'marginalEntropyHead',
    of: 'images',
    head: ({ C }) => marginalEntropyHead({ classes: C }),
    logits: ofImages,
    loss: (z, _, w) => marginalEntropy(z, w),
  },
  {
    name: 'textCrossEntropyHead',
    of: 'texts',
    head: ({ B }) => textCrossEntropyHead({ rows: B }),
    logits: ofTexts,
    loss: crossEntropy,
  },
  {
    name: 'textMarginalEntropyHead',
    of: 'texts',
    head: ({ B }) => textMarginalEntropyHead({ views: B }),
    logits: ofTexts,
    loss: (z, _, w) => marginalEntropy(z, w),
  },
]

/** An encoder of one product, x W, so that the head is nearly all there is. */
function setUp(
  h: HeadCase,
  seed: number,
  B: number,
  C: number,
  D: number,
  zeroRows: number,
  wrt: readonly string[] = ['x'],
) {
  const [K, N] = [3, h.of === 'images' ? B : C]
  const m = new PlainModel()
  m.input('x', ['n', K])
  m.weight('W', [K, D], normals(seed, K * D))
  m.node('MatMul', ['x', 'W'], {}, { outputs: ['encoded'] })
  const model = m.model(['encoded'])
  const values = (k: number, n: number, scale = 1) => normals(seed + k, n, scale).map(Math.fround)
  const targets = uniforms(seed + 3, B * C, 0, 1).map(Math.fround)
  const feeds = {
    x: array64([N, K], values(1, N * K)),
    class_embeddings: array64([D, C], values(2, D * C, 3)),
    image_features: array64([B, D], values(2, B * D, 3)),
    targets: array64([B, C], targets),
    weights: array64(
      [B],
      uniforms(seed + 4, B, 0.1, 1).map((w, i) => (i < zeroRows ? 0 : Math.fround(w))),
    ),
  }
  const loss = (x: Array64) => {
    const encoded = execute(model, { x })['encoded']!
    const other = rows(h.of === 'images' ? feeds.class_embeddings : feeds.image_features)
    return h.loss(h.logits(rows(encoded), other), rows(feeds.targets), Array.from(feeds.weights.data))
  }
  const options = { inputs: { x: [N, K] }, output: 'encoded', head: h.head({ B, C }), wrt }
  return { training: trainingModel(model, options).model, feeds, loss }
}

const bool = (on: boolean) => array64([], [on ? 1 : 0], 'bool')

describe.each(HEADS)('$name', (h) => {
  const sizes = fc.record({
    seed: fc.integer({ min: 1, max: 1 << 20 }),
    B: fc.integer({ min: 2, max: 5 }),
    C: fc.integer({ min: 2, max: 5 }),
    D: fc.integer({ min: 2, max: 4 }),
    zeroRows: fc.integer({ min: 0, max: 1 }),
  })

  it('computes its formula and the gradient of it, in float64', () => {
    const property = fc.property(sizes, ({ seed, B, C, D, zeroRows }) => {
      const { training, feeds, loss } = setUp(h, seed, B, C, D, zeroRows)
      const result = execute(training, { ...feeds, do_backward: bool(true) })
      const expected = loss(feeds.x)
      expect(Math.abs(result['loss']!.data[0]! - expected)).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected)))
      expect(result['logits']!.dims).toEqual([B, C])
      expect(gradientError(loss, feeds.x, result['d_x']!, { seed: 5, h: 2e-4 })).toBeLessThan(1e-6)
    })
    fc.assert(property, { seed: 20261122, numRuns: 25 })
  })

  it('gives the same on ONNX Runtime, and a zero of one element when no backward is asked for', async () => {
    const { training, feeds } = setUp(h, 11, 4, 3, 4, 1)
    const expected = execute(training, { ...feeds, do_backward: bool(true) })
    const on = await runOnOrt(training, { ...feeds, do_backward: bool(true) })
    for (const name of ['loss', 'logits', 'd_x']) {
      expect(relativeDistance(on[name]!.data, expected[name]!.data)).toBeLessThan(1e-5)
    }
    for (const off of [
      execute(training, { ...feeds, do_backward: bool(false) }),
      await runOnOrt(training, { ...feeds, do_backward: bool(false) }),
    ]) {
      expect(off['d_x']!.dims).toEqual([1, 1])
      expect(Array.from(off['d_x']!.data)).toEqual([0])
      expect(relativeDistance(off['loss']!.data, expected['loss']!.data)).toBeLessThan(1e-5)
    }
  })
})

describe.each([true, false])('crossEntropyHead, open, normalise: %s', (normalise) => {
  const [B, C, D] = [4, 3, 5]
  const h: HeadCase = {
    ...{ name: 'open', of: 'images', loss: crossEntropy },
    head: () => crossEntropyHead({ classes: C, normalise, open: true }),
    logits: normalise ? ofImages : product,
  }
  const { training, feeds } = setUp(h, 31, B, C, D, 1, ['x', 'class_embeddings', 'class_bias'])
  const bias = array64([C], normals(77, C).map(Math.fround))
  const all = { ...feeds, class_bias: bias }
  const lossOf = (changed: Partial<typeof all>) => {
    const { x, class_embeddings, class_bias, targets, weights } = { ...all, ...changed }
    const encoded = rows(execute(training, { ...all, x, do_backward: bool(false) })['encoded']!)
    const logits = h.logits(encoded, rows(class_embeddings))
    const biased = logits.map((row) => row.map((z, c) => z + class_bias.data[c]!))
    return crossEntropy(biased, rows(targets), Array.from(weights.data))
  }

  it('adds a bias, and gives the gradients of both inputs of the head, in float64', () => {
    const result = execute(training, { ...all, do_backward: bool(true) })
    expect(result['loss']!.data[0]).toBeCloseTo(lossOf({}), 9)
    for (const name of ['x', 'class_embeddings', 'class_bias'] as const) {
      const loss = (value: Array64) => lossOf({ [name]: value })
      expect(result[`d_${name}`]!.dims).toEqual(all[name].dims)
      expect(gradientError(loss, all[name], result[`d_${name}`]!, { seed: 5, h: 2e-4 })).toBeLessThan(1e-6)
    }
  })

  it('gives the same on ONNX Runtime, and what was encoded first', async () => {
    const expected = execute(training, { ...all, do_backward: bool(true) })
    const on = await runOnOrt(training, { ...all, do_backward: bool(true) })
    for (const name of ['encoded', 'loss', 'logits', 'd_x', 'd_class_embeddings', 'd_class_bias']) {
      expect(relativeDistance(on[name]!.data, expected[name]!.data)).toBeLessThan(1e-5)
    }
    expect(training.graph.outputs[0]!.name).toBe('encoded')
    expect(expected['encoded']!.dims).toEqual([B, D])
  })
})

describe('rows of weight zero', () => {
  it.each(HEADS.filter((h) => h.of === 'images'))(
    'may be encoded as zeros, as by a tower without biases: $name',
    async (h) => {
      const { training, feeds } = setUp(h, 21, 4, 3, 4, 2)
      const empty = { ...feeds, x: { ...feeds.x, data: feeds.x.data.map((v, i) => (i < 6 ? 0 : v)) } }
      for (const run of [
        async (f: typeof feeds) => execute(training, { ...f, do_backward: bool(true) }),
        (f: typeof feeds) => runOnOrt(training, { ...f, do_backward: bool(true) }),
      ]) {
        const [a, b] = [await run(empty), await run(feeds)]
        expect(a['loss']!.data[0]).toBe(b['loss']!.data[0])
        expect(Array.from(a['logits']!.data.slice(0, 6))).toEqual([0, 0, 0, 0, 0, 0])
        expect(Array.from(a['d_x']!.data.slice(0, 6), Math.abs)).toEqual([0, 0, 0, 0, 0, 0])
        expect(Array.from(a['d_x']!.data.slice(6))).toEqual(Array.from(b['d_x']!.data.slice(6)))
      }
    },
  )

  it.each(HEADS.filter((h) => h.of === 'images'))('give and get exactly nothing: $name', async (h) => {
    const { training, feeds } = setUp(h, 21, 4, 3, 4, 2)
    const other = { ...feeds, x: { ...feeds.x, data: feeds.x.data.map((v, i) => (i < 6 ? 100 - v : v)) } }
    for (const run of [
      async (f: typeof feeds) => execute(training, { ...f, do_backward: bool(true) }),
      (f: typeof feeds) => runOnOrt(training, { ...f, do_backward: bool(true) }),
    ]) {
      const [a, b] = [await run(feeds), await run(other)]
      expect(a['loss']!.data[0]).toBe(b['loss']!.data[0])
      expect(Array.from(a['d_x']!.data.slice(0, 6), Math.abs)).toEqual([0, 0, 0, 0, 0, 0])
      expect(Array.from(a['d_x']!.data.slice(6))).toEqual(Array.from(b['d_x']!.data.slice(6)))
      expect(Math.max(...a['d_x']!.data.map(Math.abs))).toBeGreaterThan(0)
    }
  })
})
