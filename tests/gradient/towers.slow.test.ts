/**
 * Whole encoders with their loss: the gradient graph in float64 against differences of the exported model followed by
 * the loss in plain numbers; micro-batches; and the same graph on ONNX Runtime in float32.
 */
import { describe, expect, it } from 'vitest'
import {
  crossEntropyHead,
  marginalEntropyHead,
  textCrossEntropyHead,
  textMarginalEntropyHead,
} from '../../src/gradient/heads'
import type { TrainingGraphOptions } from '../../src/gradient/training'
import { trainingModel } from '../../src/gradient/training'
import type { OnnxModel } from '../../src/onnx/model'
import { decodeModel } from '../../src/onnx/read'
import { fromTensor } from '../support/float64/array'
import type { VisionOptions } from '../support/clip-generator'
import { TOKEN_EMBEDDINGS, clipText, clipVision, smallResNet } from '../support/clip-generator'
import type { Array64, Values } from '../support/float64-executor'
import { array64, execute, executeAll } from '../support/float64-executor'
import { gradientError, relativeDistance, shapesOf } from '../support/gradient-check'
import type { Matrix } from '../support/losses'
import { crossEntropy, marginalEntropy, product, rows, transposed, unit } from '../support/losses'
import { normals, uniforms } from '../support/random'
import { inHalfPrecision } from '../support/half-model'
import { runOnOrt } from '../support/ort'
import { encodeModel } from '../../src/onnx/write'

/** As the program meets it: through the file. */
const reread = (model: OnnxModel) => decodeModel(encodeModel(model, { weights: 'inline' }))
const values = (seed: number, dims: number[], scale = 1) =>
  array64(
    dims,
    normals(
      seed,
      dims.reduce((p, d) => p * d, 1),
      scale,
    ).map(Math.fround),
  )
const on = array64([], [1], 'bool')
const off = array64([], [0], 'bool')

/** Unit-norm class embeddings times 20, one a column, as a trained CLIP has them. */
function classEmbeddings(D: number, C: number): Array64 {
  const columns = transposed(rows(values(31, [C, D])).map((row) => unit(row).map((v) => 20 * v)))
  return array64([D, C], columns.flat().map(Math.fround))
}

interface Tower {
  readonly model: OnnxModel
  readonly output: string
  readonly inputs: Values
  readonly head: Values
  readonly loss: (encoded: Matrix) => number
  readonly options: Pick<TrainingGraphOptions, 'head' | 'wrt'>
  /** Differences across the kinks of ReLU and MaxPool need a small step. */
  readonly steps?: readonly number[]
}

/** Largest relative error of any gradient; with several steps, each difference may choose its best. */
function towerError(t: Tower): number {
  const { model } = trainingModel(t.model, { inputs: shapesOf(t.inputs), output: t.output, ...t.options })
  const result = execute(model, { ...t.inputs, ...t.head, do_backward: on })
  const loss = (changed: Values) => t.loss(rows(executeAll(t.model, { ...t.inputs, ...changed }).get(t.output)!))
  expect(Math.abs(result['loss']!.data[0]! - loss({}))).toBeLessThan(1e-10)
  const errors = t.options.wrt.flatMap((name, k) => {
    const f = (x: Array64) => loss({ [name]: x })
    return [0, 1].map((i) => {
      const sampling = { seed: 100 * k + i, directions: 1, entries: 1 }
      const tries = (t.steps ?? [3e-4]).map((h) =>
        gradientError(f, t.inputs[name]!, result[`d_${name}`]!, { ...sampling, h }),
      )
      return Math.min(...tries)
    })
  })
  return Math.max(...errors)
}

async function onOrt(t: Tower): Promise<{ loss: number; gradients: number }> {
  const { model } = trainingModel(t.model, { inputs: shapesOf(t.inputs), output: t.output, ...t.options })
  const feeds = { ...t.inputs, ...t.head, do_backward: on }
  const [expected, found] = [execute(model, feeds), await runOnOrt(model, feeds)]
  const distance = (name: string) => relativeDistance(found[name]!.data, expected[name]!.data)
  const untouched = await runOnOrt(model, { ...feeds, do_backward: off })
  expect(untouched['loss']!.data[0]).toBe(found['loss']!.data[0])
  return { loss: distance('loss'), gradients: Math.max(...t.options.wrt.map((name) => distance(`d_${name}`))) }
}

const SMALL: VisionOptions = { image: 16, patch: 8, width: 16, layers: 2, heads: 2, projection: 6 }

function vision(options: Partial<VisionOptions>, more: { B?: number; wrt?: string[]; entropy?: boolean } = {}): Tower {
  const { B = 2, wrt = ['pixel_values'], entropy = false } = more
  const [C, D] = [4, SMALL.projection]
  const model = reread(clipVision({ ...SMALL, ...options }))
  const weights = wrt
    .filter((name) => name !== 'pixel_values')
    .map((name) => [name, fromTensor(model.graph.initializers.get(name)!)])
  const S = options.image ?? SMALL.image
  const classes = classEmbeddings(D, C)
  const targets = array64([B, C], uniforms(32, B * C, 0, 1).map(Math.fround))
  const rowWeights = array64(
    [B],
    Array.from({ length: B }, (_, i) => Math.fround((i + 1) / B / B)),
  )
  const logits = (encoded: Matrix) => product(encoded.map(unit), rows(classes))
  const w = Array.from(rowWeights.data)
  return {
    model,
    output: 'image_embeds',
    inputs: { pixel_values: values(33, [B, 3, S, S]), ...(Object.fromEntries(weights) as Values) },
    head: { class_embeddings: classes, targets, weights: rowWeights },
    loss: (encoded) =>
      entropy ? marginalEntropy(logits(encoded), w) : crossEntropy(logits(encoded), rows(targets), w),
    options: { head: entropy ? marginalEntropyHead({ classes: C }) : crossEntropyHead({ classes: C }), wrt },
  }
}

function text(entropy: boolean): Tower {
  const [C, T, B, D] = [3, 6, 4, 6]
  const model = reread(clipText({ vocabulary: 20, context: 8, width: 16, layers: 2, heads: 2, projection: D }))
  const ids = array64([C, T], [1, 5, 7, 19, 0, 0, 1, 4, 19, 0, 0, 0, 1, 9, 3, 2, 19, 0], 'int64')
  const features = array64(
    [B, D],
    rows(values(41, [B, D])).flatMap((row) => unit(row).map((v) => Math.fround(20 * v))),
  )
  const targets = array64([B, C], uniforms(42, B * C, 0, 1).map(Math.fround))
  const weights = array64([B], [0, 0.25, 0.25, 0.5])
  const logits = (encoded: Matrix) => product(rows(features), transposed(encoded.map(unit)))
  const w = Array.from(weights.data)
  return {
    model,
    output: 'text_embeds',
    inputs: { input_ids: ids, [TOKEN_EMBEDDINGS]: values(43, [C, T, 16], 0.5) },
    head: { image_features: features, targets, weights },
    loss: (encoded) =>
      entropy ? marginalEntropy(logits(encoded), w) : crossEntropy(logits(encoded), rows(targets), w),
    options: {
      head: entropy ? textMarginalEntropyHead({ views: B }) : textCrossEntropyHead({ rows: B }),
      wrt: [TOKEN_EMBEDDINGS],
    },
  }
}

function resnet(): Tower {
  const [B, C, K] = [2, 3, 5]
  const model = reread(smallResNet({ image: 16, width: 4, classes: K }))
  const mapping = values(51, [K, C])
  const targets = array64([B, C], uniforms(52, B * C, 0, 1).map(Math.fround))
  const weights = array64([B], [0.5, 0.25])
  return {
    model,
    output: 'logits',
    inputs: { pixel_values: values(53, [B, 3, 16, 16]) },
    head: { class_embeddings: mapping, targets, weights },
    loss: (encoded) => crossEntropy(product(encoded, rows(mapping)), rows(targets), Array.from(weights.data)),
    options: { head: crossEntropyHead({ classes: C, normalise: false }), wrt: ['pixel_values'] },
    steps: [1e-5, 2e-6, 5e-7],
  }
}

const layer = 'vision_model.encoder.layers.1'
const WEIGHTS = [
  'vision_model.embeddings.patch_embedding.weight',
  'vision_model.embeddings.class_embedding',
  'vision_model.embeddings.position_embedding.weight',
  'vision_model.pre_layrnorm.weight',
  `${layer}.layer_norm2.bias`,
  `onnx::MatMul_${layer}.self_attn.k_proj`,
  `${layer}.mlp.fc1.bias`,
  'onnx::MatMul_visual_projection',
]

const TOWERS: [string, () => Tower][] = [
  ['vision tower, cross-entropy', () => vision({})],
  ['vision tower, marginal entropy', () => vision({}, { entropy: true, B: 3 })],
  ['vision tower of opset 11, GELU', () => vision({ opset: 11, activation: 'gelu', layers: 1 })],
  ['vision tower of opset 17, tanh GELU', () => vision({ opset: 17, activation: 'gelu_tanh', layers: 1 })],
  ['vision tower behind a convolution stem', () => vision({ image: 32, patch: 2, stem: [4, 6, 8], layers: 1 })],
  ['weights of a vision tower', () => vision({}, { wrt: WEIGHTS })],
  [
    'weights of a convolution stem',
    () =>
      vision(
        { image: 16, patch: 2, stem: [4, 6], layers: 1 },
        { wrt: ['stem.0.weight', 'stem.1.bias', 'pixel_values'] },
      ),
  ],
  ['text tower from token embeddings, cross-entropy', () => text(false)],
  ['text tower from token embeddings, marginal entropy', () => text(true)],
  ['residual network with label mapping', resnet],
]

describe.each(TOWERS)('%s', (_, make) => {
  it('has the gradient of its loss, in float64', () => {
    expect(towerError(make())).toBeLessThan(1e-7)
  })

  it('is the same on ONNX Runtime', async () => {
    const errors = await onOrt(make())
    expect(errors.loss).toBeLessThan(1e-5)
    expect(errors.gradients).toBeLessThan(1e-4)
  })
})

describe('a batch', () => {
  const training = (B: number) => {
    const t = vision({}, { B })
    return trainingModel(t.model, { inputs: { pixel_values: [B, 3, 16, 16] }, output: t.output, ...t.options }).model
  }
  const part = (x: Array64, from: number, to: number) => {
    const row = x.data.length / x.dims[0]!
    return array64([to - from, ...x.dims.slice(1)], x.data.slice(from * row, to * row))
  }

  it('is the sum of its micro-batches', () => {
    const { inputs, head } = vision({}, { B: 4 })
    const full = execute(training(4), { ...inputs, ...head, do_backward: on })
    const halves = [0, 2].map((from) => {
      const cut = (x: Array64) => part(x, from, from + 2)
      const feeds = {
        pixel_values: cut(inputs['pixel_values']!),
        class_embeddings: head['class_embeddings']!,
        targets: cut(head['targets']!),
        weights: cut(head['weights']!),
        do_backward: on,
      }
      return execute(training(2), feeds)
    })
    expect(halves[0]!['loss']!.data[0]! + halves[1]!['loss']!.data[0]!).toBeCloseTo(full['loss']!.data[0]!, 12)
    const joined = halves.flatMap((h) => Array.from(h['d_pixel_values']!.data))
    expect(relativeDistance(joined, full['d_pixel_values']!.data)).toBeLessThan(1e-12)
  })

  it('is not touched by padding rows of weight zero, to the bit', async () => {
    const { inputs, head } = vision({}, { B: 4 })
    const weights = array64([4], [0.5, 0.25, 0, 0])
    const model = training(4)
    const padded = (fill: number) => {
      const pixels = inputs['pixel_values']!
      const data = pixels.data.map((v, i) => (i < pixels.data.length / 2 ? v : fill))
      return runOnOrt(model, { ...head, weights, pixel_values: { ...pixels, data }, do_backward: on })
    }
    const [zeros, ones] = [await padded(0), await padded(1)]
    expect(zeros['loss']!.data[0]).toBe(ones['loss']!.data[0])
    expect(zeros['d_pixel_values']!.data).toEqual(ones['d_pixel_values']!.data)
    const half = zeros['d_pixel_values']!.data.length / 2
    expect(Math.max(...zeros['d_pixel_values']!.data.slice(half).map(Math.abs))).toBe(0)
    expect(Math.max(...zeros['d_pixel_values']!.data.slice(0, half).map(Math.abs))).toBeGreaterThan(0)
  })
})

describe('a float16 vision tower', () => {
  it.each([14, 17])('has a float32 gradient that half precision leaves nearly as it was, opset %i', async (opset) => {
    const t = vision({ opset })
    const inHalf = reread(inHalfPrecision(t.model))
    const { model } = trainingModel(inHalf, { inputs: shapesOf(t.inputs), output: t.output, ...t.options })
    const feeds = { ...t.inputs, ...t.head, do_backward: on }
    const [expected, found] = [execute(model, feeds), await runOnOrt(model, feeds)]
    expect(found['d_pixel_values']!.dtype).toBe('float32')
    expect(relativeDistance(found['loss']!.data, expected['loss']!.data)).toBeLessThan(5e-3)
    expect(relativeDistance(found['d_pixel_values']!.data, expected['d_pixel_values']!.data)).toBeLessThan(2e-2)
  })
})
