/** A patch pasted on a picture: in its place, turned, and its gradient as the transpose of the same map. */
import { expect, it } from 'vitest'
import { Random } from '../../src/data/random'
import { addPatchGradient, IN_THE_MIDDLE, paste, pasteInto } from '../../src/prompts/pasted-patch'

const [S, p] = [12, 4]
const values = (count: number, seed: number) => {
  const random = new Random(seed)
  return Float32Array.from({ length: count }, () => random.uniform())
}
const patch = values(3 * p * p, 1)
const picture = values(3 * S * S, 2)

it('lies in the middle, pixel on pixel', () => {
  const out = picture.slice()
  pasteInto(out, patch, paste(IN_THE_MIDDLE, p, S))
  const start = 4
  for (let i = 0; i < out.length; i++) {
    const [c, row, column] = [Math.floor(i / S ** 2), Math.floor(i / S) % S, i % S]
    const [y, x] = [row - start, column - start]
    const covered = x >= 0 && y >= 0 && x < p && y < p
    expect(out[i]).toBe(covered ? patch[c * p * p + y * p + x] : picture[i])
  }
})

it('a quarter of a turn is a quarter of a turn, to the left as it is seen', () => {
  const out = picture.slice()
  pasteInto(out, patch, paste({ ...IN_THE_MIDDLE, angle: Math.PI / 2, dx: 1, dy: -2 }, p, S))
  for (let y = 0; y < p; y++) {
    for (let x = 0; x < p; x++) {
      // What was at the right end of a row is at the top.
      const expected = patch[x * p + (p - 1 - y)]!
      expect(out[(4 - 2 + y) * S + 4 + 1 + x]).toBeCloseTo(expected, 5)
    }
  }
})

it('covers the area of its scale, and no strength is no patch', () => {
  const pasted = paste({ angle: 0.4, scale: 1.5, dx: 0.3, dy: -0.2 }, p, S)
  const area = pasted.masks.reduce((sum, mask) => sum + mask, 0)
  expect(area).toBeCloseTo((1.5 * p) ** 2, 0)
  const out = picture.slice()
  pasteInto(out, patch, pasted, 0)
  expect(out).toEqual(picture)
})

it('has the transpose as its gradient: <A patch, d> = <patch, Aᵀ d>', () => {
  const pasted = paste({ angle: 0.7, scale: 0.9, dx: 1.4, dy: -2.3 }, p, S)
  const black = new Float32Array(3 * S * S)
  pasteInto(black, patch, pasted)
  const d = values(3 * S * S, 3)
  const back = new Float64Array(3 * p * p)
  addPatchGradient(back, d, pasted)
  const forwards = black.reduce((sum, value, i) => sum + value * d[i]!, 0)
  const backwards = back.reduce((sum, value, i) => sum + value * patch[i]!, 0)
  expect(forwards).toBeGreaterThan(1)
  expect(backwards / forwards).toBeCloseTo(1, 5)
})
