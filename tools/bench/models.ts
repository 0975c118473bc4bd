/** The models under measurement: the embedded one, and a CLIP ViT-B/32 of true size with random weights. */
import { readFileSync } from 'node:fs'
import type { OnnxModel } from '../../src/onnx/model'
import { decodeModel } from '../../src/onnx/read'
import { encodeModel } from '../../src/onnx/write'
import { clipVision, VIT_B_32 } from '../../tests/support/clip-generator'
import type { CaseOptions } from '../../tests/support/training-case'

export interface BenchModel {
  readonly name: string
  readonly imageSize: CaseOptions['imageSize']
  readonly dimensions: CaseOptions['dimensions']
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
    open: () => decodeModel(new Uint8Array(readFileSync(new URL('onnx/vision_model.onnx', folder)))),
  }
}

export const vitB32: BenchModel = {
  name: 'vit-b-32 (random weights)',
  imageSize: VIT_B_32.image,
  dimensions: VIT_B_32.projection,
  // Written and read again, so that its weights lie in a file's bytes as those of a downloaded model do.
  open: () => decodeModel(encodeModel(clipVision(VIT_B_32), { weights: 'inline' })),
}
