/**
 * LoR-VP (Jin et al. 2025, trainer/visual_prompt.py): the whole picture, as a product for each channel c
 *
 *   delta_c = left_bar_c right_bar_c,   left_bar [3,S,r], right_bar [3,r,S]
 *
 * Their start (`--init_method zero,normal`): left_bar 0, right_bar N(0, 0.01²). That is `zero` here, since the prompt is zero
 * then; both zero would have no gradient. `normal` draws both.
 */
import { tf } from '../runtime/tfjs'
import type { DesignOf } from './design-settings'
import type { PromptLayout } from './design'

/** torch.nn.init.normal_(right_bar, 0, 0.01) */
const BAR_DEVIATION = 0.01

export function lowRankLayout({ rank }: DesignOf<'low-rank'>, imageSize: number): PromptLayout {
  const [left, right] = [
    [3, imageSize, rank],
    [3, rank, imageSize],
  ] as const
  const elements = 3 * imageSize * rank
  return {
    kind: 'low-rank',
    shapes: { left_bar: left, right_bar: right },
    parameterCount: 2 * elements,
    layOut({ left_bar, right_bar }, _place, squash) {
      const product = tf.matMul(left_bar as tf.Tensor3D, right_bar as tf.Tensor3D)
      return squash(tf.reshape(product, [1, 3, imageSize, imageSize])) as tf.Tensor4D
    },
    ofImage: () => null,
    initial(kind, deviation, normal) {
      const drawn = (by: number) => Float32Array.from({ length: elements }, () => by * normal())
      return {
        left_bar: { dims: left, data: kind === 'zero' ? new Float32Array(elements) : drawn(deviation) },
        right_bar: { dims: right, data: drawn(kind === 'zero' ? BAR_DEVIATION : deviation) },
      }
    },
  }
}
