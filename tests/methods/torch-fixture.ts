/** What tools/reference/methods.py computed in PyTorch, and the same pictures as it took. */
import { expect } from 'vitest'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeDecoder } from '../../src/data/decode-node'
import { memorySet } from '../../src/data/memory-set'
import { readSampleIndex } from '../../src/data/samples-node'
import { resizeAndCrop } from '../../src/data/resample'
import type { ImageSet } from '../../src/data/task'

export interface Packed {
  readonly dims: readonly number[]
  /** float32, little-endian, base64. */
  readonly data: string
}

export const readFixture = <T>(name: string): T =>
  JSON.parse(readFileSync(`tests/fixtures/methods/${name}.json`, 'utf8')) as T

export function unpack({ data }: Packed): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'))
  return new Float32Array(bytes.buffer)
}

export function cosine(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

/** Largest relative difference. */
export const relative = (found: readonly number[], expected: readonly number[]): number => {
  expect(found.length).toBe(expected.length)
  return Math.max(...found.map((value, i) => Math.abs(value - expected[i]!) / Math.abs(expected[i]!)))
}

export const sampleOf = async (id: string) =>
  (await readSampleIndex('public/samples')).find((manifest) => manifest.id === id)!

/** The first pictures of each class, class after class in the order of the manifest. */
export async function firstOfEach(id: string, split: string, perClass: number, size: number): Promise<ImageSet> {
  const { classes } = await sampleOf(id)
  const paths = classes.flatMap(({ folder }) => {
    const where = join('public/samples', id, split, folder)
    return readdirSync(where)
      .sort()
      .slice(0, perClass)
      .map((file) => join(where, file))
  })
  const pixels = new Uint8Array(paths.length * 3 * size * size)
  for (const [i, path] of paths.entries()) {
    const image = await nodeDecoder.decode(new Uint8Array(readFileSync(path)))
    pixels.set(resizeAndCrop(image, size), i * 3 * size * size)
  }
  const labels = Uint16Array.from(paths, (_, i) => Math.floor(i / perClass))
  return memorySet(pixels, labels, paths)
}
