/**
 * A classifier that tells plain colours apart by outputs whose numbers have nothing to do with a task's classes: of its six,
 * output 2 is green, 3 red, 4 blue, and the others are fainter mixtures.
 */
import { loadModel } from '../../src/models/frozen-model'
import type { ImageClassifier } from '../../src/models/image-classifier'
import type { OnnxModel } from '../../src/onnx/model'
import { encodeModel } from '../../src/onnx/write'
import { filesOf } from '../models/tiny-clip'
import { PlainModel } from '../support/plain-model'

export const LABELS = ['grey', 'dim', 'green', 'red', 'blue', 'mud']
const SIDE = 8
/** Weights of the mean red, green and blue of a picture. */
const MIXTURES = [[0.5, 0.5, 0.5], [-0.2, 0.1, -0.1], [-2, 4, -2], [4, -2, -2], [-2, -2, 4], [0.3, 0.3, -0.5]] // prettier-ignore

export function colourGraph(): OnnxModel {
  const m = new PlainModel()
  m.input('pixels', ['n', 3, SIDE, SIDE])
  const means = m.node('ReduceMean', ['pixels'], { axes: [2, 3], keepdims: 0 })
  const weights = [0, 1, 2].flatMap((channel) => MIXTURES.map((mixture) => mixture[channel]!))
  m.weight('mixtures', [3, LABELS.length], weights)
  const product = m.node('MatMul', [means, 'mixtures'])
  m.node('Mul', [product, m.scalar(1)], {}, { outputs: ['scores'] })
  return m.model(['scores'])
}

export const PREPROCESSOR = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], crop_size: SIDE }

export async function colourClassifier(): Promise<ImageClassifier> {
  const model = await loadModel(
    filesOf({
      'model.onnx': encodeModel(colourGraph()),
      'preprocessor_config.json': PREPROCESSOR,
      'labels.txt': new TextEncoder().encode(LABELS.join('\n')),
    }),
  )
  if (model.kind !== 'classifier') throw new Error('a CLIP')
  return model
}
