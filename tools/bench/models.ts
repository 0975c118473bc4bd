/** The models under measurement: the embedded one, and a CLIP ViT-B/32 of true size with random weights. */
import { readFileSync } from 'node:fs'
import type { OnnxModel } from '../../src/onnx/model'
import { decodeModel } from '../../src/onnx/read'
import { encodeModel } from '../../src/onnx/write'
import { clipVision, VIT_B_32, type VisionOptions } from '../../tests/support/clip-generator'
import type { CaseOptions } from '../../tests/support/training-case'

export interface BenchModel {
  readonly name: string
  readonly imageSize: CaseOptions['imageSize']
  readonly dimensions: CaseOptions['dimensions']
  /** Sizes of a plain ViT; null where the encoder is none. */
  readonly tower: VisionOptions | null
  open(): OnnxModel
}

export function stamp(): BenchModel {
  const folder = new URL('../../public/models/stamp/', import.meta.url)
  const config = JSON.parse(readFileSync(new URL('config.json', folder), 'utf8')) as {
    projection_dim: number
    vision_config: { image_size: number }
  }
  return {
    name: 'stamp',
    imageSize: config.vision_config.image_size,
    dimensions: config.projection_dim,
    tower: null,
    open: () => decodeModel(new Uint8Array(readFileSync(new URL('onnx/vision_model.onnx', folder)))),
  }
}

/** A plain ViT for software adapters, where every engine can take part. */
export const VIT_64: VisionOptions = { image: 64, patch: 16, width: 192, layers: 6, heads: 3, projection: 128 }

export const VIT_B_16: VisionOptions = { ...VIT_B_32, patch: 16 }

/** Random weights; written and read again, so that they lie in a file's bytes as those of a downloaded model do. */
const generated = (name: string, tower: VisionOptions): BenchModel => ({
  name: `${name} (random weights)`,
  imageSize: tower.image,
  dimensions: tower.projection,
  tower,
  open: () => decodeModel(encodeModel(clipVision(tower), { weights: 'inline' })),
})

export const vit64 = generated('vit-64', VIT_64)
export const vitB32 = generated('vit-b-32', VIT_B_32)
export const vitB16 = generated('vit-b-16', VIT_B_16)
