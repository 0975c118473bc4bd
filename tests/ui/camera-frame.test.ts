/** A frame of the camera is cut where the model cuts it, and carries the border as pictures do. */
import { expect, it } from 'vitest'
import { overlay } from '../../src/ui/stage/overlay'
import { addBorder, borderOffsets, sourceSquare } from '../../src/ui/try/camera-frame'

it('is the part that the model is given, and before that is known the square in the middle', () => {
  expect(sourceSquare(0, 0, null)).toBeNull()
  expect(sourceSquare(640, 480, null)).toEqual({ x: 80, y: 0, width: 480, height: 480 })
  const region = { left: 0.25, top: 0.125, width: 0.5, height: 0.75 }
  expect(sourceSquare(640, 480, region)).toEqual({ x: 160, y: 60, width: 320, height: 360 })
})

it('shows what a picture with the border shows', () => {
  const side = 4
  const plane = side * side
  const model = { mean: [0.48, 0.46, 0.41], std: [0.27, 0.26, 0.28] }
  const pixels = Uint8Array.from({ length: 3 * plane }, (_, i) => (i * 53) % 256)
  const prompt = Float32Array.from({ length: 3 * plane }, (_, i) => Math.sin(i) * 2)
  for (const strength of [0, 0.6, 1.5]) {
    const expected = new Uint8ClampedArray(4 * plane)
    overlay(expected, pixels, prompt, strength, model)
    const rgba = new Uint8ClampedArray(4 * plane).fill(255)
    for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) rgba[4 * i + c] = pixels[c * plane + i]!
    addBorder(rgba, borderOffsets(prompt, side, strength, model.std))
    rgba.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1))
  }
})

it('is bare under a border of another size, or none', () => {
  for (const prompt of [null, new Float32Array(12)]) {
    expect(borderOffsets(prompt, 4, 1, [1, 1, 1]).every((value) => value === 0)).toBe(true)
  }
})
