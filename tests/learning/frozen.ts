/** A tiny frozen classifier for the loop's tests: image_embeds = flattened pixels times a fixed matrix, three classes. */
import { Classifier } from '../../src/methods/classifier'
import type { Entry, HeadKind } from '../../src/methods/entry'
import { GraphBuilder } from '../../src/onnx/builder'
import { memorySet } from '../../src/data/memory-set'
import type { ImageSet } from '../../src/data/task'
import type { Engine } from '../../src/runtime/engine'
import { heldGraph } from '../support/held-graph'

export const SIZE = 8
export const CLASSES = 3
export const WIDTH = 5

/** Values in (-1, 1) that look random and are the same everywhere. */
export const noise = (i: number): number => {
  const x = Math.sin(12.9898 * (i + 1)) * 43758.5453
  return 2 * (x - Math.floor(x)) - 1
}

/** @param gain the matrix times this: what the backward multiplies with */
export async function openTiny(
  engine: Engine,
  rows: number,
  {
    dtype = 'float32',
    gain = 1,
    entry = 'delta',
    head = 'fixed',
    normalise = true,
  }: {
    readonly dtype?: 'float16' | 'float32'
    readonly gain?: number
    readonly entry?: Entry
    readonly head?: HeadKind
    readonly normalise?: boolean
  } = {},
): Promise<Classifier> {
  const pixels = 3 * SIZE * SIZE
  const b = new GraphBuilder()
  const x = b.input('pixel_values', dtype, [rows, 3, SIZE, SIZE])
  const weights = b.constant(
    dtype,
    [pixels, WIDTH],
    Array.from({ length: pixels * WIDTH }, (_, i) => gain * noise(i)),
  )
  const embeds = b.op('MatMul', [b.reshape(x, [rows, pixels]), weights], {}, 'image_embeds')
  const vision = await heldGraph(b.toModel([embeds]))
  const classEmbeddings = Float32Array.from({ length: WIDTH * CLASSES }, (_, i) => 10 * noise(1000 + i))
  const names = { input: 'pixel_values', output: 'image_embeds' }
  const frozen = { vision, ...names, normalise, imageSize: SIZE, classes: CLASSES, classEmbeddings }
  return Classifier.open(engine, frozen, rows, entry, head)
}

/** Noise pictures; the label decides how bright the top left quarter is. */
export function tinySet(count: number): ImageSet {
  const labels = Uint16Array.from({ length: count }, (_, i) => i % CLASSES)
  const pixels = new Uint8Array(count * 3 * SIZE * SIZE).map((_, i) => {
    const image = Math.floor(i / (3 * SIZE * SIZE))
    const [x, y] = [i % SIZE, Math.floor(i / SIZE) % SIZE]
    const bright = x < SIZE / 2 && y < SIZE / 2 ? 60 * labels[image]! : 0
    return 60 + bright + 50 * noise(i + 7)
  })
  const paths = Array.from({ length: count }, (_, i) => `${i}.png`)
  return memorySet(pixels, labels, paths)
}
