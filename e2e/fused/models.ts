/** Small encoders of the kinds that the fused engine runs, each with what its training graph needs to be told. */
import { float, type OnnxModel } from '../../src/onnx/model'
import { clipVision, smallResNet, type VisionOptions } from '../../tests/support/clip-generator'
import { PlainModel } from '../../tests/support/plain-model'
import { normals } from '../../tests/support/random'

export interface Encoder {
  readonly model: OnnxModel
  readonly output: string
  readonly imageSize: number
  readonly dimensions: number
}

const TOWER: VisionOptions = { image: 16, patch: 8, width: 24, layers: 1, heads: 3, projection: 10 }

function tower(options: Partial<VisionOptions> = {}): Encoder {
  const all = { ...TOWER, ...options }
  return { model: clipVision(all), output: 'image_embeds', imageSize: all.image, dimensions: all.projection }
}

export const ENCODERS: Readonly<Record<string, () => Encoder>> = {
  'opset 14, QuickGELU': () => tower(),
  'opset 17, erf': () => tower({ opset: 17, activation: 'gelu' }),
  'tanh, odd sizes, two layers': () => tower({ image: 21, patch: 7, width: 21, layers: 2, activation: 'gelu_tanh' }),
  'a convolution stem': () => tower({ stem: [5, 8], patch: 2 }),
  'products that are merged': () => tower({ width: 64, heads: 2, layers: 2 }),
  'a residual network': () => ({
    model: smallResNet({ image: 16, width: 4, classes: 10 }),
    output: 'logits',
    imageSize: 16,
    dimensions: 10,
  }),
  'a mobile network': () => ({ model: mobile(), output: 'logits', imageSize: 15, dimensions: 10 }),
}

/** Depthwise and grouped convolutions, normalised, clipped at six, and averages of windows that reach over the edge. */
function mobile(): OnnxModel {
  const m = new PlainModel()
  m.input('pixel_values', ['batch_size', 3, 15, 15])
  let x = 'pixel_values'
  const conv = (name: string, from: number, to: number, k: number, stride: number, group: number) => {
    const dims = [to, from / group, k, k]
    const count = dims.reduce((p, d) => p * d)
    const w = m.weight(`${name}.w`, dims, normals(count + k, count, 1 / Math.sqrt((from / group) * k * k)))
    const pad = (k - 1) / 2
    x = m.node('Conv', [x, w], {
      kernel_shape: [k, k],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group,
    })
    const each = ['gamma', 'beta', 'mean'].map((part, i) => m.weight(`${name}.${part}`, [to], normals(to + i, to)))
    const variance = m.weight(`${name}.variance`, [to], new Array<number>(to).fill(0.8))
    x = m.node('BatchNormalization', [x, ...each, variance], { epsilon: float(1e-5) })
    x = m.node('Clip', [x, m.scalar(0), m.scalar(6)])
  }
  conv('expand', 3, 8, 3, 2, 1)
  conv('depthwise', 8, 8, 3, 2, 8)
  conv('grouped', 8, 12, 3, 1, 2)
  x = m.node('AveragePool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })
  const flat = m.node('Flatten', [x], { axis: 1 })
  m.node('MatMul', [flat, m.weight('head', [48, 10], normals(7, 480, 0.2))], {}, { outputs: ['logits'] })
  return m.model(['logits'])
}
