/** Each display of the border shows what its legend says. */
import { expect, it } from 'vitest'
import { displayScale, drawBorder, drawSpectrum } from '../../src/ui/stage/displays'
import { palettes } from '../../src/ui/stage/palette'

const side = 4
const plane = side * side
const model = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }
const light = palettes(false)
const prompt = new Float32Array(3 * plane)
// Pixel 0: 0.3, -0.4, 0; pixel 3: the reverse.
for (const [c, v] of [0.3, -0.4, 0].entries()) {
  prompt[c * plane] = v
  prompt[c * plane + 3] = -v
}

const draw = (display: Parameters<typeof drawBorder>[1]) => {
  const out = new Uint8ClampedArray(4 * plane)
  drawBorder(out, display, prompt, side, 1, light, model)
  return (i: number) => [...out.slice(4 * i, 4 * i + 4)]
}
const zero = [247, 245, 240, 255]

it('a channel alone, signed', () => {
  expect(displayScale('red', prompt, side)).toBe(0.5)
  const [red, green, blue] = [draw('red'), draw('green'), draw('blue')]
  // Positive is orange, negative purple.
  expect(red(0)[0]!).toBeGreaterThan(red(0)[2]!)
  expect(green(0)[2]!).toBeGreaterThan(green(0)[0]!)
  expect(red(3)[2]!).toBeGreaterThan(red(3)[0]!)
  expect(blue(0)).toEqual(zero)
  expect(red(1)).toEqual(zero)
  expect(red(5)[3]).toBe(0)
})

it('the strength, whatever the sign', () => {
  const strength = draw('magnitude')
  expect(displayScale('magnitude', prompt, side)).toBe(0.5)
  expect(strength(0)).toEqual(strength(3))
  expect(strength(1)).toEqual(zero)
  // sqrt((0.3^2 + 0.4^2) / 3) = 0.289 of 0.5: darker than nothing, lighter than the end.
  expect(strength(0)[0]!).toBeLessThan(150)
  expect(strength(0)[0]!).toBeGreaterThan(4)
})

it('signed and as seen, as they were', () => {
  expect(draw('signed')(0)[2]!).toBeGreaterThan(draw('signed')(0)[0]!)
  expect(draw('asIs')(0)).toEqual([Math.round(255 * (0.5 + 0.3 * 0.25)), Math.round(255 * 0.4), 128, 255])
})

it('a spectrum from nothing to the strongest', () => {
  for (const dark of [false, true]) {
    const out = new Uint8ClampedArray(16)
    const { sequential } = palettes(dark)
    drawSpectrum(out, { size: 2, decibels: Float32Array.of(-60, -30, -15, 0) }, palettes(dark))
    expect([...out.slice(0, 3)]).toEqual([...sequential[0]!.rgb])
    expect([...out.slice(12, 15)]).toEqual([...sequential.at(-1)!.rgb])
    const luminance = [0, 1, 2, 3].map((i) => out[4 * i]! + out[4 * i + 1]! + out[4 * i + 2]!)
    expect(luminance).toEqual([...luminance].sort((a, b) => (dark ? a - b : b - a)))
  }
})
