/** Every pixel learned: `program` [1,3,S,S] (the widest WatermarkingVR of BLM's code, SMM's shared pattern without its masks). */
import type { PromptLayout } from './design'
import type { tf } from '../runtime/tfjs'

export function fullLayout(imageSize: number): PromptLayout {
  return {
    kind: 'full',
    shapes: { program: [1, 3, imageSize, imageSize] },
    parameterCount: 3 * imageSize ** 2,
    layOut: ({ program }, _place, squash) => squash(program!) as tf.Tensor4D,
    ofImage: (image) => ({ program: { dims: [1, 3, imageSize, imageSize], data: image.slice() } }),
  }
}
