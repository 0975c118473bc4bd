/** The picture on the screen is what the model sees, and the border's two displays say what they claim. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asIsBorder, onBorder, overlay, signedBorder, signedScale } from '../../src/ui/stage/overlay'
import { colourAt, darkPalette, lightPalette } from '../../src/ui/stage/palette'

const clip = { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] }
const side = 4
const plane = side * side

describe('overlay', () => {
  it('shows the picture unchanged without a border, at strength 0 and under a zero border', () => {
    const pixels = Uint8Array.from({ length: 3 * plane }, (_, i) => (i * 37) % 256)
    const prompt = new Float32Array(3 * plane).fill(2)
    for (const [p, strength] of [
      [null, 1],
      [prompt, 0],
      [new Float32Array(3 * plane), 1],
    ] as const) {
      const out = new Uint8ClampedArray(4 * plane)
      overlay(out, pixels, p, strength, clip)
      for (let i = 0; i < plane; i++) {
        for (let c = 0; c < 3; c++) expect(out[i * 4 + c]).toBe(pixels[c * plane + i])
        expect(out[i * 4 + 3]).toBe(255)
      }
    }
  })

  it('adds strength * prompt * std in display units, and clamps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.float({ min: -4, max: 4, noNaN: true }),
        fc.constantFrom(0.25, 0.5, 1, 1.5),
        fc.constantFrom(0, 1, 2),
        (u8, value, strength, c) => {
          const pixels = new Uint8Array(3 * plane).fill(u8)
          const prompt = new Float32Array(3 * plane).fill(value)
          const out = new Uint8ClampedArray(4 * plane)
          overlay(out, pixels, prompt, strength, clip)
          const expected = Math.min(255, Math.max(0, u8 + 255 * strength * value * clip.std[c]!))
          expect(Math.abs(out[c]! - expected)).toBeLessThanOrEqual(0.51)
        },
      ),
    )
  })

  it('keeps planes and pixels apart', () => {
    const pixels = new Uint8Array(3 * plane).fill(100)
    const prompt = new Float32Array(3 * plane)
    prompt[1 * plane + 5] = 1
    const out = new Uint8ClampedArray(4 * plane)
    overlay(out, pixels, prompt, 1, clip)
    for (let i = 0; i < plane; i++)
      for (let c = 0; c < 3; c++)
        expect(out[i * 4 + c]).toBe(i === 5 && c === 1 ? Math.round(100 + 255 * clip.std[1]!) : 100)
  })

  it('refuses arrays that do not belong together', () => {
    expect(() => overlay(new Uint8ClampedArray(3), new Uint8Array(12), null, 1, clip)).toThrow(/RGBA of 3/)
    expect(() => overlay(new Uint8ClampedArray(16), new Uint8Array(12), new Float32Array(9), 1, clip)).toThrow(
      /border of 9/,
    )
  })
})

describe('the border by itself', () => {
  const prompt = new Float32Array(3 * plane)
  // Pixel 0: mean +0.3; pixel 3: mean -0.6; both on the ring of width 1.
  for (const [c, v] of [0.1, 0.3, 0.5].entries()) prompt[c * plane] = v
  for (let c = 0; c < 3; c++) prompt[c * plane + 3] = -0.6

  it('counts the ring', () => {
    const ring = (s: number, b: number) =>
      Array.from({ length: s * s }, (_, i) => onBorder(i, s, b)).filter(Boolean).length
    expect(ring(4, 1)).toBe(12)
    expect(3 * ring(224, 30)).toBe(69_840)
  })

  it('is coloured by the sign of the channel mean, with a transparent opening', () => {
    const scale = signedScale(prompt, side)
    expect(scale).toBe(1)
    const out = new Uint8ClampedArray(4 * plane)
    signedBorder(out, prompt, side, 1, scale, lightPalette)
    const [r0, , b0] = out
    expect(r0!).toBeGreaterThan(b0!)
    expect(out[3 * 4 + 2]!).toBeGreaterThan(out[3 * 4]!)
    expect([...out.slice(4, 7)]).toEqual([247, 245, 240])
    expect(out[5 * 4 + 3]).toBe(0)
    expect(out[4 * 4 + 3]).toBe(255)
  })

  it('as is: around the mean colour', () => {
    const out = new Uint8ClampedArray(4 * plane)
    asIsBorder(out, prompt, side, 1, clip)
    expect(out[0]).toBe(Math.round((0.1 * clip.std[0]! + clip.mean[0]!) * 255))
    expect(out[4]).toBe(Math.round(clip.mean[0]! * 255))
    expect(out[5 * 4 + 3]).toBe(0)
  })

  it('has a calm scale: 1, 2 or 5 times a power of ten, never below the largest value', () => {
    expect(signedScale(new Float32Array(3 * plane), side)).toBe(0.1)
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 1e3, noNaN: true }), (value) => {
        const one = new Float32Array(3 * plane)
        for (let c = 0; c < 3; c++) one[c * plane + 7] = -value
        const scale = signedScale(one, side)
        const mantissa = scale / 10 ** Math.floor(Math.log10(scale * (1 + 1e-12)))
        expect([1, 2, 5].some((m) => Math.abs(mantissa - m) < 1e-6)).toBe(true)
        expect(scale).toBeGreaterThanOrEqual(value * (1 - 1e-6))
        expect(scale).toBeLessThanOrEqual(value * 10)
      }),
    )
  })
})

describe('palettes', () => {
  it('run from end to end through the tone of the mat, and clamp', () => {
    for (const palette of [lightPalette, darkPalette]) {
      expect(colourAt(palette, -5)).toEqual(palette[0]!.rgb)
      expect(colourAt(palette, 5)).toEqual(palette.at(-1)!.rgb)
      expect(colourAt(palette, 0)).toEqual(palette[4]!.rgb)
    }
  })

  it('grow away from zero in luminance on both sides', () => {
    const luminance = (v: number, p: typeof lightPalette) => {
      const [r, g, b] = colourAt(p, v)
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    for (const sign of [-1, 1]) {
      for (let v = 0; v < 0.99; v += 0.05) {
        expect(luminance(sign * (v + 0.05), lightPalette)).toBeLessThan(luminance(sign * v, lightPalette))
        expect(luminance(sign * (v + 0.05), darkPalette)).toBeGreaterThan(luminance(sign * v, darkPalette))
      }
    }
  })
})
