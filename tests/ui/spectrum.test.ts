/** The transform is the sum it says it is, and the spectrum shows a wave where it belongs. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fft } from '../../src/ui/stage/fft'
import { FLOOR_DB, inSlices, spectrum, type Spectrum } from '../../src/ui/stage/spectrum'

const values = (n: number) => fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: n, maxLength: n })

it('is the discrete Fourier transform', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(2, 4, 8, 32).chain((n) => fc.tuple(values(n), values(n))),
      ([a, b]) => {
        const n = a.length
        const [re, im] = [Float64Array.from(a), Float64Array.from(b)]
        new Fft(n).transform(re, im)
        for (let k = 0; k < n; k++) {
          let [r, m] = [0, 0]
          for (let i = 0; i < n; i++) {
            const angle = (-2 * Math.PI * k * i) / n
            r += a[i]! * Math.cos(angle) - b[i]! * Math.sin(angle)
            m += a[i]! * Math.sin(angle) + b[i]! * Math.cos(angle)
          }
          expect(re[k]).toBeCloseTo(r, 8)
          expect(im[k]).toBeCloseTo(m, 8)
        }
      },
    ),
    { numRuns: 40 },
  )
  expect(() => new Fft(12)).toThrow('no power of two')
})

function all(prompt: Float32Array, side: number): Spectrum {
  const work = spectrum(prompt, side)
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** Straight from the definition, for any side. */
function slow(prompt: Float32Array, side: number, size: number): Float32Array {
  const power = new Float64Array(size * size)
  for (let v = 0; v < size; v++)
    for (let u = 0; u < size; u++)
      for (let c = 0; c < 3; c++) {
        let [r, m] = [0, 0]
        for (let y = 0; y < side; y++)
          for (let x = 0; x < side; x++) {
            const angle = (-2 * Math.PI * (u * x + v * y)) / size
            r += prompt[(c * side + y) * side + x]! * Math.cos(angle)
            m += prompt[(c * side + y) * side + x]! * Math.sin(angle)
          }
        power[((v + size / 2) % size) * size + ((u + size / 2) % size)]! += r * r + m * m
      }
  const largest = Math.max(...power)
  return Float32Array.from(power, (p) => Math.max(FLOOR_DB, 10 * Math.log10(p / largest)))
}

describe('the spectrum', () => {
  it('is the transform of the three channels, in decibels, for sides that are no powers of two as well', () => {
    for (const side of [5, 6, 8]) {
      const prompt = Float32Array.from({ length: 3 * side * side }, (_, i) => Math.sin(i * i) + (i % 7) / 7)
      const { size, decibels } = all(prompt, side)
      expect(size).toBe(8)
      slow(prompt, side, size).forEach((value, i) => expect(decibels[i]).toBeCloseTo(value, 2))
    }
  })

  it('shows a single wave as two points, at its wave number', () => {
    const side = 16
    const prompt = Float32Array.from({ length: 3 * side * side }, (_, i) => {
      const [x, y] = [i % side, Math.floor(i / side) % side]
      return Math.cos((2 * Math.PI * (3 * x + 2 * y)) / side)
    })
    const { decibels } = all(prompt, side)
    const strong = [...decibels.keys()].filter((i) => decibels[i]! > -40)
    const at = (u: number, v: number) => (8 + v) * 16 + 8 + u
    expect(strong).toEqual([at(-3, -2), at(3, 2)])
  })

  it('of nothing is nothing', () => {
    expect(all(new Float32Array(48), 4).decibels.every((value) => value === FLOOR_DB)).toBe(true)
  })

  it('lets others in between its slices, and stops when it is not wanted', async () => {
    const work = () => spectrum(new Float32Array(3 * 64 * 64).fill(1), 64)
    let turns = 0
    const counting = setInterval(() => turns++)
    const result = await new Promise<Spectrum>((resolve) => inSlices(work(), resolve, 0))
    clearInterval(counting)
    expect(result.size).toBe(64)
    expect(turns).toBeGreaterThan(3)
    let called = false
    inSlices(work(), () => (called = true), 0)()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(called).toBe(false)
  })
})
