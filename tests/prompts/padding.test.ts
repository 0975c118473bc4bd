/** The padding prompt against plain loops, finite differences and the reference code's checkpoint layout. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import {
  PADDING_NAMES,
  paddingParameterCount,
  paddingShapes,
  type PaddingGeometry,
} from '../../src/prompts/padding-shapes'
import { openDesign } from '../../src/prompts/pixel-prompt'
import { tf } from '../../src/runtime/tfjs'
import { useTfjsWasm } from '../../src/runtime/tfjs-wasm'

type PaddingPrompt = Readonly<Record<(typeof PADDING_NAMES)[number], tf.Tensor4D>>

const designOf = ({ imageSize, width }: PaddingGeometry) =>
  openDesign(
    {
      kind: 'padding',
      borderFraction: width / imageSize,
      space: 'after',
      clamp: 'none',
      init: { kind: 'normal', deviation: 1 },
    },
    imageSize,
    null,
  )
const geometryOf = ({ pad_up }: PaddingPrompt) => ({ imageSize: pad_up.shape[3], width: pad_up.shape[2] })
const once = (strength = 1) => ({ strength, place: null })

const createPadding = (geometry: PaddingGeometry, draw: () => number) =>
  designOf(geometry).init({ normal: draw }) as PaddingPrompt
const compose = (prompt: PaddingPrompt, pixels: tf.Tensor4D, strength = 1) =>
  designOf(geometryOf(prompt)).compose(prompt, pixels, once(strength))
const pullBack = (prompt: PaddingPrompt, dPixels: tf.Tensor4D) =>
  designOf(geometryOf(prompt)).pullBack(prompt, dPixels, null, once()) as PaddingPrompt
const frame = (prompt: PaddingPrompt) => designOf(geometryOf(prompt)).added(prompt, once())

beforeAll(useTfjsWasm)
afterEach(() => tf.disposeVariables())

/** A small deterministic stream of values, different at every call. */
function waves(seed: number): () => number {
  let i = 0
  return () => Math.sin(12.9898 * ++i + seed) * 1.7
}

function tensor(dims: [number, number, number, number], draw: () => number): tf.Tensor4D {
  return tf.tensor4d(Float32Array.from({ length: dims.reduce((a, b) => a * b) }, draw), dims)
}

/** The border by a loop over pixels: which tensor covers (c,y,x), and where in it. */
function plainFrame(prompt: PaddingPrompt, S: number, p: number): Float32Array {
  const [up, down, left, right] = PADDING_NAMES.map((name) => prompt[name].dataSync())
  const out = new Float32Array(3 * S * S)
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < S; y++)
      for (let x = 0; x < S; x++) {
        const at = (c * S + y) * S + x
        if (y < p) out[at] = up![(c * p + y) * S + x]!
        else if (y >= S - p) out[at] = down![(c * p + y - (S - p)) * S + x]!
        else if (x < p) out[at] = left![(c * (S - 2 * p) + y - p) * p + x]!
        else if (x >= S - p) out[at] = right![(c * (S - 2 * p) + y - p) * p + x - (S - p)]!
      }
  return out
}

const geometries = fc
  .integer({ min: 3, max: 17 })
  .chain((S) => fc.tuple(fc.constant(S), fc.integer({ min: 1, max: Math.ceil(S / 2) - 1 })))

describe('padding prompt', () => {
  it('has the names, order and shapes of the reference checkpoint', () => {
    expect(paddingShapes({ imageSize: 224, width: 30 })).toEqual({
      pad_up: [1, 3, 30, 224],
      pad_down: [1, 3, 30, 224],
      pad_left: [1, 3, 164, 30],
      pad_right: [1, 3, 164, 30],
    })
    expect(Object.keys(createPadding({ imageSize: 8, width: 2 }, () => 0))).toEqual([
      'pad_up',
      'pad_down',
      'pad_left',
      'pad_right',
    ])
  })

  it.each([
    [10, 25_680],
    [20, 48_960],
    [30, 69_840],
    [40, 88_320],
    [50, 104_400],
  ])('has, at a border of %i pixels of 224, %i parameters', (width, count) => {
    expect(paddingParameterCount({ imageSize: 224, width })).toBe(count)
    const shapes = Object.values(paddingShapes({ imageSize: 224, width }))
    expect(shapes.map((dims) => dims.reduce((a, b) => a * b)).reduce((a, b) => a + b)).toBe(count)
  })

  it.each([
    [8, 0],
    [8, 4],
    [8, 5],
    [8, 1.5],
  ])('refuses, on %i pixels, a border of %d', (imageSize, width) => {
    expect(() => paddingShapes({ imageSize, width })).toThrow('border of')
  })

  it('composes as a loop over pixels does, at any size, width and strength', () => {
    fc.assert(
      fc.property(geometries, fc.constantFrom(0, 0.5, 1, 2), ([S, p], strength) => {
        tf.tidy(() => {
          const prompt = createPadding({ imageSize: S, width: p }, waves(1))
          const pixels = tensor([3, 3, S, S], waves(2))
          const composed = compose(prompt, pixels, strength).dataSync()
          const border = plainFrame(prompt, S, p)
          const before = pixels.dataSync()
          for (let i = 0; i < composed.length; i++) {
            expect(composed[i]).toBe(Math.fround(before[i]! + Math.fround(strength * border[i % border.length]!)))
          }
        })
      }),
      { numRuns: 30 },
    )
  })

  it('pulls a gradient back as autograd through the whole composition does, and as the masked sum', () => {
    fc.assert(
      fc.property(geometries, ([S, p]) => {
        tf.tidy(() => {
          const prompt = createPadding({ imageSize: S, width: p }, waves(3))
          const pixels = tensor([5, 3, S, S], waves(4))
          const dPixels = tensor([5, 3, S, S], waves(5))
          const gradient = pullBack(prompt, dPixels)

          const whole = tf.grads((...[pad_up, pad_down, pad_left, pad_right]: tf.Tensor[]) =>
            compose({ pad_up, pad_down, pad_left, pad_right } as PaddingPrompt, pixels),
          )(
            PADDING_NAMES.map((name) => prompt[name]),
            dPixels,
          )
          PADDING_NAMES.forEach((name, i) => {
            expect(gradient[name].shape).toEqual(prompt[name].shape)
            expect(tf.max(tf.abs(tf.sub(gradient[name], whole[i]!))).dataSync()[0]).toBeLessThan(1e-5)
          })

          // Laid out as a border, the gradient is the batch sum of dPixels with the inside masked.
          const laidOut = plainFrame(gradient, S, p)
          const mask = plainFrame(
            createPadding({ imageSize: S, width: p }, () => 1),
            S,
            p,
          )
          const d = dPixels.dataSync()
          for (let i = 0; i < laidOut.length; i++) {
            let sum = 0
            for (let b = 0; b < 5; b++) sum += d[b * laidOut.length + i]!
            expect(laidOut[i]).toBeCloseTo(sum * mask[i]!, 5)
          }
        })
      }),
      { numRuns: 20 },
    )
  })

  it('pulls back the gradient that finite differences of a loss show', () => {
    tf.tidy(() => {
      const S = 6
      const prompt = createPadding({ imageSize: S, width: 2 }, waves(6))
      const pixels = tensor([2, 3, S, S], waves(7))
      // Loss: sum of sin; its gradient of the composed pixels is cos.
      const loss = (p: PaddingPrompt) => tf.sum(tf.sin(compose(p, pixels))).dataSync()[0]!
      const gradient = pullBack(prompt, tf.cos(compose(prompt, pixels)))
      const h = 1e-2
      for (const name of PADDING_NAMES) {
        const analytic = gradient[name].dataSync()
        for (const at of [0, 7, analytic.length - 1]) {
          const moved = (by: number) => {
            const values = prompt[name].dataSync().slice()
            values[at]! += by
            return { ...prompt, [name]: tf.tensor4d(values, prompt[name].shape) }
          }
          expect((loss(moved(h)) - loss(moved(-h))) / (2 * h)).toBeCloseTo(analytic[at]!, 2)
        }
      }
    })
  })

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors
    const prompt = createPadding({ imageSize: 8, width: 2 }, waves(8))
    const pixels = tensor([2, 3, 8, 8], waves(9))
    const composed = compose(prompt, pixels)
    const gradient = pullBack(prompt, composed)
    const border = tf.tidy(() => frame(prompt))
    expect(tf.memory().numTensors - before).toBe(4 + 1 + 1 + 4 + 1)
    tf.dispose([...Object.values(prompt), ...Object.values(gradient), pixels, composed, border])
    expect(tf.memory().numTensors).toBe(before)
  })
})
