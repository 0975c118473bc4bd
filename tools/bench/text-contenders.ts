/**
 * Steps of the methods that learn words, ready to be timed: CoOp's on a batch of pictures whose features are known, and TPT's on
 * one picture, views and all.
 */
import type { RgbImage } from '../../src/data/decode'
import { Random } from '../../src/data/random'
import { freshAdamw } from '../../src/learning/fresh'
import { clipClassifier } from '../../src/methods/classifier'
import { ImageFeatures } from '../../src/methods/features/image-features'
import type { Batch } from '../../src/methods/method'
import { CoOp } from '../../src/methods/text/coop'
import { COOP_SETTINGS } from '../../src/methods/text/coop-settings'
import { TestTimePrompt } from '../../src/methods/text/tpt'
import { TPT_SETTINGS } from '../../src/methods/text/tpt-settings'
import type { Clip } from '../../src/models/clip'
import type { Engine } from '../../src/runtime/engine'
import { tf } from '../../src/runtime/tfjs'
import type { OpenContender } from './engine-contender'

export interface TextCase {
  /** C */
  readonly classes: number
  /** Of CoOp: pictures of a batch; of TPT: views of the picture. */
  readonly batch: number
}

const CLASS_LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** "aaa", "aab"...: of as many tokens as names often have, in any tokenizer that knows letters. */
const classNames = (classes: number): string[] =>
  Array.from({ length: classes }, (_, c) =>
    [676, 26, 1].map((power) => CLASS_LETTERS[Math.floor(c / power) % 26]).join(''),
  )

/** Forward: the texts of all classes, with the 16 places of its authors. Step: the same, loss and gradient of the context. */
export async function coopContender(engine: Engine, clip: Clip, { batch, classes }: TextCase): Promise<OpenContender> {
  const features = new Random(1).normals(batch * clip.projectionDim)
  const coop = await CoOp.open({
    ...{ engine, clip, names: classNames(classes), settings: COOP_SETTINGS },
    ...{ features: () => features, random: new Random(2) },
  })
  const rows: Batch = {
    ...{ pixels: new Float32Array(0), count: batch },
    labels: Uint16Array.from({ length: batch }, (_, i) => i % classes),
    weights: new Float32Array(batch).fill(1 / batch),
  }
  return {
    async forward() {
      const text = await coop.sentences.encode([coop.parameters.ctx as tf.Tensor2D])
      await text.data()
      text.dispose()
    },
    async step() {
      const { gradient, loss } = await coop.lossAndGradient(rows)
      await Promise.all([loss.data(), gradient.ctx!.data()])
      tf.dispose([loss, { ...gradient }])
    },
    async close() {
      coop.dispose()
    },
  }
}

/** Forward: the views and the texts once, nothing tuned. Step: a picture as it is answered, from its views to the last answer. */
export async function tptContender(engine: Engine, clip: Clip, { batch, classes }: TextCase): Promise<OpenContender> {
  const { imageSize: S } = clip
  const settings = { ...TPT_SETTINGS, views: batch }
  const encoder = new ImageFeatures(engine, clipClassifier(clip, classes, new Float32Array()), () => [])
  const names = classNames(classes)
  const method = await TestTimePrompt.open({
    ...{ engine, clip, names, settings, optimiser: () => freshAdamw(settings) },
    encode: (views) => encoder.encode(views),
  })
  const picture: RgbImage = {
    ...{ width: 2 * S, height: 2 * S },
    data: Uint8Array.from(new Random(3).normals(12 * S * S), (value) => Math.max(0, Math.min(255, 128 + 50 * value))),
  }
  const { views } = await method.tune(picture)
  const nothing = { labels: new Uint16Array(batch), weights: new Float32Array(batch) }
  return {
    async forward() {
      await encoder.encode({ pixels: views, count: batch, ...nothing })
      await method.encodeTexts()
    },
    async step() {
      await method.tune(picture)
    },
    async close() {
      method.dispose()
      await encoder.dispose()
    },
  }
}
