/**
 * The padding prompt of Bahng et al. 2022 (models/prompters.py, PadPrompter): a learned border of pixels, laid over the
 * outermost p pixels of every image; their code adds it after normalisation, clamps nothing and does not shrink the image.
 *
 *   frame = cat_H( up, cat_W( left, 0, right ), down )          compose(x) = x + frame
 *   d frame = sum over the batch of dX;  d up = its first p rows, and so on (d compose / d frame is the identity)
 */
import { tf } from '../runtime/tfjs'
import type { PromptLayout } from './design'
import type { DesignOf } from './design-settings'
import { borderOf } from './design-sizes'
import { cutOut } from './image-part'
import { PADDING_NAMES, paddingParameterCount, paddingShapes, type PaddingName } from './padding-shapes'

/** The four tensors: up, down [1,3,p,S]; left, right [1,3,S-2p,p]; float32. */
type PaddingPrompt = Readonly<Record<PaddingName, tf.Tensor4D>>

export function paddingLayout(settings: DesignOf<'padding'>, imageSize: number): PromptLayout {
  const width = borderOf(settings, imageSize)
  const inner = imageSize - 2 * width
  const at = (top: number, left: number, height: number, across: number) => ({ top, left, height, width: across })
  return {
    kind: 'padding',
    shapes: paddingShapes({ imageSize, width }),
    parameterCount: paddingParameterCount({ imageSize, width }),
    layOut(tensors, _place, squash) {
      const squashed = PADDING_NAMES.map((name) => [name, squash(tensors[name]!)])
      return frame(Object.fromEntries(squashed) as PaddingPrompt)
    },
    ofImage: (image) => ({
      pad_up: cutOut(image, imageSize, at(0, 0, width, imageSize)),
      pad_down: cutOut(image, imageSize, at(imageSize - width, 0, width, imageSize)),
      pad_left: cutOut(image, imageSize, at(width, 0, inner, width)),
      pad_right: cutOut(image, imageSize, at(width, imageSize - width, inner, width)),
    }),
  }
}

/** The border as an image [1,3,S,S], zero inside. Differentiable. */
function frame({ pad_up, pad_down, pad_left, pad_right }: PaddingPrompt): tf.Tensor4D {
  const [, channels, innerHeight, p] = pad_left.shape
  const inside = tf.zeros<tf.Rank.R4>([1, channels, innerHeight, pad_up.shape[3] - 2 * p])
  const middle = tf.concat([pad_left, inside, pad_right], 3)
  return tf.concat([pad_up, middle, pad_down], 2)
}
