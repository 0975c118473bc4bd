/** Encoders of one layer in the place of the embedded model's: for tests that cannot wait for a software GPU. */
import type { Page } from '@playwright/test'
import { readFileSync } from 'node:fs'
import { GraphBuilder } from '../src/onnx/builder'
import { int } from '../src/onnx/model'
import { makeTensor } from '../src/onnx/tensor'
import { encodeModel } from '../src/onnx/write'

/** Fixed values in (-1, 1). */
const noise = (i: number): number => {
  const x = Math.sin(12.9898 * (i + 1)) * 43758.5453
  return 2 * (x - Math.floor(x)) - 1
}

/** image_embeds = the pixels times a matrix. Few kernels: on a software GPU it is their compilation that takes time. */
export function tinyVision(imageSize: number, dimensions: number): Uint8Array {
  const b = new GraphBuilder()
  const values = 3 * imageSize ** 2
  const weights = Float32Array.from({ length: values * dimensions }, (_, i) => 0.1 * noise(i))
  const pixels = b.input('pixel_values', 'float32', [1, 3, imageSize, imageSize])
  const matrix = b.initializer('projection', makeTensor('float32', [values, dimensions], [...weights]))
  b.op('MatMul', [b.op('Flatten', [pixels], { axis: int(1) }), matrix], {}, 'image_embeds')
  return encodeModel(b.toModel(['image_embeds']), { weights: 'inline' })
}

/** text_embeds = the sines of the token numbers times a matrix. */
export function tinyText(length: number, dimensions: number): Uint8Array {
  const b = new GraphBuilder()
  const weights = Array.from({ length: length * dimensions }, (_, i) => noise(i + 7))
  const ids = b.input('input_ids', 'int64', [1, length])
  const matrix = b.initializer('projection', makeTensor('float32', [length, dimensions], weights))
  b.op('MatMul', [b.op('Sin', [b.cast(ids, 'float32')]), matrix], {}, 'text_embeds')
  return encodeModel(b.toModel(['text_embeds']), { weights: 'inline' })
}

interface Config {
  readonly projection_dim: number
  readonly vision_config: { readonly image_size: number }
  readonly text_config: { readonly max_position_embeddings: number }
}

const config = (): Config => JSON.parse(readFileSync('public/models/stamp/config.json', 'utf8')) as Config

/** An image encoder that fits in the place of the embedded model's. */
export function tinyVisionOfStamp(): Buffer {
  const { projection_dim, vision_config } = config()
  return Buffer.from(tinyVision(vision_config.image_size, projection_dim))
}

/** From now on the page gets this image encoder when it asks for the embedded model's. */
export async function useTinyVision(page: Page): Promise<void> {
  const body = tinyVisionOfStamp()
  await page.context().route('**/vision_model.onnx', (route) => route.fulfill({ body }))
}

/** The text encoder too: what the classes are called then means nothing. */
export async function useTinyTowers(page: Page): Promise<void> {
  await useTinyVision(page)
  const { projection_dim, text_config } = config()
  const body = Buffer.from(tinyText(text_config.max_position_embeddings, projection_dim))
  await page.context().route('**/text_model.onnx', (route) => route.fulfill({ body }))
}
