/** A picture moved, coloured and framed, and the gradients of all parameters, as PyTorch has them (tools/reference/affine_frame.py). */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { Random } from '../../src/data/random'
import { AffineColourFrame } from '../../src/prompts/affine-colour-frame'
import { ACAVP, affineSettingsSchema, type AffineSettings } from '../../src/prompts/affine-settings'
import { tensorCount, tf } from '../../src/runtime/tfjs'
import { useTfjsWasm } from '../../src/runtime/tfjs-wasm'

beforeAll(useTfjsWasm)

const CLIP = { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] }
const PLAINLY = { strength: 1, place: null }

interface Fixture {
  readonly side: number
  readonly rows: number
  readonly settings: Omit<AffineSettings, 'about'>
  readonly runs: readonly {
    readonly seed: number
    readonly about: AffineSettings['about']
    readonly every7th: readonly number[]
    readonly gradients: Readonly<Record<string, readonly number[]>>
  }[]
}
const fixture = JSON.parse(readFileSync('tests/fixtures/affine-frame.json', 'utf8')) as Fixture
const { rows: B, side: S } = fixture

it.each(fixture.runs)('is composed and pulled back as PyTorch does it, about the $about', async ({ seed, ...run }) => {
  const settings = affineSettingsSchema.parse({ ...fixture.settings, about: run.about })
  const design = new AffineColourFrame(settings, S, CLIP)
  const before = tensorCount()
  const random = new Random(seed)
  const drawn = (dims: readonly number[]) =>
    tf.tensor(random.normals(dims.reduce((all, one) => all * one, 1)), [...dims])
  const tensors = Object.fromEntries(Object.entries(design.shapes).map(([name, dims]) => [name, drawn(dims)]))
  const pixels = drawn([B, 3, S, S]) as tf.Tensor4D
  const d = drawn([B, 3, S, S]) as tf.Tensor4D
  const composed = design.compose(tensors, pixels, PLAINLY)
  const found = (await composed.data()).filter((_, i) => i % 7 === 0)
  expect(found).toHaveLength(run.every7th.length)
  run.every7th.forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(1e-4))
  const gradient = design.pullBack(tensors, d, pixels, PLAINLY)
  expect(Object.keys(gradient)).toEqual(Object.keys(design.shapes))
  for (const [name, expected] of Object.entries(run.gradients)) {
    const values = await gradient[name]!.data()
    const largest = Math.max(...expected.map(Math.abs))
    const farthest = Math.max(...expected.map((value, i) => Math.abs(values[i]! - value)))
    expect(farthest / largest, name).toBeLessThan(1e-4)
  }
  tf.dispose([tensors, { ...gradient }, pixels, d, composed])
  expect(tensorCount()).toBe(before)
})

it('begins as the picture shrunk on black, about its middle', () => {
  tf.tidy(() => {
    const design = new AffineColourFrame({ ...ACAVP, scale: 0.5 }, 9, CLIP)
    const tensors = design.init({ normal: () => 0 })
    const light = (value: number, c: number) => (value - CLIP.mean[c]!) / CLIP.std[c]!
    const grey = tf.tensor4d(
      Float32Array.from({ length: 3 * 81 }, (_, i) => light(0.7, Math.floor(i / 81))),
      [1, 3, 9, 9],
    )
    const found = design.compose(tensors, grey, PLAINLY).dataSync()
    for (let i = 0; i < 3 * 81; i++) {
      const c = Math.floor(i / 81)
      const farthest = Math.max(Math.abs((i % 9) - 4), Math.abs((Math.floor(i / 9) % 9) - 4))
      // Half of nine: four pixels and a half, of which two either side of the middle are whole.
      if (farthest <= 2) expect(found[i]).toBeCloseTo(light(0.7, c), 4)
      if (farthest >= 3) expect(found[i]).toBeCloseTo(light(0, c), 4)
    }
  })
})

it('begins as the very picture where its scale is 1, with what is learned on its border', () => {
  tf.tidy(() => {
    const settings = { ...ACAVP, scale: 1, largest: 1.25, colour: 2, borderFraction: 1 / 8 }
    const design = new AffineColourFrame(settings, 8, CLIP)
    const first = design.init({ normal: () => 0 })
    const random = new Random(3)
    const pixels = tf.tensor4d(random.normals(3 * 64), [1, 3, 8, 8])
    const bare = design.compose(first, pixels, PLAINLY).dataSync()
    pixels.dataSync().forEach((value, i) => expect(bare[i]).toBeCloseTo(value, 4))
    const lit = design.compose({ ...first, program: tf.ones([1, 3, 8, 8]) }, pixels, PLAINLY).dataSync()
    lit.forEach((value, i) => {
      const [row, column] = [Math.floor(i / 8) % 8, i % 8]
      const border = row === 0 || row === 7 || column === 0 || column === 7
      expect(value - bare[i]!).toBeCloseTo(border ? 1 / CLIP.std[Math.floor(i / 64)]! : 0, 4)
    })
  })
})
