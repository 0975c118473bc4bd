/** Every design: where its pixels lie, by plain loops; its gradient, by finite differences; its start; what it refuses. */
import { beforeAll, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import type { Place, PromptDesign, PromptTensors, Start } from '../../src/prompts/design'
import {
  designSettingsSchema,
  PUBLISHED_DESIGNS,
  type DesignOf,
  type DesignSettings,
} from '../../src/prompts/design-settings'
import { openDesign } from '../../src/prompts/pixel-prompt'
import { shrinkMatrix } from '../../src/prompts/shrink'
import { tensorCount, tf } from '../../src/runtime/tfjs'
import { useTfjsWasm } from '../../src/runtime/tfjs-wasm'

beforeAll(useTfjsWasm)

const CLIP = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
}

function waves(seed: number): () => number {
  let i = 0
  return () => Math.sin(12.9898 * ++i + seed)
}

/** Normalised values of pixels in [low, high] of 0 to 1. */
function pictures(count: number, S: number, seed: number, low = 0, high = 1): tf.Tensor4D {
  const draw = waves(seed)
  const data = Float32Array.from({ length: count * 3 * S * S }, (_, i) => {
    const c = Math.floor(i / (S * S)) % 3
    return (low + (high - low) * (0.5 + 0.5 * draw()) - CLIP.mean[c]!) / CLIP.std[c]!
  })
  return tf.tensor4d(data, [count, 3, S, S])
}

const common = { space: 'after', clamp: 'none', init: { kind: 'normal', deviation: 1 } } as const
const plainly = (place: Place | null = null, strength = 1) => ({ strength, place })
const begin = (design: PromptDesign, seed = 1, rest: Partial<Start> = {}) =>
  design.init({ normal: waves(seed), ...rest })
const valuesOf = (set: PromptTensors) => Object.values(set).map((tensor) => tensor.dataSync<'float32'>())

const space = fc.constantFrom('after', 'before', 'sigmoid')
const unclamped = fc.record({ space, clamp: fc.constant('none' as const), init: fc.constant(common.init) })
const size = fc.double({ min: 0.1, max: 0.45, noNaN: true })
const part = fc.double({ min: 0, max: 1, noNaN: true })
type Parts<K extends DesignSettings['kind']> = Omit<DesignOf<K>, keyof typeof common>

const anyDesign: fc.Arbitrary<DesignSettings> = fc
  .tuple(
    unclamped,
    fc.oneof(
      fc.record({ kind: fc.constant('padding'), borderFraction: size.map((part) => 0.8 * part) }) as fc.Arbitrary<
        Parts<'padding'>
      >,
      fc.record({ kind: fc.constant('fixed-patch'), sizeFraction: size, top: part, left: part }) as fc.Arbitrary<
        Parts<'fixed-patch'>
      >,
      fc.record({
        kind: fc.constant('random-patch'),
        sizeFraction: size,
        offsets: fc.constantFrom('shared', 'per-image'),
      }) as fc.Arbitrary<Parts<'random-patch'>>,
      fc.record({ kind: fc.constant('full') }) as fc.Arbitrary<Parts<'full'>>,
      fc.record({
        kind: fc.constant('frame'),
        innerFraction: fc.double({ min: 0.3, max: 0.9, noNaN: true }),
        scaleRate: fc.constant(null),
      }) as fc.Arbitrary<Parts<'frame'>>,
      fc.record({ kind: fc.constant('low-rank'), rank: fc.integer({ min: 1, max: 3 }) }) as fc.Arbitrary<
        Parts<'low-rank'>
      >,
    ),
  )
  .map(([shared, own]) => ({ ...shared, ...own }) as DesignSettings)

/** Loss: sum of cos(w x + c); summed in float64. Its gradient of x is -w sin(w x + c). */
const W = 0.7
const lossOf = (composed: tf.Tensor4D) =>
  composed.dataSync<'float32'>().reduce((sum, x, i) => sum + Math.cos(W * x + (i % 7)), 0)
const dLoss = (composed: tf.Tensor4D) =>
  tf.tensor4d(
    Float32Array.from(composed.dataSync<'float32'>(), (x, i) => -W * Math.sin(W * x + (i % 7))),
    composed.shape,
  )

/** Slope along a direction, by central differences, against the gradient; relative to the gradient's length. */
function slopeError(design: PromptDesign, pixels: tf.Tensor4D, place: Place | null, tensors: PromptTensors, h = 1e-2) {
  return tf.tidy(() => {
    const context = plainly(place)
    const composed = design.compose(tensors, pixels, context)
    const gradient = design.pullBack(tensors, dLoss(composed), pixels, context)
    const draw = waves(99)
    const direction = Object.values(gradient).map(({ size: n }) => Float32Array.from({ length: n }, () => draw()))
    const length = Math.sqrt(direction.reduce((sum, v) => sum + v.reduce((all, x) => all + x * x, 0), 0))
    const moved = (by: number) =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, tensor], i) => [
          name,
          tf.add(tensor, tf.mul(tf.tensor(direction[i]!, tensor.shape), by / length)),
        ]),
      )
    const at = (by: number) => lossOf(design.compose(moved(by), pixels, context))
    const slope = (at(h) - at(-h)) / (2 * h)
    const flat = valuesOf(gradient)
    const along = flat.reduce((sum, g, i) => sum + g.reduce((all, x, k) => all + x * direction[i]![k]!, 0), 0) / length
    const norm = Math.sqrt(flat.reduce((sum, g) => sum + g.reduce((all, x) => all + x * x, 0), 0))
    return { error: Math.abs(slope - along) / norm, norm }
  })
}

describe('designs of pixel prompts', () => {
  it('pull back the gradient that finite differences show, at any setting and size', () => {
    fc.assert(
      fc.property(anyDesign, fc.integer({ min: 6, max: 15 }), fc.integer({ min: 1, max: 3 }), (settings, S, rows) => {
        const design = openDesign(settings, S, CLIP)
        tf.tidy(() => {
          const draw = waves(5)
          const place = design.draw(rows, (bound) => Math.floor(Math.abs(draw()) * bound))
          const { error, norm } = slopeError(design, pictures(rows, S, 2), place, begin(design))
          expect(norm).toBeGreaterThan(0)
          expect(error).toBeLessThan(2e-3)
        })
      }),
      { numRuns: 60 },
    )
  })

  it('are sums exactly where one image is added to all pictures and nothing clamped', () => {
    fc.assert(
      fc.property(anyDesign, fc.integer({ min: 6, max: 12 }), (settings, S) => {
        tf.tidy(() => {
          const design = openDesign(settings, S, CLIP)
          const tensors = begin(design)
          const place = design.draw(2, (bound) => bound - 1)
          const pixels = pictures(2, S, 3)
          const composed = design.compose(tensors, pixels, plainly(place))
          const added = design.added(tensors, plainly(place))
          const difference = tf.max(tf.abs(tf.sub(composed, tf.add(pixels, added)))).dataSync<'float32'>()[0]!
          const perImage = settings.kind === 'random-patch' && settings.offsets === 'per-image'
          expect(design.isSum).toBe(settings.kind !== 'frame' && !perImage)
          expect(added.shape).toEqual([perImage ? 2 : 1, 3, S, S])
          if (settings.kind === 'frame') expect(difference).toBeGreaterThan(0.01)
          else expect(difference).toBe(0)
        })
      }),
      { numRuns: 30 },
    )
  })

  it('count as many parameters as a loss depends on', () => {
    for (const settings of Object.values(PUBLISHED_DESIGNS)) {
      expect(designSettingsSchema.parse(settings)).toEqual(settings)
      const S = 14
      const design = openDesign(settings, S, CLIP)
      tf.tidy(() => {
        const tensors = begin({ ...design, init: design.init.bind(design) } as PromptDesign)
        const sizes = Object.values(tensors).reduce((sum, { size: n }) => sum + n, 0)
        const hidden = settings.kind === 'frame' && settings.scaleRate === null ? 3 * Math.round(S * settings.innerFraction) ** 2 : 0 // prettier-ignore
        expect(design.parameterCount).toBe(sizes - hidden)
      })
    }
    const at224 = (name: keyof typeof PUBLISHED_DESIGNS) =>
      openDesign(PUBLISHED_DESIGNS[name], 224, CLIP).parameterCount
    expect(at224('vp')).toBe(69_840)
    expect(at224('vp-fixed-patch')).toBe(2700)
    expect(at224('lor-vp')).toBe(5376)
    expect(at224('evp')).toBe(69_840)
    expect(at224('attrvr')).toBe(3 * (224 ** 2 - 192 ** 2))
  })

  it('leave no tensor behind and never hand out a parameter itself', () => {
    for (const settings of Object.values(PUBLISHED_DESIGNS)) {
      const before = tensorCount()
      const design = openDesign(settings, 12, CLIP)
      const tensors = begin(design)
      const pixels = pictures(2, 12, 4)
      const composed = design.compose(tensors, pixels, plainly())
      const added = design.added(tensors, plainly())
      const gradient = design.pullBack(tensors, composed, pixels, plainly())
      tf.dispose([composed, added, { ...gradient }, pixels])
      for (const tensor of Object.values(tensors)) expect(tensor.isDisposed).toBe(false)
      tf.dispose({ ...tensors })
      expect(tensorCount()).toBe(before)
    }
  })
})

describe('a patch', () => {
  const settings = { kind: 'fixed-patch', sizeFraction: 0.25, top: 1, left: 0.5, ...common } as const
  const random = { kind: 'random-patch', sizeFraction: 0.5, offsets: 'shared', ...common } as const

  it('lies where it is put', () => {
    tf.tidy(() => {
      const design = openDesign(settings, 8, null)
      const tensors = begin(design)
      const added = design.added(tensors, plainly()).dataSync<'float32'>()
      const patch = tensors.patch!.dataSync<'float32'>()
      for (let c = 0; c < 3; c++)
        for (let y = 0; y < 8; y++)
          for (let x = 0; x < 8; x++) {
            const inside = y >= 6 && x >= 3 && x < 5
            expect(added[(c * 8 + y) * 8 + x]).toBe(inside ? patch[(c * 2 + y - 6) * 2 + x - 3] : 0)
          }
    })
  })

  it('is drawn anew each time, rows first, once for all or for each, and never at the very end as in the reference', () => {
    const bounds: number[] = []
    const draws = [3, 0, 2, 1, 1, 2]
    const below = (bound: number) => (bounds.push(bound), draws.shift()!)
    expect(openDesign(random, 8, null).draw(2, below)).toEqual({ offsets: [[3, 0]] })
    expect(openDesign({ ...random, offsets: 'per-image' }, 8, null).draw(2, below)).toEqual({ offsets: [[2, 1], [1, 2]] }) // prettier-ignore
    expect(bounds).toEqual([4, 4, 4, 4, 4, 4])
    tf.tidy(() => {
      const design = openDesign({ ...random, offsets: 'per-image' }, 8, null)
      const tensors = begin(design)
      const added = design.added(tensors, plainly({ offsets: [[2, 1], [0, 3]] })) // prettier-ignore
      const at = (row: number, y: number, x: number) => added.dataSync<'float32'>()[(row * 3 * 8 + y) * 8 + x]
      const patch = tensors.patch!.dataSync<'float32'>()
      expect([at(0, 2, 1), at(0, 5, 4), at(1, 0, 3), at(1, 3, 6)]).toEqual([patch[0], patch[15], patch[0], patch[15]])
      expect([at(0, 1, 1), at(1, 4, 3)]).toEqual([0, 0])
    })
  })

  it('that covers the picture has one place', () => {
    expect(openDesign({ ...random, sizeFraction: 1 }, 6, null).draw(1, () => 0)).toEqual({ offsets: [[0, 0]] })
  })
})

it('a reprogramming frame holds the picture and a half in the middle, sigmoids around it (Prinsphield, main.py)', () => {
  tf.tidy(() => {
    const S = 8
    const design = openDesign({ ...PUBLISHED_DESIGNS.reprogramming, innerFraction: 0.5 }, S, CLIP)
    const tensors = begin(design)
    const pixels = pictures(1, S, 9)
    const found = design.compose(tensors, pixels, plainly()).arraySync()
    const program = tensors.program!.arraySync() as number[][][][]
    const plain = openDesign({ ...PUBLISHED_DESIGNS.evp, innerFraction: 0.5 }, S, CLIP)
    const bare = plain.compose({ program: tf.zeros([1, 3, S, S]) }, pixels, plainly()).arraySync()
    for (let c = 0; c < 3; c++) {
      const light = (value: number) => value * CLIP.std[c]! + CLIP.mean[c]!
      expect(light(found[0]![c]![3]![4]!)).toBeCloseTo(light(bare[0]![c]![3]![4]!) + 0.5, 5)
      expect(light(found[0]![c]![0]![4]!)).toBeCloseTo(1 / (1 + Math.exp(-program[0]![c]![0]![4]!)), 5)
    }
  })
})

describe('a frame', () => {
  const frame = (rest: Partial<DesignOf<'frame'>> = {}): DesignOf<'frame'> => ({
    ...PUBLISHED_DESIGNS.evp,
    innerFraction: 0.5,
    init: common.init,
    ...rest,
  })
  const pixelOf = (value: number, c: number) => value * CLIP.std[c]! + CLIP.mean[c]!

  it('holds the shrunk picture, its values around it, and black under them', () => {
    tf.tidy(() => {
      const S = 9
      // 5 of 9: start at 2, two on each side.
      const design = openDesign(frame(), S, CLIP)
      const tensors = begin(design)
      const picture = pictures(1, S, 7)
      const composed = design.compose(tensors, picture, plainly()).dataSync<'float32'>()
      const program = tensors.program!.dataSync<'float32'>()
      const matrix = shrinkMatrix(S, 5)
      const x = picture.dataSync<'float32'>()
      for (let c = 0; c < 3; c++)
        for (let i = 0; i < S; i++)
          for (let j = 0; j < S; j++) {
            const at = (c * S + i) * S + j
            const inside = i >= 2 && i < 7 && j >= 2 && j < 7
            let expected = program[at]!
            if (inside) {
              expected = 0
              for (let k = 0; k < S; k++)
                for (let l = 0; l < S; l++)
                  expected += matrix[(i - 2) * S + k]! * matrix[(j - 2) * S + l]! * pixelOf(x[(c * S + k) * S + l]!, c)
            }
            expect(pixelOf(composed[at]!, c)).toBeCloseTo(expected, 5)
          }
    })
  })

  it('is grey where a sigmoid starts from zero', () => {
    tf.tidy(() => {
      const design = openDesign(frame({ space: 'sigmoid', init: { kind: 'zero' } }), 8, CLIP)
      const composed = design.compose(begin(design), pictures(1, 8, 7), plainly()).dataSync<'float32'>()
      expect(pixelOf(composed[0]!, 0)).toBeCloseTo(0.5, 6)
      expect(pixelOf(composed[2 * 64 + 63]!, 2)).toBeCloseTo(0.5, 6)
    })
  })

  it('shrinks as rows of weights that add up to one, and leaves flat pictures flat', () => {
    const matrix = shrinkMatrix(224, 164)
    for (const row of [0, 1, 80, 163]) {
      expect(matrix.subarray(row * 224, (row + 1) * 224).reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 6)
    }
    expect([...shrinkMatrix(3, 3)].map(Math.abs)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
  })

  it('of a learned scale is, at scale 1, the one that does not learn it', () => {
    tf.tidy(() => {
      const S = 12
      const [fixed, scaled] = [openDesign(frame(), S, CLIP), openDesign(frame({ scaleRate: 0.1 }), S, CLIP)]
      const { program } = begin(fixed)
      const pixels = pictures(2, S, 8)
      const one = fixed.compose({ program: program! }, pixels, plainly())
      const other = scaled.compose({ program: program!, scale: tf.scalar(0) }, pixels, plainly())
      expect(tf.max(tf.abs(tf.sub(one, other))).dataSync<'float32'>()[0]).toBeLessThan(1e-5)
    })
  })

  it('enlarges its picture with the scale, and learns it by the true slope', () => {
    tf.tidy(() => {
      const S = 16
      const design = openDesign(frame({ scaleRate: 0.1 }), S, CLIP)
      const pixels = pictures(2, S, 9)
      const { program } = begin(design)
      // 8 pixels times 1.27 is 10 across: from 3 to 13; between kinks of floor and of the bilinear kernel.
      const tensors = { program: program!, scale: tf.scalar(2.7) }
      const composed = design.compose(tensors, pixels, plainly()).dataSync<'float32'>()
      const bare = design
        .compose({ ...tensors, program: tf.zerosLike(program!) }, pixels, plainly())
        .dataSync<'float32'>()
      const prompted = (y: number, x: number) => composed[y * S + x] !== bare[y * S + x]
      expect([prompted(2, 8), prompted(3, 8), prompted(8, 12), prompted(8, 13)]).toEqual([true, false, false, true])
      // The picture's bilinear edge reaches half a pixel further, as kornia's does; beyond is black.
      for (const at of [1 * S + 8, 8 * S + 14]) expect(pixelOf(bare[at]!, 0)).toBeCloseTo(0, 6)
      expect(pixelOf(bare[3 * S + 8]!, 0)).toBeGreaterThan(0.1)
      const { error } = slopeError(design, pixels, null, tensors, 1e-3)
      expect(error).toBeLessThan(2e-3)
    })
  })
})

describe('clamps', () => {
  const settings = { kind: 'padding', borderFraction: 0.25, ...common } as const

  it('legal: no pixel leaves what a picture can have, and the gradient is that of the cut', () => {
    tf.tidy(() => {
      const S = 8
      const design = openDesign({ ...settings, clamp: 'legal' }, S, CLIP)
      expect(design.isSum).toBe(false)
      const tensors = begin(design)
      const pixels = pictures(2, S, 10)
      const composed = design.compose(tensors, pixels, plainly())
      const channels = (value: (c: number) => number) => tf.tensor4d([0, 1, 2].map(value), [1, 3, 1, 1])
      const light = tf.add(tf.mul(composed, channels((c) => CLIP.std[c]!)), channels((c) => CLIP.mean[c]!)) // prettier-ignore
      expect(tf.min(light).dataSync<'float32'>()[0]).toBeGreaterThan(-1e-6)
      expect(tf.max(light).dataSync<'float32'>()[0]).toBeLessThan(1 + 1e-6)
      expect(light.dataSync<'float32'>().some((value) => value > 1 - 1e-6)).toBe(true)
      expect(slopeError(design, pixels, null, tensors, 1e-3).error).toBeLessThan(1e-2)
    })
  })

  it('eight-bit: what enters is the table value of a whole level, and its gradient is that of the legal cut', () => {
    tf.tidy(() => {
      const S = 8
      const levels = Float32Array.from({ length: 2 * 3 * S * S }, (_, i) => (i * 37) % 256)
      const table = (level: number, c: number) => Math.fround((level / 255 - CLIP.mean[c]!) / CLIP.std[c]!)
      const pixels = tf.tensor4d(levels.map((level, i) => table(level, Math.floor(i / 64) % 3)), [2, 3, S, S]) // prettier-ignore
      const design = openDesign({ ...settings, clamp: 'eight-bit' }, S, CLIP)
      const tensors = begin(design)
      const composed = design.compose(tensors, pixels, plainly())
      const steps = design.levels(tensors, null).dataSync<'float32'>()
      expect(Math.max(...steps)).toBeLessThanOrEqual(127)
      expect(Math.min(...steps)).toBeGreaterThanOrEqual(-128)
      composed.dataSync<'float32'>().forEach((value, i) => {
        const level = Math.min(255, Math.max(0, levels[i]! + steps[i % steps.length]!))
        expect(value).toBe(table(level, Math.floor(i / 64) % 3))
      })
      const dPrompted = pictures(2, S, 12)
      const sum = (i: number) => levels[i]! + steps[i % steps.length]!
      const inside = tf.tensor4d(levels.map((_, i) => Number(sum(i) >= 0 && sum(i) <= 255)), [2, 3, S, S]) // prettier-ignore
      const expected = openDesign(settings, S, CLIP).pullBack(tensors, tf.mul(dPrompted, inside) as tf.Tensor4D, null, plainly()) // prettier-ignore
      const found = design.pullBack(tensors, dPrompted, pixels, plainly())
      for (const name of Object.keys(expected)) {
        expect(tf.max(tf.abs(tf.sub(found[name]!, expected[name]!))).dataSync<'float32'>()[0]).toBeLessThan(1e-5)
      }
    })
  })
})

describe('where learning starts', () => {
  const S = 8
  const image = Float32Array.from({ length: 3 * S * S }, (_, i) => (i % 256) / 255)
  const lightOf = (settings: DesignSettings) =>
    tf.tidy(() => {
      const design = openDesign(settings, S, CLIP)
      const added = design.added(begin(design, 1, { image }), plainly()).dataSync<'float32'>()
      return added.map((value, i) => value * CLIP.std[Math.floor(i / 64)]!)
    })
  const settingsOf = (kind: 'padding' | 'full' | 'frame', rest: 'after' | 'before' | 'sigmoid') =>
    designSettingsSchema.parse({
      ...{ padding: PUBLISHED_DESIGNS.vp, full: { kind: 'full', clamp: 'none' }, frame: PUBLISHED_DESIGNS.attrvr }[
        kind
      ],
      ...(kind === 'padding' && { borderFraction: 0.25 }),
      ...(kind === 'frame' && { innerFraction: 0.5 }),
      space: rest,
      init: { kind: 'image' },
    })

  it.each(['after', 'before', 'sigmoid'] as const)('a picture adds its own light, %s', (unit) => {
    for (const kind of ['padding', 'full', 'frame'] as const) {
      if (kind === 'padding' && unit === 'sigmoid') continue
      lightOf(settingsOf(kind, unit)).forEach((light, i) => {
        const [y, x] = [Math.floor(i / S) % S, i % S]
        const bare = kind !== 'full' && Math.min(x, y, S - 1 - x, S - 1 - y) >= 2
        expect(light).toBeCloseTo(bare ? 0 : image[i]!, unit === 'sigmoid' ? 2 : 5)
      })
    }
  })

  it('zero is zero; of two thin matrices only one is, so that there is a gradient', () => {
    tf.tidy(() => {
      const lowRank = openDesign(PUBLISHED_DESIGNS['lor-vp'], S, CLIP)
      const { left_bar, right_bar } = begin(lowRank)
      expect(tf.max(tf.abs(left_bar!)).dataSync<'float32'>()[0]).toBe(0)
      expect(tf.max(tf.abs(right_bar!)).dataSync<'float32'>()[0]).toBeCloseTo(0.01, 3)
      expect(tf.max(tf.abs(lowRank.added({ left_bar: left_bar!, right_bar: right_bar! }, plainly()))).dataSync<'float32'>()[0]).toBe(0) // prettier-ignore
    })
  })

  it('a file gives the tensors themselves, of these names and shapes', () => {
    const settings = { kind: 'fixed-patch', sizeFraction: 0.25, top: 0, left: 0, ...common, init: { kind: 'file' } } as const // prettier-ignore
    const design = openDesign(settings, S, null)
    const patch = { dims: [1, 3, 2, 2], data: Float32Array.from({ length: 12 }, (_, i) => i / 7) }
    const tensors = design.init({ normal: () => 0, tensors: { patch } })
    expect([...tensors.patch!.dataSync<'float32'>()]).toEqual([...patch.data])
    tf.dispose({ ...tensors })
    const wrong = { patch: { dims: [1, 3, 4, 1], data: patch.data } }
    expect(() => design.init({ normal: () => 0, tensors: wrong })).toThrow('patch is [1,3,4,1] where [1,3,2,2]')
    expect(() => design.init({ normal: () => 0, tensors: {} })).toThrow('does not fit')
  })

  it('a low-rank prompt cannot be a picture', () => {
    const settings: DesignSettings = { ...PUBLISHED_DESIGNS['lor-vp'], init: { kind: 'image' } }
    expect(() => openDesign(settings, S, CLIP).init({ normal: () => 0, image })).toThrow('cannot start from a picture')
  })

  it.each([
    [{ ...PUBLISHED_DESIGNS.vp, borderFraction: 0.49 }, 4, 'leaves nothing'],
    [{ ...PUBLISHED_DESIGNS['lor-vp'], rank: 9 }, 8, 'A prompt of 8 pixels is of a lower rank than 9'],
  ] as const)('refuses what a picture has no room for', (settings, side, message) => {
    expect(() => openDesign(settings, side, CLIP)).toThrow(message)
  })
})
